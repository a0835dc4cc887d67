"""What may be seen of somebody: profile, badges, activity; and one's own heatmap [V2].

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
from handlers.messages.people import (
    ActivityView,
    HeatDay,
    ProfileView,
    ProjectTimeView,
    TotalsView,
    heat_view,
)
from rooms.errors import NotFound
from rooms.rules.periods import week_of
from storage import badges, people
from storage.database import Connection, acquired
from storage.people import Person

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
        awarded = await badges.badges_of(connection, user_id, None, MOST_BADGES)
        streak, totals, contributions = None, None, []
        if seen.active:
            today = seen.person.days.day_of(services.clock.now())
            streak = await read_streak_now(services, connection, user_id)
            totals = await _totals(connection, user_id, today)
            first = today - timedelta(days=CONTRIBUTION_DAYS - 1)
            contributions = await people.read_heat(connection, user_id, first, today)
    person = seen.person
    return ProfileView(
        id=person.id,
        username=person.username,
        name=person.name,
        avatar_url=person.avatar_url,
        email=person.email if seen.own or reader.role == "admin" else UNSET,
        joined_at=instant_text(person.created_at),
        badges=[awarded_view(badge) for badge in awarded],
        streak=streak,
        totals=totals,
        contributions=heat_view(contributions),
    )


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
        found = await badges.badges_of(connection, user_id, before, limit + 1)
    page = found[:limit]
    more = (page[-1].awarded_at, page[-1].badge.id) if len(found) > limit else None
    return [awarded_view(badge) for badge in page], more


async def read_activity(services: Services, reader: Principal, user_id: int) -> ActivityView:
    """Where somebody tracks time, and what they did last. Raises NotFound."""
    if user_id == reader.user_id:
        await settle_own(services, user_id)
    async with acquired(services.db) as connection:
        seen = await require_profile(connection, reader, user_id)
        if not seen.active:
            return ActivityView(projects=[], recent_entries=[])
        projects = await people.read_projects(connection, reader.user_id, user_id, MOST_PROJECTS)
        recent = await people.read_recent(connection, reader.user_id, user_id, RECENT)
    hidden = seen.person.hide_descriptions and not seen.own
    return ActivityView(
        projects=[
            ProjectTimeView(project_id=one.project_id, name=one.name, total_time_spent=one.seconds)
            for one in projects
        ],
        recent_entries=[entry_view(entry, hidden=hidden) for entry in recent],
    )


async def read_heatmap(services: Services, user: Principal, year: int | None) -> list[HeatDay]:
    """One's own focus time by day, in a year."""
    await settle_own(services, user.user_id)
    async with acquired(services.db) as connection:
        own = await require_profile(connection, user, user.user_id)
        year = year or own.person.days.day_of(services.clock.now()).year
        days = await people.read_heat(
            connection, user.user_id, date(year, 1, 1), date(year, 12, 31)
        )
    return heat_view(days)
