"""[V3] Whoever deletes their account is nobody at once, and nowhere soon after."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import redis.asyncio as aioredis

from storage.cache import connect_redis
from storage.database import PATIENCE_S
from tests.support.instants import ago
from tests.support.live import Live
from tests.support.product import PASSWORD, Person, Product
from tests.support.rooms import join, make_room

NAME = "Quetzal Fernweh"
NOTE = "About the Zanzibar plan"
LONG_S = 30.0


async def test_nothing_names_an_account_that_was_deleted(product: Product) -> None:
    """The acceptance: in no row, no key and no event that is replayed; what is shared stays."""
    gone, bo = await product.person("quetzal", name=NAME), await product.person("bo")
    sql = await asyncpg.connect(product.database_url)
    try:
        own, shared, slug, lives = await _live_a_life(gone, bo, sql)
        at_bo, at_gone = lives
        status, problem = await gone.call("DELETE", "/users/me", {"password": "another one"})
        assert (status, problem["code"]) == (401, "invalid_credentials")
        assert await _names(sql, gone.username)

        status, _, headers = await gone.call_with_headers(
            "DELETE", "/users/me", {"password": PASSWORD}
        )
        assert status == 204
        assert all("Max-Age=0" in cookie for cookie in headers.getall("Set-Cookie"))
        await _is_out(gone, at_gone)
        await _others_keep_what_is_theirs(bo, at_bo, gone, own, shared, slug)
        await _until_erased(sql, gone.id)
        for word in (gone.username, gone.email, NAME, NOTE):
            assert await _names(sql, word) == []
            assert await _until_no_key_names(product.redis_url, word)
        # And the name and the address can be had again.
        again = {"email": gone.email, "username": gone.username, "password": PASSWORD}
        status, signed_up, _ = await product.request("POST", "/api/auth/signup", again)
        assert status == 201, signed_up
        assert signed_up["user"]["id"] != gone.id
    finally:
        await sql.close()


async def _live_a_life(
    gone: Person, bo: Person, sql: Any
) -> tuple[int, int, str, tuple[Live, Live]]:
    """Everything that leaves a trace. Answers an own project, a shared one, a room, and the
    connections of both."""
    early = await bo.connect()
    await bo.done("PUT", f"/users/{gone.id}/follow")
    await gone.done("PUT", f"/users/{bo.id}/follow")
    own = await gone.project("Alone", description="words")
    shared = await gone.project("Together", visibility="public")
    await bo.post(f"/projects/{shared}/join")
    await bo.post(f"/projects/{await bo.project()}/members", {"user_id": gone.id, "role": "admin",
        "command_id": "0b1c8f8e-7f05-4d3c-a7ba-8f2f8a8e6f0a"})  # fmt: skip
    for hours, project_id in ((30, own), (5, shared), (3, None)):
        times = {"start_time": ago(hours=hours), "end_time": ago(hours=hours - 1)}
        await gone.post(
            "/time-entries",
            {**times, "project_id": project_id, "description": NOTE, "tags": ["mine"]},
        )
    await gone.post("/auth/tokens", {"name": "script of mine"})
    await gone.post(f"/projects/{shared}/invites")
    await gone.post("/push/subscriptions", _subscription())
    await sql.execute(
        "insert into identities (issuer, subject, user_id) values ('https://id.example', $1, $2)",
        gone.username, gone.id,
    )  # fmt: skip
    slug, _ = await make_room(gone, name="Study")
    (at_gone, _), (at_bo, _) = await join(gone, slug), await join(bo, slug)
    await at_gone.do("room:intend", room=slug, text="think of my secret plan")
    await at_gone.do("room:say", room=slug, text="hello from me")
    await at_gone.do("room:start", room=slug)
    for channel in (f"project:{shared}", "leaderboard:all:global"):
        await at_bo.do("channel:subscribe", channel=channel)
    await at_gone.command("timer:start", project_id=shared, description="running")
    # Told of a public project, by the name of its maker; badge and board follow by themselves.
    await early.expect(
        "notification:created", lambda e: e["data"]["notification"]["kind"] == "project_created"
    )
    await at_gone.expect("badge:awarded", patience_s=LONG_S)
    async with asyncio.timeout(LONG_S):
        while gone.username not in str(await bo.get("/leaderboard")):
            await asyncio.sleep(0.05)
    return own, shared, slug, (at_bo, at_gone)


def _subscription() -> dict[str, Any]:
    key = base64.urlsafe_b64encode(
        bytes.fromhex(
            "04"
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        )
    )
    return {
        "endpoint": "https://push.example.org/somebody",
        "keys": {
            "p256dh": key.decode().rstrip("="),
            "auth": base64.urlsafe_b64encode(bytes(16)).decode().rstrip("="),
        },
    }


async def _is_out(gone: Person, live: Live) -> None:
    closing = await live.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("account_deleted", False)
    await live.closed.wait()
    assert (await gone.call("GET", "/users/me"))[0] == 401
    body = {"email": gone.email, "password": PASSWORD}
    status, problem, _ = await gone.product.request("POST", "/api/auth/login", body)
    assert (status, problem["code"]) == (401, "invalid_credentials")


async def _others_keep_what_is_theirs(
    bo: Person, at_bo: Live, gone: Person, own: int, shared: int, slug: str
) -> None:
    nobody = f"deleted-{gone.id}"
    left = await at_bo.expect("member:left", lambda e: e["channel"] == f"project:{shared}")
    assert left["data"]["user_id"] == gone.id
    await at_bo.expect("timer:discarded", lambda e: e["data"]["user"]["username"] == nobody)
    await at_bo.expect("room:left", lambda e: e["data"]["user_id"] == gone.id)
    project = await bo.get(f"/projects/{shared}")
    assert (project["owner_id"], project["role"]) == (bo.id, "owner")
    assert [member["user_id"] for member in project["members"]] == [bo.id]
    room = await bo.get(f"/rooms/{slug}")
    assert (room["owner_id"], room["host_id"], room["member_count"]) == (bo.id, bo.id, 1)
    assert room["timer"]["state"] == "running"
    assert (await bo.call("GET", f"/users/{gone.id}/profile"))[0] == 404
    async with asyncio.timeout(LONG_S):
        while True:
            [round_] = await bo.get(f"/rooms/{slug}/history")
            [shown] = [m for m in round_["members"] if m["user_id"] == gone.id]
            if shown["intention"] is None:
                break
            await asyncio.sleep(0.05)
    assert shown["username"] == nobody
    # What was said on the channels before is not told again, to whomever.
    told = await at_bo.do("channel:subscribe", channel=f"project:{shared}", epoch="", seq=0)
    assert gone.username not in str(told)


async def _until_erased(sql: Any, user_id: int) -> None:
    async with asyncio.timeout(LONG_S):
        while await sql.fetchval("select count(*) from erasures where user_id = $1", user_id):
            await asyncio.sleep(0.05)
    left = await sql.fetch(
        "select 'entries' from time_entries where user_id = $1 union all"
        " select 'days' from tracked_days where user_id = $1 union all"
        " select 'timeline' from timeline where user_id = $1 union all"
        " select 'badges' from user_badges where user_id = $1 union all"
        " select 'words' from room_intentions where user_id = $1 and intention <> ''",
        user_id,
    )
    assert left == []


async def _names(sql: Any, word: str) -> list[str]:
    """The tables that have the word in any column, also in what is bytes."""
    tables = await sql.fetch(
        "select quote_ident(table_name) as name from information_schema.tables"
        " where table_schema = current_schema() and table_type = 'BASE TABLE'"
    )
    found = []
    for table in tables:
        query = f"select count(*) from {table['name']} t where strpos(lower(t::text), $1) > 0"
        count = await sql.fetchval(query, word.lower())
        count += await sql.fetchval(query, word.encode().hex())
        if count:
            found.append(table["name"])
    return found


async def _until_no_key_names(redis_url: str, word: str) -> bool:
    """What Redis says of presence is said anew every second."""
    redis = connect_redis(redis_url)
    try:
        async with asyncio.timeout(LONG_S):
            while await _key_naming(redis, word.encode()):
                await asyncio.sleep(0.2)
    finally:
        await redis.aclose()
    return True


async def _key_naming(redis: "aioredis.Redis", word: bytes) -> bool:
    for key in await redis.keys():
        kind = await redis.type(key)
        if kind == b"string":
            held: Any = await redis.get(key)
        elif kind == b"hash":
            held = await redis.hgetall(key)
        elif kind == b"zset":
            held = await redis.zrange(key, 0, -1)
        elif kind == b"set":
            held = await redis.smembers(key)
        else:
            held = await redis.lrange(key, 0, -1) if kind == b"list" else None
        if word in repr((key, held)).encode():
            return True
    return False


async def test_without_a_password_one_signs_in_anew_and_types_ones_name(ada: Person) -> None:
    """An account that came by OpenID Connect has none to ask for."""
    sql = await asyncpg.connect(ada.product.database_url)
    try:
        await sql.execute("update users set password_hash = null where id = $1", ada.id)
        for body in ({}, {"username": "somebody.else"}, {"password": PASSWORD}):
            assert (await ada.call("DELETE", "/users/me", body))[0] == 401
        hour = datetime.now(UTC) - timedelta(hours=1)
        await sql.execute("update logins set created_at = $2 where user_id = $1", ada.id, hour)
        status, problem = await ada.call("DELETE", "/users/me", {"username": ada.username})
        assert (status, "Sign in anew" in problem["detail"]) == (401, True)
        await sql.execute("update logins set created_at = now() where user_id = $1", ada.id)
        assert (await ada.call("DELETE", "/users/me", {"username": ada.username}))[0] == 204
    finally:
        await sql.close()


async def test_two_who_leave_at_once_do_not_leave_a_project_to_each_other(
    product: Product,
) -> None:
    """The heir is chosen behind the project's lock; whoever is left has it in the end."""
    ada, bo, cy = [await product.person(name) for name in ("ada", "bo", "cy")]
    projects = []
    for owner, heir in ((ada, bo), (bo, ada)):
        project_id = await owner.project()
        await owner.post(f"/projects/{project_id}/members", {"user_id": heir.id, "role": "admin"})
        await owner.post(f"/projects/{project_id}/members", {"user_id": cy.id, "role": "viewer"})
        projects.append(project_id)
    sql = await asyncpg.connect(product.database_url)
    try:
        async with sql.transaction():
            await sql.execute("select from projects where id = any($1) for update", projects)
            leaving = [
                asyncio.create_task(one.call("DELETE", "/users/me", {"password": PASSWORD}))
                for one in (ada, bo)
            ]
            async with asyncio.timeout(LONG_S):
                while await sql.fetchval(_WAITING) < 2:
                    await asyncio.sleep(0.01)
    finally:
        await sql.close()
    assert [status for status, _ in await asyncio.gather(*leaving)] == [204, 204]
    for project_id in projects:
        project = await cy.get(f"/projects/{project_id}")
        assert (project["owner_id"], project["role"]) == (cy.id, "owner")
        assert [m["user_id"] for m in project["members"]] == [cy.id]


async def test_what_could_not_be_mailed_goes_with_the_account(ada: Person, bo: Person) -> None:
    """[V3] Dead letters have addresses in them, and are kept for a month."""
    sql = await asyncpg.connect(ada.product.database_url)
    try:
        for person, status in ((ada, "failed"), (ada, "queued"), (bo, "failed")):
            await sql.execute(
                "insert into pgqueuer (priority, status, entrypoint, payload, execute_after)"
                " values (0, $1::pgqueuer_status, 'account_news', $2, now() + interval '1 day')",
                status,
                f'{{"email":"{person.email}","greeting":"{person.username}"}}'.encode(),
            )
        assert (await ada.call("DELETE", "/users/me", {"password": PASSWORD}))[0] == 204
        left = await sql.fetch(
            "delete from pgqueuer where entrypoint = 'account_news' and payload is not null"
            " returning status::text, convert_from(payload, 'UTF8')"
        )
    finally:
        await sql.close()
    assert sorted((row[0], ada.email in row[1]) for row in left) == [
        ("failed", False),
        ("queued", True),
    ]


async def test_an_account_is_deleted_however_long_that_takes(ada: Person, bo: Person) -> None:
    """Others may have put somebody into thousands of projects; that keeps nobody here."""
    project_id = await bo.project()
    await bo.post(f"/projects/{project_id}/members", {"user_id": ada.id, "role": "viewer"})
    sql = await asyncpg.connect(ada.product.database_url)
    try:
        async with sql.transaction():
            await sql.execute("select from projects where id = $1 for update", project_id)
            leaving = asyncio.create_task(ada.call("DELETE", "/users/me", {"password": PASSWORD}))
            await asyncio.wait([leaving], timeout=PATIENCE_S + 0.5)
            assert not leaving.done()
    finally:
        await sql.close()
    assert await leaving == (204, "")
    assert [m["user_id"] for m in await bo.get(f"/projects/{project_id}/members")] == [bo.id]


_WAITING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)
