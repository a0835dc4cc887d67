"""What is derived, as it stands in the tables, for comparing it with what the entries say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from rooms.rules.boards import Period, Scope
from rooms.rules.periods import DayRule
from storage.database import Connection
from storage.earnings import KeptStreak
from storage.queries import columns, load
from storage.tracked import BoardDay, Counted, DayTotal, FocusDay, ProjectDay

SQL = load("check")
BoardRef = tuple[int, Scope, int]


@dataclass(frozen=True, slots=True)
class Checked:
    """Somebody whose derived rows are compared; `marked` are those whose rows are still made."""

    id: int
    days: DayRule
    on_boards: bool = True
    suspended: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class BoardScore:
    """What somebody has on a board in a period that is on."""

    user_id: int
    period: Period
    starts_on: date
    scope: Scope
    scope_id: int
    score: int
    reached_at: datetime


async def next_users(connection: Connection, after_id: int, limit: int) -> list[Checked]:
    """The next users by id."""
    rows = await connection.fetch(SQL["users"], after_id, limit)
    return [Checked(r[0], DayRule(r[1], r[2]), *r[3:]) for r in rows]


async def read_days(connection: Connection, user_ids: Sequence[int]) -> Counted:
    """All days of these users."""
    ids = list(user_ids)
    return Counted(
        [DayTotal(*row) for row in await connection.fetch(SQL["tracked"], ids)],
        [FocusDay(*row) for row in await connection.fetch(SQL["focus"], ids)],
        [ProjectDay(*row) for row in await connection.fetch(SQL["projects"], ids)],
        [BoardDay(*row) for row in await connection.fetch(SQL["boards"], ids)],
    )


async def read_scores(
    connection: Connection, user_ids: Sequence[int], periods: Sequence[tuple[Period, date]]
) -> list[BoardScore]:
    """Their scores by time in these periods."""
    rows = await connection.fetch(SQL["scores"], list(user_ids), *columns(periods))
    return [BoardScore(*row) for row in rows]


async def read_streaks(connection: Connection, user_ids: Sequence[int]) -> dict[int, KeptStreak]:
    """The streaks that they were told of last."""
    rows = await connection.fetch(SQL["streaks"], list(user_ids))
    return {row["user_id"]: KeptStreak(*row[1:]) for row in rows}


async def lock(connection: Connection, user_ids: Sequence[int]) -> None:
    """Lock these users until commit."""
    await connection.execute(SQL["lock"], list(user_ids))


async def score_again(connection: Connection, boards: Sequence[BoardRef]) -> None:
    """Have boards (user_id, scope, scope_id) of users scored anew."""
    await connection.execute(SQL["score_again"], *columns(boards))
