"""[C0, C3, S2, B2, L1, N1]: what is earned is right whatever crashes, and seen soon everywhere."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import asyncpg
import pytest

from handlers.actions.counting import Counting
from handlers.jobs.check import Rules
from handlers.jobs.earn import earned_badges, streak_at
from rooms.boards import boards_of_everybody
from rooms.rules.periods import DayRule
from storage import badges, board_rows, earnings
from storage.boards import BoardBook
from storage.cache import connect_redis
from storage.channels import read_epoch
from storage.database import Pool, connect_pool
from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.derived import NOTHING_LEFT, all_differences, ranked_by_rules
from tests.support.folders import open_folder
from tests.support.live import Live
from tests.support.product import Person, Product, serving, start_process

ZONE = "America/New_York"
RULES = Rules(Counting(DayRule(ZONE)), 60)
# Sums are made within a second or two; the machine of a test may be busy.
PATIENCE_S = 60
ACCEPTED_BEFORE, ACCEPTED_AFTER = 150, 60


@asynccontextmanager
async def two(database_url: str, redis_url: str) -> AsyncIterator[list[Product]]:
    """Two instances on the same servers."""
    async with AsyncExitStack() as stack:
        starting = [
            stack.enter_async_context(serving(database_url, redis_url, BOARD_TIMEZONE=ZONE))
            for _ in range(2)
        ]
        yield await asyncio.gather(*starting)


@dataclass
class Load:
    """People who start, stop, write down, edit, delete and restore, wherever they are sent."""

    accepted: int = 0
    over: bool = False
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self, person: Person, instances: list[Product], seed: int) -> None:
        dice, ids = random.Random(seed), [0]
        while not self.over:
            at = replace(person, product=dice.choice(instances))
            try:
                status, answer = await self._act(at, dice, ids)
            except (TimeoutError, aiohttp.ClientError, ConnectionError):
                await asyncio.sleep(0.02)  # nobody is there just now
                continue
            if status in (200, 201, 204):
                async with self.news:
                    self.accepted += 1
                    self.news.notify_all()
            if status == 201 and "entry_id" in answer:
                ids.append(answer["entry_id"])

    async def _act(self, who: Person, dice: random.Random, ids: list[int]) -> tuple[int, Any]:
        now = datetime.now(UTC)
        from_at = now - timedelta(minutes=dice.randint(10, 6 * 24 * 60))
        to_at = min(from_at + timedelta(minutes=dice.randint(0, 600)), now - timedelta(minutes=1))
        times = {"start_time": from_at.isoformat(), "end_time": to_at.isoformat()}
        entry = f"/time-entries/{dice.choice(ids)}"
        started = (now - timedelta(minutes=dice.randint(1, 9))).isoformat()
        match dice.choice(["start", "stop", "log", "log", "edit", "edit", "delete", "restore"]):
            case "start":
                return await who.call("POST", "/time-entries", {"start_time": started})
            case "stop":
                return await who.call("PUT", f"/time-entries/{ids[-1]}/end")
            case "log":
                return await who.call("POST", "/time-entries", times)
            case "edit":
                body = {"started_at": from_at.isoformat(), "ended_at": to_at.isoformat()}
                return await who.call("PATCH", entry, body)
            case "delete":
                return await who.call("DELETE", entry)
            case _:
                return await who.call("POST", f"{entry}/restore")

    async def until(self, accepted: int) -> None:
        """Wait until so many commands have been accepted."""
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(lambda: self.accepted >= accepted)


@pytest.fixture
async def valkey() -> AsyncIterator[str]:
    """One that may be emptied without any other test being the worse for it."""
    with open_folder() as folder:
        embedded = Embedded(folder, postgres=False, durable=False)
        embedded.start()
        yield embedded.redis_url
        embedded.stop()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await connect_pool(database_url, min_size=1)
    yield pool
    await pool.close()


async def test_kill_9_of_all_and_an_emptied_redis_in_the_middle_leave_everything_right(
    valkey: str, database_url: str, pool: Pool
) -> None:
    """Totals, streaks and boards are those of a recomputation, badges at least, nothing twice."""
    load, people, running = Load(), [], []
    async with two(database_url, valkey) as first:
        people = [await first[0].person(f"load{n}") for n in range(6)]
        running = [asyncio.ensure_future(load.run(p, first, n)) for n, p in enumerate(people)]
        await load.until(ACCEPTED_BEFORE)
        for product in first:
            product.kill()
        async with connect_redis(valkey) as client:
            await client.flushall()
        load.over = True
        await asyncio.gather(*running)
        for person in people:
            await person.close()
    load.over = False
    async with two(database_url, valkey) as second:
        again = [replace(person, product=second[0]) for person in people]
        running = [asyncio.ensure_future(load.run(p, second, n)) for n, p in enumerate(again, 50)]
        await load.until(load.accepted + ACCEPTED_AFTER)
        load.over = True
        await asyncio.gather(*running)
        await _until_nothing_is_left(pool)
        ids = [person.id for person in people]
        assert [str(one) for one in await all_differences(pool, RULES)] == []
        await _boards_are_right(pool, valkey, ids)
        await _badges_are_there(pool, ids)
        await _nothing_was_told_twice(pool)


async def _until_nothing_is_left(pool: Pool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await pool.fetchval(NOTHING_LEFT):
            await asyncio.sleep(0.1)


async def _boards_are_right(pool: Pool, redis_url: str, ids: list[int]) -> None:
    """In Postgres and in Redis, the order and the ranks of the rules [L2]."""
    days = DayRule(ZONE)
    async with connect_redis(redis_url) as client:
        book = BoardBook(client, await read_epoch(pool), days)
        for board in boards_of_everybody(days.day_of(datetime.now(UTC))):
            if board.measure != "time":
                continue
            scope = board.scope.among, board.scope.id
            right = await ranked_by_rules(pool, ids, days, board.period, scope)
            async with asyncio.timeout(PATIENCE_S):
                while (page := await book.read_page(board, None, 200)) is None:
                    await asyncio.sleep(0.1)
            async with pool.acquire() as connection:
                kept = await board_rows.read_page(connection, board, None, 200)
            wanted = [(row.rank, row.user_id, row.score) for row in right]
            assert [(p.rank, p.user_id, p.score) for p in kept] == wanted
            assert page.places is not None
            assert [(p.rank, p.user_id, p.score) for p in page.places] == wanted


async def _badges_are_there(pool: Pool, ids: list[int]) -> None:
    """At least those that the entries have earned: one that was deleted takes none away [B2]."""
    async with pool.acquire() as connection:
        catalogue = await badges.list_badges(connection)
        found = await earnings.read_summaries(connection, ids, 60)
    assert len(found) == len(ids)
    for one in found:
        assert one.badge_ids
        assert earned_badges(catalogue, one, streak_at(one, datetime.now(UTC))) == []


async def _nothing_was_told_twice(pool: Pool) -> None:
    """[B2] [N1]"""
    awards = "data->'badge'->>'badge_id'"
    for event, what in (("badge:awarded", awards), ("notification:created", "data->>'id'")):
        if event == "notification:created":
            what = "(data->'notification'->>'kind') || (data->'notification'->'data')::text"
        twice = await pool.fetch(
            f"select channel, {what} from channel_events where type = $1"
            " group by 1, 2 having count(*) > 1",
            event,
        )
        assert twice == []
    told = await pool.fetchval(
        "select count(*) from channel_events where type = 'notification:created'"
    )
    assert told == await pool.fetchval("select count(*) from notifications where not muted") > 0


async def test_a_stopped_timer_is_on_a_board_of_another_instance(
    servers: Embedded, databases: Databases, record_property: Any
) -> None:
    """[L1] As a follower sees it: from the answer to the stop to the event."""
    async with two(await databases.make(), servers.redis_url) as (here, there):
        watcher = await Live.open(there.url, (await here.person("bo")).token)
        await watcher.do("channel:subscribe", channel="leaderboard:all:global")
        took = []
        for number in range(3):
            ada = await here.person(f"ada{number}")
            began = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
            started = await ada.post("/time-entries", {"start_time": began})
            await ada.done("PUT", f"/time-entries/{started['entry_id']}/end")
            stopped = time.monotonic()
            await watcher.expect("leaderboard:updated", _shows(ada.id))
            took.append(round(time.monotonic() - stopped, 2))
        record_property("seconds_to_the_board", took)
        print("seconds from the stop to the board:", took)
        await watcher.close()


def _shows(user_id: int) -> Any:
    """Whether an update has somebody's row."""
    return lambda event: any(row["user_id"] == user_id for row in event["data"]["changes"])


async def test_run_py_check_names_what_is_wrong_and_repairs_it(
    servers: Embedded, databases: Databases
) -> None:
    """Beside a running server, which makes anew what was marked."""
    url = await databases.make()
    settings = {
        "DATABASE_URL": url,
        "REDIS_URL": servers.redis_url,
        "JWT_SECRET": "x" * 40,
        "BOARD_TIMEZONE": ZONE,
    }
    async with serving(url, servers.redis_url, BOARD_TIMEZONE=ZONE) as product:
        ada = await product.person("ada")
        at = datetime.now(UTC) - timedelta(days=3)
        body = {"start_time": at.isoformat(), "end_time": (at + timedelta(hours=1)).isoformat()}
        await ada.post("/time-entries", body)
        sql = await asyncpg.connect(url)
        await _until_settled(sql)
        assert await _check(settings) == (0, "1 users compared: no difference.\n")
        await sql.execute("update board_days set seconds = seconds + 5")
        await sql.execute("delete from user_streaks")
        status, said = await _check(settings)
        assert status == 1
        assert f"user {ada.id}: board_days global 0 " in said
        assert f"user {ada.id}: user_streaks: no row, should be " in said
        assert "1 users compared: 1 in board_days, 1 in user_streaks." in said
        status, said = await _check(settings, "--repair")
        assert (status, "1 users marked" in said) == (1, True)
        await _until_settled(sql)
        assert (await _check(settings))[0] == 0
        await sql.close()


async def _until_settled(sql: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await sql.fetchval(NOTHING_LEFT):
            await asyncio.sleep(0.05)


async def _check(settings: dict[str, str], *arguments: str) -> tuple[int, str]:
    process = start_process("check", *arguments, **settings)
    said, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
    with suppress(ValueError):
        process.stdout.close()  # type: ignore[union-attr]
    return process.returncode, said
