"""Promodoro's calls: the same accounts, entries, streaks and boards, as it showed them."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

from handlers.actions import accounts, earned, entries
from handlers.actions.accounts import Device
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.settling import settle_own
from handlers.messages.accounts import SignedIn, Signup
from handlers.messages.common import instant_text
from handlers.messages.entries import Started
from handlers.messages.promodoro import (
    FocusLog,
    FocusMetrics,
    FocusSession,
    LoggedSession,
    Registration,
    SessionView,
    SpanView,
)
from rooms.errors import Forbidden, Unauthenticated, UsernameTaken
from rooms.rules.periods import DayRule
from rooms.rules.streaks import medal_of
from rooms.rules.usernames import usernames_of
from storage import people
from storage.database import Connection, acquired
from storage.people import FocusOn
from storage.stamps import PersonStamp, stamp_person
from storage.users import read_user, taken_usernames

LOG_DAYS = 10
WEEK_DAYS = 7
_CANDIDATES = 50
_ATTEMPTS = 5


async def register(services: Services, request: Registration, device: Device) -> SignedIn:
    """Make an account with a username made from the name. Raises EmailTaken."""
    for _ in range(_ATTEMPTS):
        wanted = Signup(
            email=request.email,
            password=request.password,
            username=await _free_username(services, request.name),
            name=request.name,
        )
        try:
            return await accounts.sign_up(services, wanted, device, avatar_url=request.image)
        except UsernameTaken:
            continue  # somebody of the same name was quicker
    raise UsernameTaken


async def _free_username(services: Services, name: str) -> str:
    names = usernames_of(name)
    while True:
        candidates = list(islice(names, _CANDIDATES))
        async with acquired(services.db) as connection:
            taken = await taken_usernames(connection, candidates)
        free = next((one for one in candidates if one not in taken), None)
        if free is not None:
            return free


async def log_session(
    services: Services, user: Principal, request: FocusSession, command_id: UUID | None
) -> LoggedSession:
    """Record one's own minutes. Raises Forbidden for somebody else's, Invalid for the future."""
    if request.user_id not in (None, user.user_id):
        raise Forbidden("Time can be logged for oneself only.")
    command = request.to_command()
    started = await entries.send_command(services, user, command_id, command, Started)
    return LoggedSession(
        session=SessionView(
            id=started.entry_id,
            duration=request.duration,
            timestamp=instant_text(command.ended_at),
        ),
        entry=started.entry,
    )


async def read_metrics(services: Services, user: Principal) -> FocusMetrics:
    """Today, the week that ends today, and the streak."""
    await settle_own(services, user.user_id)
    async with acquired(services.db) as connection:
        days = await _days_of(connection, user.user_id)
        stamp = await stamp_person(connection, user.user_id)
    today, least = days.day_of(services.clock.now()), services.earning.streak_min_s
    prefix = f"metrics:{user.user_id}:{today}:{days.zone}:{days.starts_at_hour}:{least}"

    def name(stamp: PersonStamp) -> str | None:
        return f"{prefix}:{stamp.name}" if stamp.counted else None

    async def name_of(connection: Connection) -> str | None:
        return name(await stamp_person(connection, user.user_id))

    async def make(connection: Connection) -> FocusMetrics:
        return await _metrics(services, connection, user.user_id, today)

    return await services.cache.read(services.history, name(stamp), FocusMetrics, name_of, make)


async def _metrics(
    services: Services, connection: Connection, user_id: int, today: date
) -> FocusMetrics:
    streak = await earned.explain_streak(services, connection, user_id)
    week = await _last_days(connection, user_id, today, WEEK_DAYS)
    return FocusMetrics(
        daily_metrics=_span(week[:1]),
        weekly_metrics=_span(week),
        current_streak=streak.current,
        longest_streak=streak.longest,
        current_badge=medal_of(streak.current),
        highest_badge=medal_of(streak.longest),
    )


async def read_logs(services: Services, user: Principal) -> list[FocusLog]:
    """The last ten days, newest first; a day without anything is zeros."""
    await settle_own(services, user.user_id)

    async def read(connection: Connection) -> list[FocusOn]:
        today = (await _days_of(connection, user.user_id)).day_of(services.clock.now())
        return await _last_days(connection, user.user_id, today, LOG_DAYS)

    found = await services.history.read(user.user_id, read)
    return [
        FocusLog(date=one.day.isoformat(), total_sessions=one.entries,
                 total_duration=one.seconds // 60)
        for one in found
    ]  # fmt: skip


def _span(days: Sequence[FocusOn]) -> SpanView:
    return SpanView(
        sessions=sum(one.entries for one in days),
        total_time=sum(one.seconds for one in days) // 60,
    )


async def _days_of(connection: Connection, user_id: int) -> DayRule:
    account = await read_user(connection, user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    return DayRule(account.timezone, account.day_starts_at)


async def _last_days(
    connection: Connection, user_id: int, today: date, count: int
) -> list[FocusOn]:
    """So many of the user's own days, today first, none left out."""
    first = today - timedelta(days=count - 1)
    found = {one.day: one for one in await people.read_focus(connection, user_id, first, today)}
    days = [today - timedelta(days=back) for back in range(count)]
    return [found.get(day, FocusOn(day, 0, 0)) for day in days]
