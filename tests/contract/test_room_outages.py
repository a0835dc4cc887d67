"""Rooms while hosts and instances go away: nothing is lost, nothing happens twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.product import Person, Product, serving
from tests.support.rooms import join, make_room, told

SOON = json.dumps({"room_grace": 1.5, "instance_dead": 5, "rejoin": 6})
# A dead instance is found out after five seconds with the database, and certain after another.
LONG_S = 40.0


def again(person: Person, product: Product) -> Person:
    """The same person, at another instance."""
    other = Person(product, person.id, person.username, person.email, person.token, person.login_id)
    product.people.append(other)
    return other


async def rows(database_url: str, query: str, *arguments: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        return await connection.fetch(query, *arguments)
    finally:
        await connection.close()


async def test_a_host_who_is_gone_is_followed_once_and_the_deadline_stays(
    servers: Embedded, database_url: str
) -> None:
    """[R5] Two instances look after the room; one successor, one event."""
    async with (
        serving(database_url, servers.redis_url, TEST_TIMES=SOON) as here,
        serving(database_url, servers.redis_url, TEST_TIMES=SOON) as there,
    ):
        ada, bo, cy = [await here.person(name) for name in ("ada", "bo", "cy")]
        slug, channel = await make_room(ada)
        host, _ = await join(ada, slug)
        stays, _ = await join(again(bo, there), slug)
        await join(cy, slug)
        started = (await host.do("room:start", room=slug))["room"]
        await host.close()
        changed = await told(
            stays, channel, "room:updated", lambda e: e["cause"] == "host_changed", LONG_S
        )
        assert changed["user_id"] == changed["room"]["host_id"] == bo.id
        assert changed["by"] is None
        assert changed["room"]["timer"] == started["timer"]
        assert changed["room"]["version"] == started["version"] + 1
        left = await told(stays, channel, "room:left", patience_s=LONG_S)
        assert left["user_id"] == ada.id
        events = await rows(
            database_url,
            "select data ->> 'cause' as cause from channel_events"
            " where channel = $1 and type = 'room:updated'",
            channel,
        )
        assert [row["cause"] for row in events] == ["started", "host_changed"]
        # The owner comes back and takes the room.
        back, _ = await join(ada, slug)
        await back.do("room:transfer", room=slug, user_id=ada.id)


async def test_who_made_a_room_over_rest_and_never_came_in_is_no_member_for_long(
    servers: Embedded, database_url: str
) -> None:
    """[R7] They own it all the same, and come in as its host."""
    soon = json.dumps({"room_grace": 4})
    async with serving(database_url, servers.redis_url, TEST_TIMES=soon) as product:
        ada = await product.person("ada")
        slug, channel = await make_room(ada)
        owner = await ada.connect()
        answer = await owner.do("channel:subscribe", channel=channel)
        assert [m["user_id"] for m in answer["snapshot"]["members"]] == [ada.id]
        closed = await owner.expect("channel:closed", patience_s=LONG_S)
        assert closed == {"channel": channel, "code": "left"}
        room = await ada.get(f"/rooms/{slug}")
        assert (room["members"], room["member_count"], room["owner_id"]) == ([], 0, ada.id)
        _, room = await join(ada, slug)
        assert [(m["user_id"], m["role"]) for m in room["members"]] == [(ada.id, "host")]


async def test_a_phase_that_ended_while_nobody_served_is_ended_once_at_its_deadline(
    servers: Embedded, database_url: str
) -> None:
    """[R4] [C2] All instances are killed across the end of a work phase; its credit is right to
    two seconds."""
    settings = {"work_s": 4, "short_break_s": 600, "auto_start_breaks": True}
    async with (
        serving(database_url, servers.redis_url, TEST_TIMES=SOON) as here,
        serving(database_url, servers.redis_url, TEST_TIMES=SOON) as there,
    ):
        ada, bo = await here.person("ada"), await here.person("bo")
        slug, channel = await make_room(ada, settings=settings)
        host, _ = await join(ada, slug)
        other, _ = await join(again(bo, there), slug)
        timer = (await host.do("room:start", room=slug))["room"]["timer"]
        await told(other, channel, "room:updated")
        await _until(datetime.fromisoformat(timer["started_at"]) + timedelta(seconds=3))
        killed_at = datetime.now(UTC)
        here.kill()
        there.kill()
    started, ends = (datetime.fromisoformat(timer[k]) for k in ("started_at", "ends_at"))
    await _until(ends + timedelta(seconds=0.2))
    async with serving(database_url, servers.redis_url, TEST_TIMES=SOON) as anew:
        watcher = await again(ada, anew).connect()
        answer = await watcher.do("channel:subscribe", channel=channel)
        if answer["snapshot"]["timer"]["phase"] == "work":
            await told(watcher, channel, "room:updated", patience_s=LONG_S)
        room = await again(ada, anew).get(f"/rooms/{slug}")
        assert room["timer"]["phase"] == "short_break"
        # On a slow machine the killed instances, and with them all members, were given up before:
        # a break begins by itself only while somebody is there.
        if datetime.now(UTC) - killed_at < timedelta(seconds=5):
            assert room["timer"]["state"] == "running"
            assert room["timer"]["started_at"] == timer["ends_at"]
        events = await rows(
            database_url,
            "select data ->> 'cause' as cause from channel_events"
            " where channel = $1 and type = 'room:updated'",
            channel,
        )
        assert [row["cause"] for row in events] == ["started", "phase_ended"]
        owner = await again(ada, anew).connect()
        await _credited(database_url, owner, ada.id)
        credits = await rows(
            database_url,
            "select user_id, started_at, ended_at from time_entries where source = 'room'"
            " order by user_id",
        )
        assert {row["user_id"] for row in credits} <= {ada.id, bo.id}
        mine = next(row for row in credits if row["user_id"] == ada.id)
        assert mine["started_at"] == started
        assert (
            killed_at - timedelta(seconds=2)
            <= mine["ended_at"]
            <= killed_at + timedelta(seconds=0.1)
        )


async def _until(instant: datetime) -> None:
    """The rules measure real time, so there is something to wait for."""
    await asyncio.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))


async def _credited(database_url: str, live: Live, user_id: int) -> None:
    """Wait for the entry that the credit becomes, told before or after this connection."""
    found = await rows(
        database_url,
        "select 1 from time_entries where source = 'room' and user_id = $1",
        user_id,
    )
    if not found:
        await live.expect("entry:created", patience_s=LONG_S)
