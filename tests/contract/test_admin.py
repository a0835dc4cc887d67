"""Administrators: they look accounts up, suspend and restore them, and give roles."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.support.instants import ago
from tests.support.product import PASSWORD, Person, Product


@pytest.fixture
async def root(product: Product) -> Person:
    return await product.person("root", role="admin")


async def _log_in(person: Person) -> tuple[int, Any]:
    status, answer, _ = await person.product.request(
        "POST", "/api/auth/login", {"email": person.email, "password": PASSWORD}
    )
    return status, answer


async def test_only_administrators_see_accounts(root: Person, ada: Person) -> None:
    for path in ("/admin/users", f"/admin/users/{ada.id}", "/admin/log", "/admin/server"):
        assert (await ada.call("GET", path))[0] == 403
        assert (await root.call("GET", path))[0] == 200
    [found] = await root.get(f"/admin/users?q={ada.username.upper()}")
    assert (found["id"], found["email"], found["suspended_at"]) == (ada.id, ada.email, None)
    await ada.post("/time-entries", {"start_time": ago(hours=2), "end_time": ago(hours=1)})
    details = await root.get(f"/admin/users/{ada.id}")
    assert (details["entries"], details["has_password"], details["logins"]) == (1, True, 1)
    assert (await root.call("GET", "/admin/users/999999999"))[0] == 404
    assert await root.get("/admin/users?q=nobody%20is%20called%20this") == []


async def test_the_list_of_accounts_goes_on(root: Person, product: Product) -> None:
    for _ in range(3):
        await product.person("paged")
    _, first, headers = await root.call_with_headers("GET", "/admin/users?q=paged&limit=2")
    rest = await root.get(f"/admin/users?q=paged&limit=200&cursor={headers['X-Next-Cursor']}")
    ids = [account["id"] for account in first + rest]
    assert len(first) == 2
    assert ids == sorted(set(ids), reverse=True)


async def test_a_suspended_user_is_out_at_once_and_comes_back_with_everything(
    root: Person, ada: Person, bo: Person
) -> None:
    """Timer, logins, connections and boards; and nothing is lost."""
    await ada.post("/time-entries", {"start_time": ago(minutes=50), "end_time": ago(minutes=20)})
    token = (await ada.post("/auth/tokens", {"name": "script"}))["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    live = await ada.connect()
    await live.command("timer:start", description="at work")
    await _until_on_board(bo, ada.id, there=True)

    at_bo = await bo.connect()
    await at_bo.do("channel:subscribe", channel="leaderboard:all:global")
    path = f"/admin/users/{ada.id}"
    account = await root.post(f"{path}/suspend", {"reason": "spam"})
    assert account["suspended_reason"] == "spam"
    closing = await live.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("account_suspended", False)
    await live.closed.wait()
    assert (await ada.call("GET", "/users/me"))[0] == 401
    status, refused = await _log_in(ada)
    assert (status, refused["code"]) == (403, "account_suspended")
    wrong = {"email": ada.email, "password": "another one"}
    status, refused, _ = await ada.product.request("POST", "/api/auth/login", wrong)
    assert (status, refused["code"]) == (401, "invalid_credentials")
    assert (await ada.product.request("GET", "/api/users/me", headers=bearer))[0] == 401
    assert (await bo.call("GET", f"/users/{ada.id}/profile"))[0] == 404
    rows = await bo.get("/leaderboard?limit=200")
    assert ada.id not in [row["user_id"] for row in rows]
    # What the end of the timer made counted anew gives no scores either.
    await _until_counted(ada)
    assert await _sql(ada, "select count(*) from board_scores where user_id = $1", ada.id) == 0
    await at_bo.expect(
        "leaderboard:updated",
        lambda e: any(c["user_id"] == ada.id and not c["rank"] for c in e["data"]["changes"]),
    )
    assert (await root.call("POST", f"{path}/suspend"))[1]["code"] == "conflict"

    await root.post(f"{path}/restore")
    assert (await root.call("POST", f"{path}/restore"))[1]["code"] == "conflict"
    status, signed_in = await _log_in(ada)
    assert status == 200
    ada.token = signed_in["access_token"]
    entries = await ada.get("/time-entries")
    assert [entry["description"] for entry in entries if entry["source"] == "timer"] == ["at work"]
    assert all(entry["ended_at"] for entry in entries)
    assert (await ada.product.request("GET", "/api/users/me", headers=bearer))[0] == 200
    await _until_on_board(bo, ada.id, there=True)

    log = await root.get(f"/admin/log?user_id={ada.id}")
    assert [(line["action"], line["detail"]) for line in log] == [
        ("restore", ""),
        ("suspend", "spam"),
    ]
    assert log[0]["admin"] == {"id": root.id, "username": root.username}


async def _sql(person: Person, query: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(person.product.database_url)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


async def _until_counted(person: Person) -> None:
    marks = (
        "select exists (select from dirty_users where user_id = $1)"
        " or exists (select from dirty_earnings where user_id = $1)"
    )
    async with asyncio.timeout(10):
        while await _sql(person, marks, person.id):
            await asyncio.sleep(0.05)


async def _until_on_board(reader: Person, user_id: int, *, there: bool) -> None:
    """Boards follow within moments [L4]."""
    async with asyncio.timeout(10):
        while True:
            rows = await reader.get("/leaderboard?limit=200")
            if (user_id in [row["user_id"] for row in rows]) is there:
                return
            await asyncio.sleep(0.05)


async def test_the_role_is_given_and_taken_and_never_from_the_last(
    root: Person, ada: Person, product: Product
) -> None:
    path = f"/admin/users/{ada.id}"
    assert (await root.done("PATCH", path, {"role": "admin"}))["role"] == "admin"
    _, signed_in = await _log_in(ada)
    ada.token = signed_in["access_token"]
    assert (await ada.get("/admin/users?q=root"))[0]["role"] == "admin"
    await root.done("PATCH", path, {"role": "user"})
    # The token still says that she administrates, and holds no more.
    assert (await ada.call("GET", "/admin/users"))[0] == 401

    sql = await asyncpg.connect(product.database_url)
    try:
        await sql.execute(
            "update users set role = 'user' where role = 'admin' and id <> $1", root.id
        )
    finally:
        await sql.close()
    for method, body in (("PATCH", {"role": "user"}),):
        status, problem = await root.call(method, f"/admin/users/{root.id}", body)
        assert (status, problem["code"]) == (409, "conflict")
    for method, rest in (("POST", "/suspend"), ("DELETE", "")):
        assert (await root.call(method, f"/admin/users/{root.id}{rest}"))[0] == 422
    status, problem = await root.call("DELETE", "/users/me", {"password": PASSWORD})
    assert (status, problem["code"]) == (409, "conflict")


async def test_the_server_says_how_it_is(root: Person) -> None:
    server = await root.get("/admin/server")
    assert server["postgres"]["ok"]
    assert server["redis"]["ok"]
    assert server["redis"]["version"].startswith("valkey ")
    assert server["users"] >= 1
    assert server["version"]
    assert server["uptime_seconds"] >= 0
