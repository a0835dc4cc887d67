"""What watches the process: health, readiness, metrics (docs/PROTOCOL.md, Operations)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest
import schemathesis

from tests.support.databases import Databases
from tests.support.link import socket_of
from tests.support.product import Person, Product, serving
from tests.support.tcp import Line, line_to

PATIENCE_S = 10.0


@dataclass
class Remote:
    """A server whose database and Redis are at the ends of lines that can be cut."""

    product: Product
    postgres: Line
    redis: Line

    async def ready(self) -> tuple[int, Any]:
        status, answer, _ = await self.product.request("GET", "/readyz")
        return status, answer

    async def until(self, status: int) -> Any:
        """The answer of /readyz once it has this status."""
        async with asyncio.timeout(PATIENCE_S):
            while (got := await self.ready())[0] != status:
                await asyncio.sleep(0.05)
        return got[1]


@pytest.fixture
async def remote(database_url: str, shared_product: Product) -> AsyncIterator[Remote]:
    database = urlsplit(database_url)
    folder = parse_qs(database.query)["host"][0]
    valkey = socket_of(shared_product.redis_url)
    async with line_to(path=f"{folder}/.s.PGSQL.5432") as postgres, line_to(path=valkey) as redis:
        account = database.netloc.rpartition("@")[0]
        url = f"postgresql://{account}@127.0.0.1:{postgres.port}{database.path}"
        async with serving(url, f"redis://127.0.0.1:{redis.port}/0", LOG_LEVEL="error") as product:
            product.database_url = database_url  # for the tests themselves, past the line
            yield Remote(product, postgres, redis)


async def test_a_server_with_all_it_needs_is_ready(product: Product) -> None:
    status, answer, headers = await product.request("GET", "/readyz")
    assert (status, answer["status"]) == (200, "ok")
    assert answer["checks"] == {"postgres": {"ok": True}, "redis": {"ok": True}}
    assert headers["Cache-Control"] == "no-store"
    assert (await product.request("GET", "/healthz"))[0] == 200


async def test_without_the_database_nobody_is_sent_here(remote: Remote) -> None:
    """Commands are answered `unavailable`, with when to come again; then all is well again."""
    ada = await remote.product.person("ada")
    remote.postgres.cut()
    answer = await remote.until(503)
    assert answer["status"] == "unavailable"
    assert answer["checks"] == {"postgres": {"ok": False}, "redis": {"ok": True}}
    assert (await remote.product.request("GET", "/healthz"))[0] == 200
    for method, path, body in [
        ("GET", "/users/me", None),
        ("POST", "/projects", {"name": "Atlas"}),
        ("POST", "/time-entries", {}),
        ("GET", "/time-entries", None),
    ]:
        status, problem, headers = await ada.call_with_headers(method, path, body)
        assert (status, problem["code"]) == (503, "unavailable"), path
        assert int(headers["Retry-After"]) >= 1
    remote.postgres.mend()
    await remote.until(200)
    assert (await ada.get("/time-entries/current"))["entry"] is None


async def test_a_database_that_was_dropped_is_no_database(
    databases: Databases, shared_product: Product
) -> None:
    """It answers, but not with ours."""
    url = await databases.make()
    async with serving(url, shared_product.redis_url, LOG_LEVEL="error") as product:
        assert (await product.request("GET", "/readyz"))[0] == 200
        await databases.drop(url)
        status, answer, _ = await product.request("GET", "/readyz")
        assert (status, answer["checks"]["postgres"]) == (503, {"ok": False})


async def test_without_redis_everything_goes_on(remote: Remote) -> None:
    """Only hints are lost: a command is answered, and its event comes all the same."""
    ada = await remote.product.person("ada")
    live = await ada.connect()
    remote.redis.cut()
    status, answer = await remote.ready()
    assert (status, answer["status"]) == (200, "degraded")
    assert answer["checks"] == {"postgres": {"ok": True}, "redis": {"ok": False}}
    started = await ada.post("/time-entries", {})
    event = await live.expect("timer:started")
    assert event["data"]["entry"] == started["entry"]
    remote.redis.mend()
    async with asyncio.timeout(PATIENCE_S):
        while (await remote.ready())[1]["status"] != "ok":
            await asyncio.sleep(0.05)


async def test_metrics_tell_of_requests_by_their_route(product: Product, ada: Person) -> None:
    """Not by address or made-up method, of which there is no end."""
    await ada.get("/users/me")
    await ada.call("GET", "/projects/123456789")
    await product.request("PROPFIND", "/coffee/987654321")
    _, text, headers = await product.request("GET", "/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    assert 'http_request_duration_seconds_count{method="GET",route="/api/users/me"' in text
    assert 'route="/api/projects/{project_id}",status="404"' in text
    assert 'method="other",route="unknown",status="404"' in text
    assert "process_cpu_seconds_total" in text
    assert not any(made_up in text for made_up in ("123456789", "987654321", "PROPFIND"))


async def test_the_api_document_is_openapi_3_1(product: Product) -> None:
    """By the schema of OpenAPI itself, and each schema in it by JSON Schema's."""
    _, document, _ = await product.request("GET", "/openapi.json")
    schemathesis.openapi.from_dict(document).validate()
    assert document["openapi"] == "3.1.0"
    for name, schema in document["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
