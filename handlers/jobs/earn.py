"""Working off `dirty_earnings`: from counted days to scores, streaks, badges and their news.

Nobody's commands wait for it: scores are derived behind the users' locks in a moment, and what
somebody has reached is looked at without any. Only who has earned something new is locked again,
for writing it down and telling it, once, by the keys of the tables. Whatever crashes, the row in
`dirty_earnings` stays until everything of it has been done.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from handlers.actions.board_pushes import push_scores
from handlers.actions.notifications import notify
from handlers.actions.services import Services
from handlers.actions.timeline import add_to_timeline
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.common import View, instant_text, instant_text_or_none
from handlers.messages.earned import BadgeAwarded, StreakNow, badge_view
from handlers.messages.entries import Tracker
from rooms.rules.badge_history import History, reached_at
from rooms.rules.badges import Metric, holds, needs
from rooms.rules.boards import PERIODS, period_start
from rooms.rules.periods import DayRule
from rooms.rules.streaks import streak_of
from storage import badges, earnings
from storage.badges import Badge
from storage.database import LONG_PATIENCE_S, Connection, acquired
from storage.earnings import KeptStreak, PeriodOn, Summary
from storage.users import lock_users

MANY = 48
USERS_AT_ONCE = 5000
# Reaching one of these is told.
MILESTONES = frozenset({3, 7, 14, 30, 50, 75, 100, 150, 200, 250, 300, 365, 500, 730, 1000})


async def earn(services: Services, limit: int = MANY) -> int:
    """Look at some who have done something; answers at how many.

    Left for later are those whom somebody holds: a command, or another instance that is at them.
    """
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        taken = await earnings.take(connection, limit)
        if not taken:
            return 0
        async with connection.transaction():
            locked = await earnings.lock(connection, [asked.user_id for asked in taken])
            scored = await _rescore(services, connection, locked)
    await push_scores(services, scored)
    looked_at = [asked for asked in taken if asked.user_id in set(locked)]
    if looked_at:
        await _look(services, locked)
        async with acquired(services.db) as connection:
            await earnings.put_back(connection, looked_at)
    return len(looked_at)


async def _rescore(
    services: Services, connection: Connection, user_ids: Sequence[int]
) -> list[int]:
    periods = periods_on(services)
    scored = await earnings.rescore(connection, user_ids, periods)
    if scored:
        await earnings.rescore_badges(connection, scored, periods)
    return scored


def periods_on(services: Services) -> list[PeriodOn]:
    """The periods of boards that are on [L1]."""
    days = services.boards.days
    today = services.boards.today(services.clock.now())
    found = []
    for period in PERIODS:
        starts_on = period_start(period, today)
        # Nothing lies behind today, so any end beyond it will do.
        ends_on = today + timedelta(days=2)
        found.append(PeriodOn(period, starts_on, ends_on, days.day_bounds(starts_on)[0]))
    return found


async def _look(services: Services, user_ids: Sequence[int]) -> None:
    """See what these have reached, and write down what is new."""
    async with acquired(services.db) as connection:
        catalogue = await badges.list_badges(connection)
        summaries = await earnings.read_summaries(
            connection, user_ids, services.earning.streak_min_s
        )
    now = services.clock.now()
    for summary in summaries:
        streak = streak_at(summary, now)
        if streak != summary.streak or earned_badges(catalogue, summary, streak):
            await _write(services, summary.user_id, catalogue)
        await asyncio.sleep(0)


def streak_at(summary: Summary, now: datetime) -> KeptStreak:
    """The streak as it is at an instant [S1]."""
    return streak_on(summary.days, summary.days_of, summary.days_of.day_of(now))


def streak_on(counting: Sequence[date], days: DayRule, today: date) -> KeptStreak:
    """The streak on one of somebody's own days, by the days that count [S1]."""
    found = streak_of(dict.fromkeys(counting, 1), today, 1, days_from=today)
    expires_on = found.expires_on
    expires_at = None if expires_on is None else days.day_bounds(expires_on)[1]
    return KeptStreak(
        found.current, found.longest, found.freezes, today, found.today_done, expires_at
    )


def _still(kept: KeptStreak | None, streak: KeptStreak) -> KeptStreak:
    """What was told, as of the same day: another day alone is no news, nor is none at all. It is
    kept all the same, so that what is kept is always what the days made on its own day."""
    if kept is None:
        return KeptStreak(0, 0, 0, streak.today, False, None)
    if kept.today == streak.today:
        return kept
    return replace(kept, today=streak.today, today_done=streak.today_done and kept.today_done)


def earned_badges(catalogue: Sequence[Badge], summary: Summary, streak: KeptStreak) -> list[Badge]:
    """The badges whose criteria hold and that were not awarded yet [B1]."""
    metrics: dict[Metric, int] = {**summary.metrics, "streak_days": streak.longest}
    missing = [badge for badge in catalogue if badge.id not in summary.badge_ids]
    earned = [b for b in missing if "badges" not in needs(b.rule) and holds(b.rule, metrics)]
    metrics["badges"] = metrics["badges"] + len(earned)
    # Those that count badges come after the others.
    for badge in missing:
        if "badges" in needs(badge.rule) and holds(badge.rule, metrics):
            earned.append(badge)
            metrics["badges"] += 1
    return earned


class BadgeNews(View, frozen=True, kw_only=True):
    """A badge in the timeline and in a notification."""

    badge_id: int
    key: str
    name: str
    awarded_at: str


class StreakNews(View, frozen=True, kw_only=True):
    """A streak in the timeline and in a notification."""

    days: int
    on: str


async def _write(services: Services, user_id: int, catalogue: Sequence[Badge]) -> None:
    """Write down what somebody has earned, behind their lock, and tell it."""
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        if not await lock_users(unit.connection, [user_id]):
            return
        found = await earnings.read_summaries(
            unit.connection, [user_id], services.earning.streak_min_s
        )
        if not found:
            return
        summary = found[0]
        streak = streak_at(summary, services.clock.now())
        if streak != _still(summary.streak, streak):
            await _tell_streak(unit, summary, streak)
        await earnings.keep_streak(unit.connection, user_id, streak)
        earned = earned_badges(catalogue, summary, streak)
        if earned:
            await _award(services, unit, summary, earned)
    if earned:
        await push_scores(services, [user_id])


async def _tell_streak(unit: Unit, summary: Summary, streak: KeptStreak) -> None:
    unit.tell(f"user:{summary.user_id}", "streak:updated", streak_view(streak))
    before = summary.streak.current if summary.streak is not None else 0
    if streak.current > before and streak.current in MILESTONES:
        news = StreakNews(days=streak.current, on=streak.today.isoformat())
        key = f"streak:{streak.current}:{streak.today}"
        if await notify(unit, summary.user_id, "streak_reached", key, news):
            await add_to_timeline(unit, summary.user_id, "streak_reached", news)


def streak_view(streak: KeptStreak) -> StreakNow:
    return StreakNow(
        current=streak.current,
        longest=streak.longest,
        today_done=streak.today_done,
        expires_at=instant_text_or_none(streak.expires_at),
        freezes=streak.freezes,
    )


async def _award(services: Services, unit: Unit, summary: Summary, earned: Sequence[Badge]) -> None:
    """Award badges as of when they were reached, each once [B2]."""
    connection, user_id = unit.connection, summary.user_id
    history = History(
        await earnings.read_history(connection, user_id),
        await earnings.read_dated(connection, user_id),
        services.earning.streak_min_s,
    )
    now = services.clock.now()
    # A past of many years takes its time to go through; others are served meanwhile.
    dated = await asyncio.to_thread(
        lambda: [(badge, reached_at(badge.rule, history) or now) for badge in earned]
    )
    new = await earnings.award(connection, user_id, [(badge.id, at) for badge, at in dated])
    for badge, at in dated:
        if badge.id in new:
            await _tell_award(unit, summary, badge, at)
    await earnings.rescore_badges(connection, [user_id], periods_on(services))


async def _tell_award(unit: Unit, summary: Summary, badge: Badge, at: datetime) -> None:
    user_id = summary.user_id
    news = BadgeNews(badge_id=badge.id, key=badge.key, name=badge.name, awarded_at=instant_text(at))
    told = BadgeAwarded(
        badge=badge_view(badge),
        user=Tracker(id=user_id, username=summary.username),
        awarded_at=instant_text(at),
    )
    unit.tell(f"user:{user_id}", "badge:awarded", told)
    project_id = None
    if "project_seconds" in needs(badge.rule) and summary.show_activity:
        project_id = await earnings.top_project(unit.connection, user_id)
        if project_id is not None:
            unit.tell(f"project:{project_id}", "badge:awarded", told)
    await add_to_timeline(unit, user_id, "badge_earned", news, project_id)
    await notify(unit, user_id, "badge_awarded", f"badge:{badge.id}", news)


async def backfill(services: Services) -> None:
    """Look at everybody's past for badges that are new [B2]; may be begun again at any time."""
    waiting = await badges.badges_to_backfill(services.db)
    if not waiting:
        return
    last: int | None = 0
    while last is not None:
        last = await earnings.ask_all(services.db, last, USERS_AT_ONCE)
    await badges.set_backfilled(services.db, waiting)
