"""What may be seen of somebody: profile, badges, activity [V2].

Whose profile may not be seen is not there. What everybody has who shares a project or a room with
somebody, their name in its list of members, is no part of this.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import UNSET

from handlers.actions.earned import read_streak_now
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.settling import settle_own
from handlers.messages.common import instant_text
from handlers.messages.earned import AwardedView, awarded_view
from handlers.messages.entries import entry_view
from handlers.messages.kept import BadgePage, ProfileNumbers
from handlers.messages.people import (
    ActivityView,
    MomentPosition,
    ProfileView,
    ProjectTimeView,
    TotalsView,
)
from handlers.messages.reports import heat_view
from rooms.errors import NotFound
from rooms.rules.periods import week_of
from storage import badges, people
from storage.database import Connection, acquired
from storage.people import Person
from storage.stamps import PersonStamp, stamp_person

CONTRIBUTION_DAYS = 366
MOST_BADGES = 200
MOST_PROJECTS = 50
RECENT = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody whose profile the reader may see; `own` is one's own."""

    person: Person
    own: bool

    @property
    def active(self) -> bool:
        """Whether the reader may know what they do."""
        return self.own or self.person.show_activity


async def require_profile(connection: Connection, reader: Principal, user_id: int) -> Seen:
    """Somebody whose profile the reader may see. Raises NotFound."""
    as_admin = reader.role == "admin"
    person = await people.read_person(connection, reader.user_id, user_id, as_admin=as_admin)
    if person is None:
        raise NotFound("There is no such user.")
    return Seen(person, user_id == reader.user_id)


async def read_profile(services: Services, reader: Principal, user_id: int) -> ProfileView:
    """Somebody's profile. Raises NotFound."""
    if user_id == reader.user_id:
        await settle_own(services, user_id)
    async with acquired(services.db) as connection:
        seen = await require_profile(connection, reader, user_id)
        stamp = await stamp_person(connection, user_id)
    person = seen.person
    numbers = await _numbers(services, person, stamp)
    return ProfileView(
        id=person.id,
        username=person.username,
        name=person.name,
        avatar_url=person.avatar_url,
        email=person.email if seen.own or reader.role == "admin" else UNSET,
        joined_at=instant_text(person.created_at),
        badges=numbers.badges,
        streak=numbers.streak if seen.active else None,
        totals=numbers.totals if seen.active else None,
        contributions=numbers.contributions if seen.active else [],
    )


async def _numbers(services: Services, person: Person, stamp: PersonStamp) -> ProfileNumbers:
    today = person.days.day_of(services.clock.now())
    # Days and streak are as of a day of theirs, which ends by itself.
    prefix = f"profile:{person.id}:{today}:{person.days.zone}:{person.days.starts_at_hour}"

    def name(stamp: PersonStamp) -> str | None:
        return f"{prefix}:{stamp.name}" if stamp.counted and stamp.earned else None

    async def name_of(connection: Connection) -> str | None:
        return name(await stamp_person(connection, person.id))

    async def make(connection: Connection) -> ProfileNumbers:
        awarded = await badges.badges_of(connection, person.id, None, MOST_BADGES)
        first = today - timedelta(days=CONTRIBUTION_DAYS - 1)
        return ProfileNumbers(
            badges=[awarded_view(badge) for badge in awarded],
            streak=await read_streak_now(services, connection, person.id),
            totals=await _totals(connection, person.id, today),
            contributions=heat_view(await people.read_heat(connection, person.id, first, today)),
        )

    return await services.cache.read(services.history, name(stamp), ProfileNumbers, name_of, make)


async def _totals(connection: Connection, user_id: int, today: date) -> TotalsView:
    found = await people.read_totals(connection, user_id, today, week_of(today))
    return TotalsView(
        tracked_seconds=found.tracked,
        focus_seconds=found.focus,
        today_seconds=found.today,
        week_seconds=found.week,
        entries=found.entries,
    )


async def read_badges(
    services: Services,
    reader: Principal,
    user_id: int,
    before: tuple[datetime, int] | None,
    limit: int,
) -> tuple[list[AwardedView], tuple[datetime, int] | None]:
    """A page of somebody's badges, the latest first, and where the next one begins."""
    async with acquired(services.db) as connection:
        await require_profile(connection, reader, user_id)
        stamp = await stamp_person(connection, user_id)

    def name(stamp: PersonStamp) -> str | None:
        # Only where everybody begins is read often.
        return f"badges:{user_id}:{limit}:{stamp.name}" if before is None and stamp.earned else None

    async def name_of(connection: Connection) -> str | None:
        return name(await stamp_person(connection, user_id))

    async def make(connection: Connection) -> BadgePage:
        found = await badges.badges_of(connection, user_id, before, limit + 1)
        page = found[:limit]
        more = len(found) > limit
        return BadgePage(
            badges=[awarded_view(badge) for badge in page],
            more=MomentPosition.of(page[-1].awarded_at, page[-1].badge.id) if more else None,
        )

    page = await services.cache.read(services.history, name(stamp), BadgePage, name_of, make)
    return page.badges, None if page.more is None else page.more.parts


async def read_activity(services: Services, reader: Principal, user_id: int) -> ActivityView:
    """Where somebody tracks time, and what they did last. Raises NotFound.

    What others may see of it depends on both, so it is read anew for each of them.
    """
    if user_id == reader.user_id:
        return await _own_activity(services, user_id)
    async with acquired(services.db) as connection:
        seen = await require_profile(connection, reader, user_id)
        if not seen.active:
            return ActivityView(projects=[], recent_entries=[])
        return await _activity(connection, reader.user_id, seen)


async def _own_activity(services: Services, user_id: int) -> ActivityView:
    await settle_own(services, user_id)

    async def name_of(connection: Connection) -> str | None:
        stamp = await stamp_person(connection, user_id)
        return f"activity:{user_id}:{stamp.name}" if stamp.counted else None

    async def make(connection: Connection) -> ActivityView:
        return await _activity(connection, user_id, seen)

    async with acquired(services.db) as connection:
        person = await people.read_person(connection, user_id, user_id, as_admin=False)
        if person is None:
            raise NotFound("There is no such user.")
        seen = Seen(person, own=True)
        name = await name_of(connection)
    return await services.cache.read(services.history, name, ActivityView, name_of, make)


async def _activity(connection: Connection, reader_id: int, seen: Seen) -> ActivityView:
    user_id, hidden = seen.person.id, seen.person.hide_descriptions and not seen.own
    projects = await people.read_projects(connection, reader_id, user_id, MOST_PROJECTS)
    recent = await people.read_recent(connection, reader_id, user_id, RECENT)
    return ActivityView(
        projects=[
            ProjectTimeView(project_id=one.project_id, name=one.name, total_time_spent=one.seconds)
            for one in projects
        ],
        recent_entries=[entry_view(entry, hidden=hidden) for entry in recent],
    )
