"""Pages of other origins: those in FRONTEND_URL use the API, others do not (docs/PROTOCOL.md)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.product import Person, Product, serving

APP, SECOND = "https://app.example.org", "http://localhost:3000"
EVIL = "https://evil.example.org"


@pytest.fixture(scope="module")
async def shared(shared_product: Product) -> AsyncIterator[Product]:
    """A server whose pages may lie on two other origins."""
    changes = {"FRONTEND_URL": f"{APP.upper()}:443/, {SECOND}"}
    async with serving(shared_product.database_url, shared_product.redis_url, **changes) as product:
        yield product


@pytest.fixture
async def eve(shared: Product) -> AsyncIterator[Person]:
    yield await shared.person("eve")
    shared.people.clear()


async def preflight(
    product: Product, origin: str, method: str, *names: str, path: str = "/api/projects"
) -> tuple[int, Any, Any]:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if names:
        headers["Access-Control-Request-Headers"] = ", ".join(names)
    return await product.request("OPTIONS", path, None, headers)


@pytest.mark.parametrize("origin", [APP, SECOND])
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_the_preflight_of_our_pages_is_answered(
    shared: Product, origin: str, method: str
) -> None:
    names = ("authorization", "content-type", "idempotency-key", "if-match", "x-request-id")
    status, _, headers = await preflight(shared, origin, method, *names)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == origin
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert method in headers["Access-Control-Allow-Methods"]
    allowed = headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in names)
    assert "Origin" in headers["Vary"]


@pytest.mark.parametrize(
    "origin", [EVIL, "null", APP + ".evil.example.org", "http://app.example.org"]
)
async def test_the_preflight_of_another_page_is_refused(shared: Product, origin: str) -> None:
    status, problem, headers = await preflight(shared, origin, "POST")
    assert (status, problem["code"]) == (403, "forbidden")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("method, name", [("POST", "x-other"), ("TRACE", "content-type")])
async def test_what_our_pages_may_not_send_is_refused(
    shared: Product, method: str, name: str
) -> None:
    assert (await preflight(shared, APP, method, name))[0] == 403


@pytest.mark.parametrize("path, status", [("/api/users/me", 200), ("/api/projects/987654321", 404)])
async def test_our_pages_read_answers_and_refusals(eve: Person, path: str, status: int) -> None:
    """With cookies, and with the headers that a client needs."""
    sent = {"Cookie": f"token={eve.token}", "Origin": APP}
    got, _, headers = await eve.product.request("GET", path, None, sent)
    assert got == status
    assert headers["Access-Control-Allow-Origin"] == APP
    assert headers["Access-Control-Allow-Credentials"] == "true"
    exposed = headers["Access-Control-Expose-Headers"]
    for name in ("Link", "X-Next-Cursor", "X-Unread-Count", "X-Request-ID", "ETag", "Retry-After"):
        assert name in exposed


async def test_other_pages_read_nothing(eve: Person, product: Product, ada: Person) -> None:
    """Also where no other origin is let in at all."""
    for person in (eve, ada):
        sent = {"Authorization": f"Bearer {person.token}", "Origin": EVIL}
        status, _, headers = await person.product.request("GET", "/api/users/me", None, sent)
        assert status == 200, "a token is a token; it is the browser who keeps the page from it"
        assert "Access-Control-Allow-Origin" not in headers


async def test_a_page_of_ours_signs_in_and_acts(eve: Person) -> None:
    sent = {"Cookie": f"token={eve.token}", "Origin": SECOND}
    status, _, headers = await eve.product.request("POST", "/api/projects", {"name": "Atlas"}, sent)
    assert (status, headers["Access-Control-Allow-Origin"]) == (201, SECOND)
