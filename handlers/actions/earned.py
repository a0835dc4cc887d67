"""Reading what somebody has earned: the streak and its reasons, badges and how far one has come."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from msgspec import UNSET

from handlers.actions.identity import Principal
from handlers.actions.pictures import let_go
from handlers.actions.services import Services
from handlers.actions.settling import settle_own
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, instant_text, instant_text_or_none
from handlers.messages.earned import (
    BadgeEdit,
    BadgeView,
    NewBadge,
    StreakDayView,
    StreakNow,
    StreakView,
    badge_view,
)
from handlers.messages.kept import Standing
from rooms.errors import Forbidden, NotFound, Unauthenticated
from rooms.rules.badges import parse_criteria, progress
from rooms.rules.periods import DayRule
from rooms.rules.streaks import streak_of
from storage import badges, earnings
from storage.admin import admin_ids
from storage.badges import Badge
from storage.database import Connection, acquired
from storage.pictures import Owner
from storage.stamps import stamp_person
from storage.users import read_user

T = TypeVar("T")
MOST_DAYS = 366


async def read_streak_now(services: Services, connection: Connection, user_id: int) -> StreakNow:
    """The streak as it is now, by what was counted last: it ends by itself [S1]."""
    kept = await earnings.read_streak(connection, user_id)
    if kept is None:
        return StreakNow(current=0, longest=0, today_done=False, expires_at=None, freezes=0)
    now = services.clock.now()
    account = await read_user(connection, user_id)
    over = kept.expires_at is None or kept.expires_at <= now
    today = None
    if account is not None:
        today = DayRule(account.timezone, account.day_starts_at).day_of(now)
    return StreakNow(
        current=0 if over else kept.current,
        longest=kept.longest,
        today_done=kept.today_done and kept.today == today,
        expires_at=None if over else instant_text_or_none(kept.expires_at),
        freezes=0 if over else kept.freezes,
    )


async def read_streak(services: Services, user: Principal) -> StreakView:
    """The streak, explained by the days of the last year [S3]."""
    await settle_own(services, user.user_id)

    async def read(connection: Connection) -> StreakView:
        return await explain_streak(services, connection, user.user_id)

    return await services.history.read(user.user_id, read)


async def explain_streak(services: Services, connection: Connection, user_id: int) -> StreakView:
    """The same, of somebody whose days have been counted."""
    account = await read_user(connection, user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    seconds = await earnings.focus_by_day(connection, user_id)
    days = DayRule(account.timezone, account.day_starts_at)
    today = days.day_of(services.clock.now())
    found = streak_of(seconds, today, services.earning.streak_min_s)
    return StreakView(
        current=found.current,
        longest=found.longest,
        today_done=found.today_done,
        expires_at=None
        if found.expires_on is None
        else instant_text(days.day_bounds(found.expires_on)[1]),
        freezes=found.freezes,
        minimum_seconds=services.earning.streak_min_s,
        days=[
            StreakDayView(date=day.date.isoformat(), seconds=day.seconds, state=day.state)
            for day in found.days[-MOST_DAYS:]
        ],
    )


async def list_badges(services: Services, user: Principal) -> list[BadgeView]:
    """All badges, with what the caller has of them and how far they have come [B1]."""

    async def name_of(connection: Connection) -> str | None:
        stamp = await stamp_person(connection, user.user_id)
        if not (stamp.counted and stamp.earned):
            return None
        return f"standing:{user.user_id}:{services.earning.streak_min_s}:{stamp.name}"

    async def make(connection: Connection) -> Standing:
        return await _standing(services, connection, user.user_id)

    async with acquired(services.db) as connection:
        catalogue = await badges.list_badges(connection)
        name = await name_of(connection)
    found = await services.cache.read(services.history, name, Standing, name_of, make)
    return [
        badge_view(badge, found.awarded.get(badge.id), progress(badge.rule, found.metrics))
        for badge in catalogue
    ]


async def _standing(services: Services, connection: Connection, user_id: int) -> Standing:
    found = await earnings.read_summaries(connection, [user_id], services.earning.streak_min_s)
    if not found:
        raise Unauthenticated("This account is gone.")
    longest = found[0].streak.longest if found[0].streak else 0
    mine = await badges.badges_of(connection, user_id, None, 10_000)
    return Standing(
        metrics={**found[0].metrics, "streak_days": longest},
        awarded={one.badge.id: instant_text(one.awarded_at) for one in mine},
    )


async def make_badge(
    services: Services, user: Principal, request: NewBadge, command_id: UUID | None
) -> BadgeView:
    """Add a badge, for admins; everybody's past is looked at soon [B2]."""

    async def act(unit: Unit) -> BadgeView:
        parse_criteria(request.criteria)
        made = await badges.insert_badge(
            unit.connection,
            Badge(
                0, request.key, request.name.strip(), request.description, request.criteria,
                request.family, request.tier, request.image_url, False, services.clock.now(),
            ),
        )  # fmt: skip
        return badge_view(made)

    return await _as_admin(services, user, command_id, "badge make", request, BadgeView, act)


async def edit_badge(
    services: Services,
    user: Principal,
    badge_id: int,
    request: BadgeEdit,
    command_id: UUID | None,
) -> BadgeView:
    """Change a badge, for admins; who has it keeps it."""

    async def act(unit: Unit) -> BadgeView:
        badge = await badges.read_badge(unit.connection, badge_id)
        if badge is None:
            raise NotFound("There is no such badge.")
        if request.criteria is not UNSET:
            parse_criteria(request.criteria)
        changed = await badges.update_badge(unit.connection, _edited(badge, request))
        if changed is None:
            raise NotFound("There is no such badge.")
        if changed.image_url != badge.image_url:
            let_go(unit, Owner("badge", badge_id), badge.image_url)
        return badge_view(changed)

    name = f"badge edit {badge_id}"
    return await _as_admin(services, user, command_id, name, request, BadgeView, act)


def _edited(badge: Badge, request: BadgeEdit) -> Badge:
    def given(name: str) -> object:
        value = getattr(request, name)
        return getattr(badge, name) if value is UNSET else value

    fields = ("name", "criteria", "description", "family", "tier", "image_url")
    return Badge(**{f: getattr(badge, f) for f in badge.__slots__} | {f: given(f) for f in fields})


async def delete_badge(
    services: Services, user: Principal, badge_id: int, command_id: UUID | None
) -> None:
    """Take a badge out of the catalogue, for admins."""

    async def act(unit: Unit) -> Nothing:
        badge = await badges.read_badge(unit.connection, badge_id)
        if badge is None or not await badges.delete_badge(unit.connection, badge_id):
            raise NotFound("There is no such badge.")
        let_go(unit, Owner("badge", badge_id), badge.image_url)
        return Nothing()

    name = f"badge delete {badge_id}"
    await _as_admin(services, user, command_id, name, None, Nothing, act)


async def _as_admin(
    services: Services,
    user: Principal,
    command_id: UUID | None,
    name: str,
    request: object,
    answer_type: type[T],
    act: Callable[[Unit], Awaitable[T]],
) -> T:
    async def still_admin(unit: Unit) -> T:
        # The token may be older than the end of the role.
        if user.user_id not in await admin_ids(unit.connection):
            raise Forbidden("Only an admin may do that.")
        return await act(unit)

    sender = envelope(user.user_id, command_id, name, request)
    return await run_command(services, sender, answer_type, still_admin)
