"""What the log says of requests, and what it never says (docs/SECURITY.md)."""

import asyncio
import json
from typing import Any

import asyncpg

from tests.support.product import Product, serving
from tests.support.tcp import exchange
from tests.support.visitors import cookies_of, newcomer, sign_in, sign_up

PASSWORD, NEW_PASSWORD = "Pa55-w0rd-of-nobody-else", "An0ther-w0rd-of-nobody"
WRONG_PASSWORD, GARBAGE = "Wr0ng-guess-of-somebody", "garbage-token-of-somebody"


async def visit(product: Product) -> list[str]:
    """Use everything that has a secret in it, rightly and wrongly; answers the secrets."""
    new = newcomer(password=PASSWORD)
    _, first, headers = await sign_up(product, new, X_Request_ID="the-signup")
    await sign_in(product, new["email"], WRONG_PASSWORD)
    await sign_in(product, new["email"] + "\0", WRONG_PASSWORD)
    _, second, _ = await sign_in(product, new["email"], PASSWORD)
    refresh = "/api/auth/refresh"
    _, third, _ = await product.request("POST", refresh, {"refresh_token": second["refresh_token"]})
    await product.request("POST", refresh, {"refresh_token": second["refresh_token"]})
    await product.request("POST", refresh, None, {"Cookie": f"refresh_token={GARBAGE}"})
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    for token in (GARBAGE, second["access_token"], first["access_token"] + "x"):
        await product.request("GET", "/api/users/me", None, {"Authorization": f"Bearer {token}"})
        await product.request("GET", f"/socket.io/?EIO=4&transport=polling&token={token}")
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await product.request("POST", "/api/auth/password", change, bearer))[0] == 204
    _, made, _ = await product.request("POST", "/api/projects", {"name": "Atlas"}, bearer)
    path = f"/api/projects/{made['project_id']}/invites"
    _, invite, _ = await product.request("POST", path, {}, bearer)
    code = invite["code"]
    for address in (
        f"/api/invites/{code}/accept",
        f"/api/invites/{code}",
        f"/API/Invites/{code}/x",
    ):
        await product.request("POST", address, None, bearer)
    await product.request("GET", f"/invites/{code}")
    _, made, _ = await product.request("POST", "/api/calendar", {}, bearer)
    link = made["url"].rsplit("/", 1)[1]
    for address in (f"/api/calendar/{link}", f"/API/Calendar/{link}/x", f"/calendar/{link}"):
        await product.request("GET", address)
    raw = f"POST /api/invites/{code}\udcff/accept HTTP/1.1\r\nHost: here\r\n\r\n"
    await exchange(product.url, raw.encode("utf-8", "surrogateescape"))
    raw = f"GET / HTTP/1.1\r\nHost: x\r\nCookie: token={first['access_token']}\x01\r\n\r\n"
    await exchange(product.url, raw.encode())
    tokens = [p[name] for p in (first, second, third) for name in ("access_token", "refresh_token")]
    cookie = cookies_of(headers)["token"].value
    return [PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, GARBAGE, code, link[:-4], cookie, *tokens]


async def output_of(database_url: str, redis_url: str, **changes: str) -> tuple[list[str], str]:
    """(secrets used, all that the process printed) of one that has been visited."""
    async with serving(database_url, redis_url, LOG_LEVEL="debug", **changes) as product:
        process = product.process
        assert process is not None
        assert process.stdout is not None
        # All the while, or else a full pipe would stop the process.
        printed = asyncio.create_task(asyncio.to_thread(process.stdout.read))
        secrets = await visit(product)
        connection = await asyncpg.connect(database_url)
        await connection.execute("alter table users rename column name to title")
        await connection.close()
        assert (await sign_up(product, newcomer(password=PASSWORD)))[0] == 500
        process.terminate()
        return secrets, await printed


def lines_of(printed: str) -> list[Any]:
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


async def test_no_secret_is_ever_logged(database_url: str, product: Product) -> None:
    """At the most talkative level, with errors of ours and of others; and each line has its id."""
    secrets, printed = await output_of(database_url, product.redis_url, LOG_FORMAT="json")
    for secret in secrets:
        assert secret not in printed
        assert secret.split(".")[-1] not in printed, "nor the end of it"
    lines = lines_of(printed)
    requests = [line for line in lines if line["event"] == "request"]
    assert all(line["request_id"] for line in requests)
    signup = [line for line in requests if line["request_id"] == "the-signup"]
    assert [(line["path"], line["status"]) for line in signup] == [("/api/auth/signup", 201)]
    accepted = [line["path"] for line in requests if "/accept" in line["path"]]
    assert accepted == ["/api/invites/***/accept"]
    failed = next(line for line in lines if line["event"] == "a request failed")
    assert "UndefinedColumnError" in failed["exception"]
    assert failed["request_id"] in [r["request_id"] for r in requests if r["status"] == 500]


async def test_nor_in_the_log_for_people(database_url: str, product: Product) -> None:
    """Whose tracebacks could show what the variables held."""
    secrets, printed = await output_of(database_url, product.redis_url, LOG_FORMAT="console")
    assert "UndefinedColumnError" in printed
    for secret in secrets:
        assert secret not in printed
