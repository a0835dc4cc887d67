"""API tokens: shown once, limited to their scopes, and gone within two seconds."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from socketio.exceptions import ConnectionError

from handlers.actions.identity import secret_hash
from handlers.http.operation import Operation
from handlers.http.routes import OPERATIONS
from handlers.socket.events import EVENTS
from rooms.scopes import SCOPES
from tests.support.live import Live
from tests.support.product import Person, Product, serving

WITHIN_S = 2.0
COMMAND_ID = "0d3b1b1e-3f4b-4d2e-9e51-6c1f0b8f7a10"
NOWHERE = str(2**50)


@pytest.fixture(scope="module")
async def elsewhere(shared_product: Product) -> AsyncIterator[Product]:
    """A second instance on the same database."""
    async with serving(shared_product.database_url, shared_product.redis_url) as other:
        yield other


async def token_of(person: Person, *scopes: str, **fields: Any) -> str:
    body = {"name": "a script", **({"scopes": scopes} if scopes else {}), **fields}
    token: str = (await person.post("/auth/tokens", body))["token"]
    return token


async def ask(person: Person, token: str, method: str = "GET", path: str = "/users/me") -> int:
    return (await person.call(method, path, Authorization=f"Bearer {token}"))[0]


def bearing(person: Person, token: str, product: Product | None = None) -> Person:
    """The same person as a program that has the token."""
    product = product or person.product
    bearer = Person(product, person.id, person.username, person.email, token, 0)
    product.people.append(bearer)
    return bearer


async def test_a_token_is_shown_once_and_kept_as_a_hash(ada: Person) -> None:
    made = await ada.post("/auth/tokens", {"name": " a script ", "scopes": ["timer", "read"]})
    assert re.fullmatch(r"fh_[A-Za-z0-9_-]{43}", made["token"])
    assert (made["name"], made["scopes"]) == ("a script", ["read", "timer"])
    assert (made["expires_at"], made["last_used_at"]) == (None, None)
    assert await ask(ada, made["token"]) == 200
    (listed,) = await ada.get("/auth/tokens")
    assert listed["last_used_at"] is not None
    assert listed | {"token": made["token"], "last_used_at": None} == made
    connection = await asyncpg.connect(ada.product.database_url)
    row = await connection.fetchrow("select * from api_tokens where id = $1", made["id"])
    await connection.close()
    assert row is not None
    assert row["token_hash"] == secret_hash(made["token"])
    assert made["token"] not in str(dict(row))


async def test_without_scopes_a_token_may_do_everything_but_an_administrators_work(
    ada: Person,
) -> None:
    made = await ada.post("/auth/tokens", {"name": "a script"})
    assert made["scopes"] == ["read", "timer", "write"]


async def test_a_token_that_is_made_again_by_the_same_command_is_the_same(ada: Person) -> None:
    """[T5] Though its secret is remembered nowhere."""
    body = {"name": "a script"}
    first, again = [
        await ada.post("/auth/tokens", body, Idempotency_Key=COMMAND_ID) for _ in range(2)
    ]
    assert first == again
    assert await ask(ada, again["token"]) == 200
    assert len(await ada.get("/auth/tokens")) == 1
    connection = await asyncpg.connect(ada.product.database_url)
    kept = await connection.fetchval(
        "select result::text from command_results where user_id = $1", ada.id
    )
    await connection.close()
    assert first["token"] not in kept


async def test_a_command_that_is_forgotten_makes_no_second_token_of_the_same_secret(
    ada: Person,
) -> None:
    made = await ada.post("/auth/tokens", {"name": "a script"}, Idempotency_Key=COMMAND_ID)
    assert (await ada.call("DELETE", f"/auth/tokens/{made['id']}"))[0] == 204
    connection = await asyncpg.connect(ada.product.database_url)
    await connection.execute("delete from command_results where user_id = $1", ada.id)
    await connection.close()
    status, problem = await ada.call(
        "POST", "/auth/tokens", {"name": "a script"}, Idempotency_Key=COMMAND_ID
    )
    assert (status, problem["code"]) == (409, "command_id_reused")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""}, {"name": "x" * 81}, {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]}, {"name": "x", "expires_at": "yesterday"},
        {"name": "x", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "expires_at": "2200-01-01T00:00:00Z"}, {"name": "x", "scope": ["read"]},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_token_is_refused(ada: Person, wrong: Any) -> None:
    assert (await ada.call("POST", "/auth/tokens", wrong))[0] == 422


def path_of(operation: Operation) -> str:
    """An address of the call at which there is nothing."""
    path = re.sub(r"{\w+_id}", NOWHERE, operation.path)
    return re.sub(r"{\w+}", "nowhere", path)


async def test_each_call_takes_a_token_with_its_scope_and_no_other(product: Product) -> None:
    """The table of all calls; what is about the account itself takes no token at all."""
    boss = await product.person("boss", role="admin")
    all_scopes = await token_of(boss, *SCOPES)
    having = {scope: await token_of(boss, scope) for scope in SCOPES}
    lacking = {
        scope: await token_of(boss, *(other for other in SCOPES if other != scope))
        for scope in SCOPES
    }

    async def is_let_in(op: Operation, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"/api{path_of(op)}"
        # A body that no call takes, so that nothing happens.
        body = None if op.method == "GET" else b"{]"
        status, problem, _ = await product.request(op.method, url, body, headers)
        assert status != 401, op
        return not (status == 403 and "API token" in problem["detail"])

    seen = set()
    for op in OPERATIONS:
        if op.need is None:
            continue
        seen.add(op.need)
        if op.need == "login":
            assert not await is_let_in(op, all_scopes), op
        else:
            assert not await is_let_in(op, lacking[op.need]), op
            assert await is_let_in(op, having[op.need]), op
    assert seen == {*SCOPES, "login"}


def test_what_is_about_the_account_itself_needs_a_login() -> None:
    for op in OPERATIONS:
        own = op.path.startswith("/auth/") or op.path in ("/users/me/email", "/user/logout")
        outlasts = (op.method, op.path) in (
            ("DELETE", "/users/me"),
            # A subscription ends with the login that made it; a token's would with nothing.
            ("POST", "/push/subscriptions"),
        )
        if (own or outlasts) and op.access != "anyone":
            assert op.need == "login", op


async def test_the_document_says_what_a_token_needs(product: Product) -> None:
    _, document, _ = await product.request("GET", "/openapi.json")
    for op in OPERATIONS:
        security = document["paths"][f"/api{op.path}"][op.method.lower()].get("security", [])
        scopes = [names for way in security for name, names in way.items() if name == "api_token"]
        assert scopes == ([] if op.need in (None, "login") else [[op.need]])
    _, events, _ = await product.request("GET", "/asyncapi.json")
    for name, event in EVENTS.items():
        assert events["channels"]["socket"]["messages"][name]["x-scope"] == event.scope


async def test_only_an_administrator_has_tokens_for_their_work(product: Product) -> None:
    ada, boss = await product.person("ada"), await product.person("boss", role="admin")
    status, problem = await ada.call("POST", "/auth/tokens", {"name": "x", "scopes": ["admin"]})
    assert (status, problem["code"]) == (403, "forbidden")
    plain, full = await token_of(boss), await token_of(boss, "read", "admin")
    path = f"/users/{ada.id}/profile"
    told = [await boss.call("GET", path, Authorization=f"Bearer {t}") for t in (plain, full)]
    assert ["email" in profile for _, profile in told] == [False, True]


async def test_events_obey_the_scopes(ada: Person) -> None:
    live = await bearing(ada, await token_of(ada, "read")).connect()
    assert await live.refused("timer:start") == "forbidden"
    assert await live.refused("room:create", name="x") == "forbidden"
    assert (await live.do("timer:current"))["entry"] is None
    live = await bearing(ada, await token_of(ada, "read", "timer")).connect()
    assert (await live.command("timer:start"))["entry"]["source"] == "timer"
    assert await live.refused("notification:read", all=True) == "forbidden"
    token = await token_of(ada, "timer", "write")
    assert await ask(ada, token, "PUT", f"/time-entries/{NOWHERE}/end") == 404
    with pytest.raises(ConnectionError):
        await bearing(ada, token).connect()


async def test_a_token_is_no_cookie_and_needs_no_renewal(ada: Person) -> None:
    token = await token_of(ada)
    cookie = {"Cookie": f"token={token}"}
    assert (await ada.product.request("GET", "/api/users/me", None, cookie))[0] == 401
    with pytest.raises(ConnectionError):
        await Live.open(ada.product.url, None, headers=cookie)
    live = await bearing(ada, token).connect()
    assert await live.refused("auth:refresh", token=token) == "invalid"
    assert (await live.do("auth:refresh", token=ada.token))["expires_at"]


@pytest.mark.parametrize("token", ["fh_", "fh_x", "fh_" + "x" * 43, "fh_" + "\u00e9" * 43])
async def test_a_token_that_is_none_is_refused(ada: Person, token: str) -> None:
    assert await ask(ada, token) == 401


async def test_a_deleted_token_is_refused_and_its_connections_end_on_every_instance(
    ada: Person, bo: Person, elsewhere: Product
) -> None:
    """Within two seconds; other tokens and logins of the person go on."""
    made = await ada.post("/auth/tokens", {"name": "a script"})
    token, kept = made["token"], await token_of(ada)
    there = bearing(ada, token, elsewhere)
    lives = [await bearing(ada, token).connect(), await there.connect()]
    staying = await bearing(ada, kept).connect()
    assert (await bo.call("DELETE", f"/auth/tokens/{made['id']}"))[0] == 404
    began = time.monotonic()
    await ada.done("DELETE", f"/auth/tokens/{made['id']}")
    assert await ask(ada, token) == 401, "at once, where it was deleted"
    for live in lives:
        closing = await live.expect("connection:closing")
        assert (closing["code"], closing["reconnect"]) == ("login_revoked", False)
        await asyncio.wait_for(live.closed.wait(), WITHIN_S)
    while await ask(there, token) != 401:
        await asyncio.sleep(0.05)
    assert time.monotonic() - began < WITHIN_S
    assert await ask(ada, kept) == 200
    assert (await staying.do("timer:current"))["entry"] is None
    assert (await ada.call("DELETE", f"/auth/tokens/{made['id']}"))[0] == 404


async def test_a_token_ends_with_its_time(ada: Person) -> None:
    ends_at = datetime.now(UTC) + timedelta(seconds=1.5)
    token = await token_of(ada, expires_at=ends_at.isoformat())
    live = await bearing(ada, token).connect()
    assert await ask(ada, token) == 200
    closing = await live.expect("connection:closing")
    assert closing["code"] == "token_expired"
    assert ends_at < datetime.now(UTC) < ends_at + timedelta(seconds=WITHIN_S)
    assert await ask(ada, token) == 401


async def test_whoever_logs_out_everywhere_leaves_nobody_signed_in(ada: Person) -> None:
    """`others` keeps the present login; API tokens are no logins, and stay."""
    others = [await ada.product.person("ada") for _ in range(2)]
    connection = await asyncpg.connect(ada.product.database_url)
    for other in others:
        await connection.execute(
            "update logins set user_id = $1 where id = $2", ada.id, other.login_id
        )
        other.token, other.id = ada.product.token_for(ada.id, other.login_id), ada.id
    await connection.execute(
        "insert into push_subscriptions (user_id, endpoint, p256dh, auth, login_id)"
        " select $1, 'https://push.example/' || id, 'x', 'x', id from logins where user_id = $1",
        ada.id,
    )
    token = await token_of(ada)
    lives = [await other.connect() for other in others]
    assert (await ada.call("DELETE", "/auth/logins?others=true"))[0] == 204
    for live in lives:
        assert (await live.expect("connection:closing"))["code"] == "login_revoked"
    assert [login["id"] for login in await ada.get("/auth/logins")] == [ada.login_id]
    left = "select login_id from push_subscriptions where user_id = $1"
    assert await connection.fetchval(left, ada.id) == ada.login_id
    live = await ada.connect()
    status, _, headers = await ada.call_with_headers("DELETE", "/auth/logins")
    assert (status, len(headers.getall("Set-Cookie"))) == (204, 2)
    assert (await live.expect("connection:closing"))["code"] == "login_revoked"
    assert (await ada.call("GET", "/users/me"))[0] == 401
    assert await connection.fetchval(left, ada.id) is None
    await connection.close()
    assert await ask(ada, token) == 200
