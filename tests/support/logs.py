"""Rooms whose logs, of phases and of presence, a test writes itself."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from server.instance import Instance
from tests.support.commands import World

_numbers = itertools.count(1)


def long_ago(**span: float) -> datetime:
    """A whole second of the past."""
    return (datetime.now(UTC) - timedelta(**span)).replace(microsecond=0)


@dataclass
class Logs:
    """Writes rooms, members, stays and stretches; `begin` is when minute 0 was."""

    world: World
    begin: datetime
    here: UUID

    @classmethod
    def of(cls, instance: Instance, begin: datetime | None = None) -> "Logs":
        world = World("", instance.db)  # type: ignore[arg-type]
        return cls(world, begin or long_ago(hours=3), instance.attendance.instance)

    def at(self, minute: float) -> datetime:
        return self.begin + timedelta(minutes=minute)

    async def instance(self, silent_s: float = 0) -> UUID:
        """Another instance, last heard of so long ago."""
        made = uuid4()
        await self.world.sql.execute(
            "insert into instances values ($1, now(), clock_timestamp() - $2::interval)",
            made, timedelta(seconds=silent_s),
        )  # fmt: skip
        return made

    async def room(self, owner: int, *members: int, project: int | None = None) -> int:
        """A room whose host is its owner; all of them have long been members."""
        room_id: int = await self.world.sql.fetchval(
            "insert into rooms (slug, name, owner_id, host_id, project_id, work_s, short_break_s,"
            " long_break_s, cycles, auto_start_breaks, auto_start_work, capacity, chat, created_at)"
            " values ($1, 'Deep work', $2, $2, $3, 1500, 300, 900, 4, true, false, 50, 'always',"
            " now() - interval '1 day') returning id",
            f"deep-work-{next(_numbers):012}", owner, project,
        )  # fmt: skip
        for member in (owner, *members):
            await self.member(room_id, member)
        return room_id

    async def member(
        self, room: int, user: int, role: str = "member", ago_s: float = 86400
    ) -> None:
        await self.world.sql.execute(
            "update rooms set member_count = member_count + 1 where id = $1", room
        )
        await self.world.sql.execute(
            "insert into room_members values ($1, $2, $3, clock_timestamp() - $4::interval)",
            room, user, role, timedelta(seconds=ago_s),
        )  # fmt: skip

    async def slug(self, room: int) -> str:
        slug: str = await self.world.sql.fetchval("select slug from rooms where id = $1", room)
        return slug

    async def ran(
        self, room: int, from_minute: float, to_minute: float, phase: str = "work",
        started: float | None = None, round: int = 1,
    ) -> None:  # fmt: skip
        """A stretch of a phase; `started` is the minute at which the phase began."""
        await self.world.sql.execute(
            "insert into room_stretches values ($1, $2, $3, $4, $5, 1, $6)",
            room, self.at(from_minute), self.at(to_minute), round, phase,
            self.at(from_minute if started is None else started),
        )  # fmt: skip

    async def stay(
        self, room: int, user: int, from_at: datetime, to_at: datetime | None,
        by: UUID | None = None, gone_at: datetime | None = None,
    ) -> None:  # fmt: skip
        await self.world.sql.execute(
            "insert into room_presence values ($1, $2, $3, $4, $5, $6)",
            room, user, by or self.here, from_at, to_at, gone_at,
        )  # fmt: skip

    async def there(
        self, room: int, user: int, from_minute: float, to_minute: float | None,
        by: UUID | None = None, *, crashed: bool = False,
    ) -> None:  # fmt: skip
        """A stay, by minutes; it is noticed 15 s later that it ended by a crash."""
        to_at = None if to_minute is None else self.at(to_minute)
        gone_at = to_at + timedelta(seconds=15) if crashed and to_at else None
        await self.stay(room, user, self.at(from_minute), to_at, by, gone_at)

    async def stays(self, room: int, user: int) -> list[tuple[datetime, datetime | None, bool]]:
        """(from, to, whether it ended by a crash), in order."""
        rows = await self.world.sql.fetch(
            "select from_at, to_at, gone_at is not null as crashed from room_presence"
            " where room_id = $1 and user_id = $2 order by from_at, to_at",
            room, user,
        )  # fmt: skip
        return [(row[0], row[1], row[2]) for row in rows]

    async def credited(self, user: int) -> list[tuple[float, float]]:
        """(from, to) of the user's entries by rooms, in minutes."""
        rows = await self.world.sql.fetch(
            "select started_at, ended_at from time_entries"
            " where user_id = $1 and source = 'room' order by started_at",
            user,
        )
        minute = timedelta(minutes=1)
        return [((r[0] - self.begin) / minute, (r[1] - self.begin) / minute) for r in rows]

    async def waiting(self) -> int:
        """How many work phases are not credited yet."""
        count: int = await self.world.sql.fetchval(
            "select count(*) from room_stretches where phase = 'work' and credited_at is null"
        )
        return count
