"""What is kept of answers for a minute: never another answer than Postgres would give.

(docs/ARCHITECTURE.md, "Kept answers".) One instance's services with the cache, a second one's with
theirs, and the truth: the same calls without any.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from handlers.actions import earned, ownership, people, profile, projects, promodoro
from handlers.actions.cached import Cache
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.jobs.earn import backfill, earn
from handlers.messages.accounts import PrivacyEdit, ProfileEdit
from handlers.messages.earned import BadgeEdit, NewBadge
from handlers.messages.projects import NewMember, NewProject, ProjectEdit, RoleEdit
from rooms.errors import NotFound
from rooms.timer import DeleteEntry, LogEntry, StartTimer, StopTimer
from server.instance import Instance
from storage import keys
from storage.cache import connect_redis
from storage.cached import CacheBook
from storage.database import Connection
from storage.embedded import Embedded
from storage.stamps import stamp_person
from tests.support.commands import Desk, World
from tests.support.link import link_to

HOUR = timedelta(hours=1)
Read = Callable[[Services], Awaitable[Any]]


def principal(user_id: int, role: Any = "user") -> Principal:
    return Principal(user_id, 1, role, datetime.now(UTC) + HOUR)


@dataclass
class Two:
    """Two instances and the truth; `reads` is everything that is kept of somebody."""

    one: Services
    other: Services
    truth: Services
    instance: Instance
    world: World
    reads: list[Read] = field(default_factory=list)

    async def settle(self) -> None:
        """Take the steps that the loops would take, until nothing is left to do."""
        await backfill(self.truth)
        await self.instance.loops.settle()
        while await earn(self.truth):
            continue

    async def check(self) -> None:
        """Everybody is answered the same, by both instances, again and again."""
        for read in self.reads:
            expected = await read(self.truth)
            for services in (self.one, self.other, self.one):
                assert await read(services) == expected

    async def send(self, user_id: int, command: Any) -> Any:
        return await Desk(self.instance.db, self.one.timers).send(user_id, command)


@pytest.fixture
async def two(quiet: Instance, servers: Embedded, database_url: str) -> AsyncIterator[Two]:
    clients = [connect_redis(servers.redis_url) for _ in range(2)]
    one, other = [
        replace(quiet.services, cache=Cache(CacheBook(client, quiet.services.epoch, limit_s=10)))
        for client in clients
    ]
    truth = replace(quiet.services, cache=Cache())
    async with World.on(database_url) as world:
        yield Two(one, other, truth, quiet, world)
    for client in clients:
        await client.aclose()


@dataclass
class Cast:
    ada: Principal
    bo: Principal
    project_id: int


@pytest.fixture
async def cast(two: Two) -> Cast:
    """Ada, who has done something on a project that Bo reads too; and all that is kept of it."""
    ada, bo = [principal(await two.world.user()) for _ in range(2)]
    made = await projects.make_project(
        two.one, ada, NewProject(name="Atlas", visibility="public"), None
    )
    for reader in (ada, bo):
        two.reads += [
            lambda s, r=reader: people.read_profile(s, r, ada.user_id),
            lambda s, r=reader: people.read_activity(s, r, ada.user_id),
            lambda s, r=reader: people.read_badges(s, r, ada.user_id, None, 50),
            lambda s, r=reader: earned.list_badges(s, r),
            lambda s, r=reader: promodoro.read_metrics(s, r),
            lambda s, r=reader: projects.read_project(s, r, made.project_id),
        ]
    await two.settle()
    await two.check()
    return Cast(ada, bo, made.project_id)


async def test_every_write_shows_in_the_next_read_on_every_instance(two: Two, cast: Cast) -> None:
    """Entries at once, and what is earned by them as soon as it is there. [V2]"""
    ada, bo, project_id = cast.ada, cast.bo, cast.project_id
    now = datetime.now(UTC).replace(microsecond=0)

    async def edit_profile(**changes: Any) -> None:
        await profile.edit_profile(two.other, ada, ProfileEdit(**changes), None)

    async def edit_project(**changes: Any) -> None:
        await projects.edit_project(two.other, ada, project_id, ProjectEdit(**changes), None)

    async def rename_badge() -> None:
        rows = await earned.list_badges(two.truth, ada)
        made = next(row for row in rows if row.key == "hour")
        assert made.awarded_at is not None
        change = BadgeEdit(name="Sixty minutes")
        await earned.edit_badge(
            two.other, principal(bo.user_id, "admin"), made.badge_id, change, None
        )

    await two.world.sql.execute("update users set role = 'admin' where id = $1", bo.user_id)
    logged = await two.send(ada.user_id, LogEntry(now - 2 * HOUR, now - HOUR, project_id))
    badge = NewBadge(
        key="hour", name="An hour", description="", criteria={"metric": "total_seconds", "gte": 1}
    )
    writes: list[Callable[[], Awaitable[Any]]] = [
        lambda: two.send(ada.user_id, StartTimer(project_id, "first")),
        lambda: two.send(ada.user_id, StopTimer()),
        lambda: edit_project(name="Borealis", description="x"),
        lambda: projects.add_member(
            two.other, ada, project_id, NewMember(user_id=bo.user_id, role="viewer"), None
        ),
        lambda: ownership.change_role(
            two.other, ada, project_id, bo.user_id, RoleEdit(role="admin"), None
        ),
        lambda: edit_profile(username="lovelace", name="Ada"),
        lambda: edit_profile(timezone="Pacific/Auckland", day_starts_at=5),
        lambda: earned.make_badge(two.other, principal(bo.user_id, "admin"), badge, None),
        rename_badge,
        lambda: edit_profile(privacy=PrivacyEdit(show_activity=False)),
        lambda: edit_profile(privacy=PrivacyEdit(show_activity=True, hide_descriptions=True)),
        lambda: two.send(ada.user_id, DeleteEntry(logged["entry_id"])),
        lambda: edit_project(archived=True),
        lambda: ownership.remove_member(two.other, ada, project_id, bo.user_id, None),
    ]
    for write in writes:
        await write()
        await two.check()
        await two.settle()
        await two.check()
    mine = await people.read_profile(two.one, ada, ada.user_id)
    assert (mine.username, mine.name) == ("lovelace", "Ada")
    seen = await projects.read_project(two.one, bo, project_id)
    assert (seen.name, [m.username for m in seen.members]) == ("Borealis", ["lovelace"])


async def test_what_may_not_be_seen_any_more_is_gone_at_once(two: Two, cast: Cast) -> None:
    """[V2] Whatever is kept: the right is asked of Postgres each time."""
    hidden = ProjectEdit(visibility="private")
    await projects.edit_project(two.other, cast.ada, cast.project_id, hidden, None)
    private = ProfileEdit(privacy=PrivacyEdit(profile="private"))
    await profile.edit_profile(two.other, cast.ada, private, None)
    for read in (
        projects.read_project(two.one, cast.bo, cast.project_id),
        people.read_profile(two.one, cast.bo, cast.ada.user_id),
        people.read_badges(two.one, cast.bo, cast.ada.user_id, None, 50),
        people.read_activity(two.one, cast.bo, cast.ada.user_id),
    ):
        with pytest.raises(NotFound):
            await read


async def test_what_is_read_again_comes_from_redis(two: Two, cast: Cast) -> None:
    """The numbers are changed behind everybody's back, which only who reads Postgres can see."""
    before = await people.read_profile(two.one, cast.ada, cast.ada.user_id)
    await two.world.sql.execute(
        "insert into focus_days (user_id, day, seconds, entries) values ($1, current_date, 77, 1)",
        cast.ada.user_id,
    )
    assert await people.read_profile(two.other, cast.bo, cast.ada.user_id) == without_email(before)
    fresh = await people.read_profile(two.truth, cast.ada, cast.ada.user_id)
    assert fresh.totals is not None
    assert fresh.totals.focus_seconds == 77
    left = [await two.instance.redis.ttl(k) for k in await kept_keys(two, "profile:*")]
    assert left != []
    assert all(0 < seconds <= 60 for seconds in left)


def without_email(view: Any) -> Any:
    """A profile as others see it."""
    return msgspec.structs.replace(view, email=msgspec.UNSET)


async def kept_keys(two: Two, pattern: str) -> list[Any]:
    found: list[Any] = await two.instance.redis.keys(keys.cached_key(two.one.epoch, pattern))
    return found


async def test_what_is_not_settled_is_not_kept(two: Two, cast: Cast) -> None:
    """Its numbers change without anything new being written: somebody else reads them meanwhile."""
    ada, bo = cast.ada, cast.bo
    now = datetime.now(UTC).replace(microsecond=0)
    await two.send(ada.user_id, LogEntry(now - 2 * HOUR, now - HOUR))
    early = await people.read_profile(two.one, bo, ada.user_id)
    assert early.totals is not None
    assert early.totals.focus_seconds == 0, "nobody has counted it yet"
    await two.instance.loops.settle()
    counted = await people.read_profile(two.one, bo, ada.user_id)
    assert counted.totals is not None
    assert counted.totals.focus_seconds == 3600
    assert counted.badges == []
    await two.settle()
    assert (await people.read_profile(two.other, bo, ada.user_id)).badges != []
    await two.check()


@pytest.mark.parametrize("moment", [1, 2, 3])
async def test_a_write_in_the_middle_of_a_reading_is_not_lost(
    two: Two, cast: Cast, moment: int
) -> None:
    """Whenever it comes: what is kept under a name is what was there with that stamp."""
    ada, steps = cast.ada, 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == moment:
            await two.send(ada.user_id, StartTimer(None, "in the middle"))

    async def name_of(connection: Connection) -> str:
        name = f"test:{(await stamp_person(connection, ada.user_id)).name}"
        await step()
        return name

    async def make(connection: Connection) -> list[str]:
        rows = await connection.fetch(
            "select description from time_entries where user_id = $1", ada.user_id
        )
        await step()
        return [row["description"] for row in rows]

    async def read(services: Services) -> list[str]:
        async with services.db.acquire() as connection:
            name = await name_of(connection)
        return await services.cache.read(services.history, name, list[str], name_of, make)

    await read(two.one)
    assert steps == 3
    for services in (two.one, two.other, two.truth):
        assert await read(services) == ["in the middle"]


async def test_without_redis_postgres_answers(two: Two, cast: Cast, servers: Embedded) -> None:
    """Half open, so that no error comes; and again when it is back."""
    async with link_to(servers.redis_url) as link:
        client = connect_redis(link.url)
        two.one = replace(two.one, cache=Cache(CacheBook(client, two.one.epoch)))
        await two.check()
        link.freeze()
        await two.check()
        await two.send(cast.ada.user_id, StartTimer(None, "while it is away"))
        await two.check()
        link.mend()
        await two.check()
        await client.aclose()


async def test_what_another_version_has_kept_is_read_anew(two: Two, cast: Cast) -> None:
    """After an update, or before one is taken back."""
    for key in await kept_keys(two, "standing:*"):
        await two.instance.redis.set(key, b'{"of": "another version"}')
    await two.check()
    kept = await two.instance.redis.get((await kept_keys(two, "standing:*"))[0])
    assert b"another version" not in kept
