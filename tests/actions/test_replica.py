"""The past is read from a replica (DATABASE_REPLICA_URL), and nobody notices: a real streaming
replica that is late, cancels, dies, comes back and is promoted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
import pytest

from handlers.actions import earned, entries, exports, people, projects, reports, timeline
from handlers.actions.cached import Cache
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.entries import EntryFilter
from handlers.messages.projects import NewProject
from handlers.messages.reports import SummaryQuery
from handlers.messages.transfer import ExportQuery
from rooms.errors import NotFound
from rooms.timer import StartTimer, StopTimer
from server.instance import Instance, open_instance
from server.settings import Settings
from storage import replica
from storage.cached import CacheBook
from storage.database import Connection
from storage.embedded import Embedded
from storage.migrations import migrate
from storage.replica import History
from tests.support.commands import World
from tests.support.folders import open_folder
from tests.support.product import SECRET
from tests.support.standby import Standby

T = TypeVar("T")
LONG_S = 60.0


class Pair:
    """An instance with a primary and a replica, and somebody who has a past."""

    def __init__(self, instance: Instance, standby: Standby, world: World, user_id: int) -> None:
        self.instance = instance
        self.services = instance.services
        self.standby = standby
        self.world = world
        self.user = principal(user_id)

    @property
    def history(self) -> History:
        return self.services.history

    async def track(self, description: str, user: Principal | None = None) -> None:
        """An entry, as from a timer."""
        who = user or self.user
        for command in (StartTimer(None, description), StopTimer(None)):
            await entries.send_command(self.services, who, uuid4(), command, dict)

    async def names(self, user: Principal | None = None) -> list[str]:
        found, _ = await entries.list_entries(self.services, user or self.user, EntryFilter(), None)
        return [one.description for one in found]

    async def by_replica(self, read: Callable[[], Awaitable[T]]) -> T:
        """What is read once the replica answers: it may just be behind, or left alone."""
        async with asyncio.timeout(LONG_S):
            while True:
                before = self.history.from_replica
                answer = await read()
                if self.history.from_replica > before:
                    return answer
                await asyncio.sleep(0.1)

    @contextmanager
    def judging_lateness(self, now: Callable[[], datetime] | None) -> Iterator[None]:
        """By another clock, or not at all: how long a test takes is nobody's promise."""
        kept = self.services.history
        self.services.history = History(kept.primary, kept._replica, now)
        try:
            yield
        finally:
            self.services.history = kept

    async def by_primary(self, read: Callable[[], Awaitable[T]]) -> T:
        """What is read, not from the replica."""
        before = self.history.from_replica
        answer = await read()
        assert self.history.from_replica == before
        return answer


def principal(user_id: int) -> Principal:
    return Principal(user_id, 1, "user", datetime.now(UTC) + timedelta(days=1))


@pytest.fixture(scope="module")
async def pair() -> AsyncIterator[Pair]:
    """The tests of this file run in their order: in the last one the replica is one no more."""
    with open_folder() as folder, open_folder() as beside, open_folder() as caches:
        primary = Embedded(folder, durable=False)
        primary.start()
        await migrate(primary.database_url)
        standby = Standby(beside, primary)
        try:
            await standby.make()
            settings = Settings(  # type: ignore[call-arg]
                _env_file=None,
                rate_limits="off",
                database_url=primary.database_url,
                database_replica_url=standby.url,
                jwt_secret=SECRET,
                data_dir=caches,
            )
            instance = await open_instance(
                settings, primary.database_url, primary.redis_url, SECRET
            )
            async with World.on(primary.database_url) as world:
                made = Pair(instance, standby, world, await world.user())
                await made.track("first")
                yield made
            await instance.close()
        finally:
            standby.stop()
            primary.stop()


async def test_one_s_own_past_is_read_from_the_replica(pair: Pair) -> None:
    """Every call that docs/OPERATIONS.md names answers what the primary would."""
    services, user = pair.services, pair.user
    plain = replace(services, history=History(services.db), cache=Cache())
    assert await pair.by_replica(pair.names) == ["first"]

    async def exported(own: Any) -> bytes:
        which = await exports.filter_of(own, user, ExportQuery())
        return b"".join([part async for part in exports.export_csv(own, user, which)])

    reads: list[Callable[[Any], Awaitable[Any]]] = [
        lambda own: entries.recent_tags(own, user),
        lambda own: reports.read_summary(own, user, SummaryQuery(group_by="day")),
        lambda own: reports.read_summary(own, user, SummaryQuery(group_by="tag")),
        lambda own: reports.read_heatmap(own, user, None),
        lambda own: earned.read_streak(own, user),
        lambda own: timeline.read_timeline(own, user, user.user_id, None, 20, following=False),
        exported,
    ]
    # What the first entry has earned comes in between at some time.
    async with asyncio.timeout(LONG_S):
        for read in reads:
            while True:
                there = await pair.by_replica(lambda read=read: read(services))
                if msgspec.json.encode(there) == msgspec.json.encode(await read(plain)):
                    break


async def test_kept_answers_are_made_on_a_replica_that_has_the_stamp(
    pair: Pair,
) -> None:
    """A profile never shows less than the primary showed before, whoever looks at it."""
    # Without Redis nothing is kept, and a busy machine is soon without it.
    book = CacheBook(pair.instance.redis, pair.services.epoch, limit_s=LONG_S)
    keeping = replace(pair.services, cache=Cache(book))
    other = principal(await pair.world.user())
    plain = replace(pair.services, history=History(pair.services.db), cache=Cache())

    async def counted(services: Services) -> int:
        profile = await people.read_profile(services, pair.user, other.user_id)
        assert profile.totals is not None
        return profile.totals.entries

    for tracked in (1, 2):
        await pair.track("shown", other)

        async def shown(tracked: int = tracked) -> int:
            # Else what the primary made, since the replica was a moment late, would be kept.
            await pair.instance.redis.flushall()
            least = await counted(plain)
            found = await counted(keeping)
            assert least <= found <= tracked
            return found

        async with asyncio.timeout(LONG_S):
            while await pair.by_replica(shown) < tracked:
                await asyncio.sleep(0.1)


async def test_what_one_has_written_is_read_at_once_however_late_the_replica_is(
    pair: Pair,
) -> None:
    idle = principal(await pair.world.user())
    await pair.by_replica(lambda: pair.names(idle))
    await pair.standby.ask("select pg_wal_replay_pause()")
    try:
        with pair.judging_lateness(None):
            for number in range(3):
                await pair.track(f"while it stands {number}")
                listed = await pair.by_primary(pair.names)
                assert listed[0] == f"while it stands {number}"
            # Who has written nothing since misses nothing there.
            assert await pair.by_replica(lambda: pair.names(idle)) == []
        with pair.judging_lateness(in_eleven_seconds):
            assert await pair.by_primary(lambda: pair.names(idle)) == []
    finally:
        await pair.standby.ask("select pg_wal_replay_resume()")
    assert (await pair.by_replica(pair.names))[0] == "while it stands 2"


def in_eleven_seconds() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=11)


async def test_who_has_changed_what_is_shared_reads_from_the_primary_for_a_while(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project's name is told on the project's channel, and read in one's own reports."""
    monkeypatch.setattr(replica, "WROTE_S", 600.0)
    sharer = principal(await pair.world.user())
    await projects.make_project(pair.services, sharer, NewProject(name="Shared"), None)
    with pair.judging_lateness(None):  # by one that does not know who wrote
        await pair.by_replica(lambda: pair.names(sharer))
    await pair.by_primary(lambda: pair.names(sharer))
    monkeypatch.setattr(replica, "WROTE_S", 0.0)
    await pair.by_replica(lambda: pair.names(sharer))


async def test_refusals_are_the_primary_s(pair: Pair) -> None:
    """Somebody whose account the replica has not got yet is there all the same."""
    await pair.standby.ask("select pg_wal_replay_pause()")
    try:
        newcomer = principal(await pair.world.user())
        assert await reports.read_heatmap(pair.services, newcomer, 2026) == []
        with pytest.raises(NotFound):
            await timeline.read_timeline(
                pair.services, principal(10**9), 10**9, None, 20, following=False
            )
    finally:
        await pair.standby.ask("select pg_wal_replay_resume()")


async def test_a_reading_that_the_replica_cancels_is_made_on_the_primary(pair: Pair) -> None:
    """It needs rows that the primary has removed: 40001 there, or 57014."""
    await pair.world.sql.execute("create table removed as select generate_series(1, 100) n")
    async with asyncio.timeout(LONG_S):
        while not await pair.standby.ask("select to_regclass('removed') is not null"):
            await asyncio.sleep(0.05)
    asked: list[bool] = []

    async def read(connection: Connection) -> int:
        there = await connection.fetchval("select pg_is_in_recovery()")
        asked.append(there)
        count: int = await connection.fetchval("select count(*) from removed")
        if there:
            await pair.world.sql.execute("delete from removed where n > 50")
        while there:
            await pair.world.sql.execute("vacuum removed")
            count = await connection.fetchval("select count(*) from removed")
        return count

    async with asyncio.timeout(LONG_S):
        while asked != [True, False]:
            asked.clear()
            found = await pair.history.read(pair.user.user_id, read, patience_s=LONG_S)
    assert found == 50
    # That is no reason to leave it alone.
    await pair.by_replica(pair.names)


async def test_without_its_replica_the_primary_answers_until_it_is_back(pair: Pair) -> None:
    await pair.by_replica(pair.names)
    pair.standby.kill()
    for number in range(3):
        await pair.track(f"without {number}")
        assert (await pair.by_primary(pair.names))[0] == f"without {number}"
    await pair.standby.start()
    assert (await pair.by_replica(pair.names))[0] == "without 2"


async def test_a_replica_that_was_promoted_is_asked_for_nothing_that_it_lacks(pair: Pair) -> None:
    """It goes its own way, and hears of nobody any more."""
    await pair.by_replica(pair.names)
    assert await pair.standby.ask("select pg_promote()")
    await pair.track("after the promotion")
    assert (await pair.by_primary(pair.names))[0] == "after the promotion"
    assert await pair.standby.ask("select pg_is_in_recovery()") is False
    idle = principal(await pair.world.user())
    with pair.judging_lateness(in_eleven_seconds):
        assert await pair.by_primary(lambda: pair.names(idle)) == []
