"""What entries earn, by the pure rules over all of them at once; and what stands in the tables."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from handlers.jobs.check import Difference, Rules, differences
from rooms.rules.boards import (
    BoardEntry,
    BoardKey,
    Period,
    Ranked,
    Scope,
    Score,
    Standing,
    board_days,
    rank,
    scores,
)
from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import DayRule
from storage.check import Checked, next_users

# A deleted project is none.
_ENTRIES = """
    select e.*, p.id as project from time_entries e
    left join projects p on p.id = e.project_id and p.deleted_at is null
    where e.user_id = $1 and e.deleted_at is null
"""


async def _entries(sql: Any, user_id: int) -> list[Any]:
    return list(await sql.fetch(_ENTRIES, user_id))


def _focus(rows: Sequence[Any]) -> dict[date, int]:
    return focus_days(
        FocusEntry(
            row["id"],
            row["started_at"],
            row["ended_at"],
            DayRule(row["timezone"], row["day_starts_at"]),
        )
        for row in rows
    )


async def focus_by_rules(sql: Any, user_id: int) -> dict[date, int]:
    """The focus seconds of somebody's days [C1]."""
    return _focus(await _entries(sql, user_id))


async def focus_kept(sql: Any, user_id: int) -> dict[date, int]:
    rows = await sql.fetch(
        "select day, seconds from focus_days where user_id = $1 and seconds > 0", user_id
    )
    return {row["day"]: row["seconds"] for row in rows}


async def projects_by_rules(sql: Any, user_id: int) -> dict[tuple[int, date], int]:
    """The same within each project."""
    rows = await _entries(sql, user_id)
    return {
        (project, day): seconds
        for project in {row["project"] for row in rows} - {None}
        for day, seconds in _focus([row for row in rows if row["project"] == project]).items()
    }


async def projects_kept(sql: Any, user_id: int) -> dict[tuple[int, date], int]:
    rows = await sql.fetch(
        "select project_id, day, seconds from focus_project_days where user_id = $1", user_id
    )
    return {(row["project_id"], row["day"]): row["seconds"] for row in rows}


async def boards_by_rules(sql: Any, user_id: int, days: DayRule) -> dict[BoardKey, Score]:
    """What counts for somebody on boards, in the days of these [C3, D4]."""
    found = board_days(
        (
            BoardEntry(
                row["id"],
                row["started_at"],
                row["ended_at"],
                row["project"],
                row["room_id"],
                row["source"],
                row["claimed"],
                row["doubtful_from"],
            )
            for row in await _entries(sql, user_id)
        ),
        days,
        "all",
    )
    return {key: score for key, score in found.items() if score.seconds}


async def boards_kept(sql: Any, user_id: int) -> dict[BoardKey, Score]:
    rows = await sql.fetch(
        "select scope, scope_id, day, seconds, reached_at from board_days where user_id = $1",
        user_id,
    )
    return {BoardKey(*row[:3]): Score(*row[3:]) for row in rows}


async def ranked_by_rules(
    sql: Any, user_ids: Sequence[int], days: DayRule, period: Period, scope: tuple[Scope, int]
) -> list[Ranked]:
    """The board that these users make [L2]."""
    today = days.day_of(datetime.now(UTC))
    standings = []
    for user_id in user_ids:
        rows = await boards_by_rules(sql, user_id, days)
        score = scores(rows, period, today).get(scope)
        if score is not None:
            standings.append(Standing(user_id, score.seconds, score.reached_at))
    return rank(standings)


async def all_differences(sql: Any, rules: Rules) -> list[Difference]:
    """What `run.py check` would find, of everybody; marks or not."""
    found: list[Difference] = []
    users: list[Checked] = [Checked(0, DayRule("UTC"))]
    while users := await next_users(sql, users[-1].id, 50):
        found += await differences(sql, rules, users)
    return found


NOTHING_LEFT = """
    select not exists (select from dirty_users) and not exists (select from dirty_earnings)
        and not exists (select from dirty_boards) and not exists (select from board_pushes)
"""
