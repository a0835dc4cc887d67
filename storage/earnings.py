"""What somebody has earned: scores, streaks and awards, derived from their days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from rooms.rules.badge_history import DatedMetric, HistoryEntry
from rooms.rules.badges import Metric
from rooms.rules.periods import DayRule
from storage.database import Connection, Pool
from storage.queries import columns, load

SQL = load("earnings")


@dataclass(frozen=True, slots=True)
class KeptStreak:
    """The streak that somebody was told of last; `today` is the day it was counted on."""

    current: int
    longest: int
    freezes: int
    today: date
    today_done: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What somebody has reached; `days` are those that count for streaks, in order."""

    user_id: int
    username: str
    days_of: DayRule
    show_activity: bool
    metrics: dict[Metric, int]
    days: list[date]
    badge_ids: frozenset[int]
    streak: KeptStreak | None


@dataclass(frozen=True, slots=True)
class PeriodOn:
    """A period of boards that is on: from `starts_on` to before `ends_on`, and its instant."""

    period: str
    starts_on: date
    ends_on: date
    from_at: datetime


class Asked(NamedTuple):
    """That somebody is to be looked at: which state of the question that is, and since when."""

    user_id: int
    version: int
    since: datetime


async def take(connection: Connection, limit: int) -> list[Asked]:
    """Some to be looked at; nobody is locked."""
    return [Asked(*row) for row in await connection.fetch(SQL["take"], limit)]


async def put_back(connection: Connection, taken: Sequence[Asked]) -> None:
    """They have been looked at; who did something meanwhile stays."""
    await connection.execute(SQL["put_back"], *columns(taken))


async def ask(connection: Connection, user_ids: Sequence[int]) -> None:
    """Have a look at what these have earned, in the fact's own transaction."""
    await connection.execute(SQL["ask"], list(user_ids))


async def ask_all(pool: Pool, after_id: int, limit: int) -> int | None:
    """Have a look at the next users by id; answers the last of them, None at the end."""
    last: int | None = await pool.fetchval(SQL["ask_all"], after_id, limit)
    return last


async def ask_boards(connection: Connection, user_id: int) -> None:
    """Score all boards of somebody anew, as when they show themselves again."""
    await connection.execute(SQL["ask_boards"], user_id)
    await ask(connection, [user_id])


async def lock(connection: Connection, user_ids: Sequence[int]) -> list[int]:
    """Lock those whom nobody else holds, until commit."""
    return [row[0] for row in await connection.fetch(SQL["lock"], list(user_ids))]


async def rescore(
    connection: Connection, user_ids: Sequence[int], periods: Sequence[PeriodOn]
) -> list[int]:
    """Derive the scores of boards that changed; answers whose. The users are locked."""
    rows = await connection.fetch(
        SQL["rescore"],
        list(user_ids),
        [p.period for p in periods],
        [p.starts_on for p in periods],
        [p.ends_on for p in periods],
    )
    return [row[0] for row in rows]


async def rescore_badges(
    connection: Connection, user_ids: Sequence[int], periods: Sequence[PeriodOn]
) -> None:
    """Derive the scores by badges. The users are locked."""
    await connection.execute(
        SQL["rescore_badges"],
        list(user_ids),
        [p.period for p in periods],
        [p.starts_on for p in periods],
        [p.from_at for p in periods],
    )


async def read_summaries(
    connection: Connection, user_ids: Sequence[int], streak_min_s: int
) -> list[Summary]:
    rows = await connection.fetch(SQL["summaries"], list(user_ids), streak_min_s)
    return [_summary_of(row) for row in rows]


def _summary_of(row: asyncpg.Record) -> Summary:
    names: tuple[Metric, ...] = (
        "total_seconds", "project_seconds", "entry_seconds", "entries", "rooms_joined",
        "rooms_hosted", "early_entries", "late_entries",
    )  # fmt: skip
    metrics: dict[Metric, int] = {name: row[name] for name in names}
    metrics["active_days"] = len(row["days"])
    metrics["badges"] = len(row["badge_ids"])
    return Summary(
        row["user_id"],
        row["username"],
        DayRule(row["timezone"], row["day_starts_at"]),
        row["privacy_show_activity"],
        metrics,
        list(row["days"]),
        frozenset(row["badge_ids"]),
        None if row["current"] is None else _streak_of(row),
    )


def _streak_of(row: asyncpg.Record) -> KeptStreak:
    return KeptStreak(
        row["current"],
        row["longest"],
        row["freezes"],
        row["today"],
        row["today_done"],
        row["expires_at"],
    )


async def read_history(connection: Connection, user_id: int) -> list[HistoryEntry]:
    """All closed entries of somebody, by their ends."""
    return [
        HistoryEntry(
            row["id"],
            row["started_at"],
            row["ended_at"],
            row["project_id"],
            DayRule(row["timezone"], row["day_starts_at"]),
        )
        for row in await connection.fetch(SQL["history"], user_id)
    ]


async def read_dated(connection: Connection, user_id: int) -> dict[DatedMetric, list[datetime]]:
    """When somebody joined rooms, hosted rooms and was awarded badges."""
    dated: dict[DatedMetric, list[datetime]] = {}
    for row in await connection.fetch(SQL["dated"], user_id):
        dated.setdefault(row["metric"], []).append(row["at"])
    return dated


async def top_project(connection: Connection, user_id: int) -> int | None:
    found: int | None = await connection.fetchval(SQL["top_project"], user_id)
    return found


async def award(
    connection: Connection, user_id: int, awards: Sequence[tuple[int, datetime]]
) -> set[int]:
    """Keep awards; answers the ids of those that are new [B2]."""
    return {row[0] for row in await connection.fetch(SQL["award"], user_id, *columns(awards))}


async def keep_streak(connection: Connection, user_id: int, streak: KeptStreak) -> None:
    await connection.execute(
        SQL["keep_streak"],
        user_id,
        streak.current,
        streak.longest,
        streak.freezes,
        streak.today,
        streak.today_done,
        streak.expires_at,
    )


async def read_streak(connection: Connection, user_id: int) -> KeptStreak | None:
    """The streak that somebody was told of last."""
    row = await connection.fetchrow(SQL["streak"], user_id)
    return None if row is None else _streak_of(row)


async def focus_by_day(connection: Connection, user_id: int) -> dict[date, int]:
    """The focus seconds of all of somebody's own days."""
    rows = await connection.fetch(SQL["focus_by_day"], user_id)
    return {row["day"]: row["seconds"] for row in rows}
