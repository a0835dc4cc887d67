"""Comparing everything that is derived with what the entries say, by the same pure rules.

A few users at a time, each few in one snapshot, so that it may run beside the servers and needs
no more memory for many users than for few. Of whom something is still to be worked off, nothing is
said. What differs is reported, and on request marked, so that the servers make it anew.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from handlers.actions.counting import Counting
from handlers.jobs.earn import streak_on
from rooms.rules.boards import PERIODS, BoardKey, Period, Score, period_start, scores
from rooms.rules.streaks import counting_days
from storage import check, earnings
from storage.check import BoardScore, Checked
from storage.database import LONG_PATIENCE_S, Connection, Pool, acquired, read_clock
from storage.earnings import KeptStreak
from storage.entries import closed_touching
from storage.tracked import Counted, Mark, mark_days

MANY = 20
# Every entry lies between these, with a margin.
_FROM, _TO = datetime(1999, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)

Key = tuple[Any, ...]
Rows = dict[Key, Key]
Tables = dict[str, Rows]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what the entries say; `kept` or `right` is None where there is none."""

    table: str
    key: Key
    kept: Key | None
    right: Key | None

    @property
    def user_id(self) -> int:
        user_id: int = self.key[0]
        return user_id

    def __str__(self) -> str:
        key = " ".join("-" if part is None else str(part) for part in self.key[1:])
        place = f"{self.table} {key}".strip()
        return f"user {self.user_id}: {place}: {_words(self.kept)}, should be {_words(self.right)}"


def _words(row: Key | None) -> str:
    if row is None:
        return "no row"
    return " ".join(str(part) for part in row)


@dataclass(frozen=True, slots=True)
class Rules:
    """How days are counted, and from how many seconds on one counts for streaks [S1]."""

    counting: Counting
    streak_min_s: int


@dataclass(slots=True)
class Report:
    """What was found; `lines` are the first differences."""

    users: int = 0
    marked: int = 0
    repaired: int = 0
    tables: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        return not self.tables

    def summary(self) -> list[str]:
        found = ", ".join(f"{count} in {table}" for table, count in sorted(self.tables.items()))
        text = [f"{self.users} users compared: {found or 'no difference'}."]
        if self.marked:
            text.append(f"{self.marked} users left out, whose entries are still being counted.")
        if self.repaired:
            text.append(f"{self.repaired} users marked: a running server counts them anew.")
        return text


async def check_all(pool: Pool, rules: Rules, *, repair: bool, most_lines: int = 100) -> Report:
    """Compare everybody; with `repair`, mark those of whom something differs."""
    report = Report()
    async for users, found in _compared(pool, rules):
        report.users += sum(not user.marked for user in users)
        report.marked += sum(user.marked for user in users)
        report.tables.update(one.table for one in found)
        report.lines += map(str, found[: most_lines - len(report.lines)])
        if repair and found:
            report.repaired += await _mark(pool, found)
    return report


async def _compared(
    pool: Pool, rules: Rules
) -> AsyncIterator[tuple[list[Checked], list[Difference]]]:
    after_id = 0
    while True:
        async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                users = await check.next_users(connection, after_id, MANY)
                if not users:
                    return
                settled = [user for user in users if not user.marked]
                found = await differences(connection, rules, settled)
        yield users, found
        after_id = users[-1].id


async def differences(
    connection: Connection, rules: Rules, users: Sequence[Checked]
) -> list[Difference]:
    """What differs of these users, in one snapshot."""
    user_ids = [user.id for user in users]
    now = await read_clock(connection)
    today = rules.counting.board_days.day_of(now)
    periods = [(period, period_start(period, today)) for period in PERIODS]
    # Who is suspended is told nothing, not even of their streak.
    told = [user.id for user in users if not user.suspended]
    streaks = await check.read_streaks(connection, told)
    kept = _rows(
        await check.read_days(connection, user_ids),
        await check.read_scores(connection, user_ids, periods),
        streaks,
    )
    counted = await _count(connection, rules.counting, user_ids)
    right = _rows(
        counted,
        _scores(counted, users, periods, today),
        _streaks(counted, users, streaks, rules.streak_min_s, now),
    )
    return [
        Difference(table, key, kept[table].get(key), right[table].get(key))
        for table in kept
        for key in sorted(kept[table].keys() | right[table].keys(), key=str)
        if kept[table].get(key) != right[table].get(key)
    ]


async def _count(connection: Connection, counting: Counting, user_ids: Sequence[int]) -> Counted:
    """All days of these users, counted from all their entries."""
    entries = defaultdict(list)
    for row in await closed_touching(connection, [(user_id, _FROM, _TO) for user_id in user_ids]):
        entries[row["user_id"]].append(row)
    counted = Counted()
    for user_id in user_ids:
        everything = Mark(user_id, 0, _FROM, _FROM.date(), _TO.date())
        counting.count(everything, entries[user_id], counted)
    return counted


def _scores(
    counted: Counted,
    users: Sequence[Checked],
    periods: Sequence[tuple[Period, date]],
    today: date,
) -> list[BoardScore]:
    """What these users have on the boards that are on; nobody who is hidden [L1, L3]."""
    rows: dict[int, dict[BoardKey, Score]] = defaultdict(dict)
    for day in counted.boards:
        key = BoardKey(day.scope, day.scope_id, day.day)
        rows[day.user_id][key] = Score(day.seconds, day.reached_at)
    return [
        BoardScore(user.id, period, starts_on, scope, scope_id, score.seconds, score.reached_at)
        for user in users
        if user.on_boards
        for period, starts_on in periods
        for (scope, scope_id), score in scores(rows[user.id], period, today).items()
    ]


def _streaks(
    counted: Counted,
    users: Sequence[Checked],
    kept: Mapping[int, KeptStreak],
    streak_min_s: int,
    now: datetime,
) -> dict[int, KeptStreak]:
    """The streaks as of the day on which each was counted last."""
    seconds: dict[int, dict[date, int]] = defaultdict(dict)
    for day in counted.focus:
        seconds[day.user_id][day.day] = day.seconds
    return {
        user.id: streak_on(
            counting_days(seconds[user.id], streak_min_s),
            user.days,
            kept[user.id].today if user.id in kept else user.days.day_of(now),
        )
        for user in users
        if user.id in kept or (seconds[user.id] and not user.suspended)
    }


def _rows(
    counted: Counted, found: Iterable[BoardScore], streaks: Mapping[int, KeptStreak]
) -> Tables:
    """Rows by table and key."""
    return {
        "tracked_days": {(d.user_id, d.day, d.project_id): (d.seconds,) for d in counted.tracked},
        "focus_days": {
            (d.user_id, d.day): (
                d.seconds, d.entries, d.longest_seconds, d.early_entries, d.late_entries
            )
            for d in counted.focus
        },
        "focus_project_days": {
            (d.user_id, d.project_id, d.day): (d.seconds,) for d in counted.projects
        },
        "board_days": {
            (d.user_id, d.scope, d.scope_id, d.day): (d.seconds, d.reached_at)
            for d in counted.boards
        },
        "board_scores": {
            (s.user_id, s.period, s.starts_on, s.scope, s.scope_id): (s.score, s.reached_at)
            for s in found
        },
        "user_streaks": {
            (user_id,): (s.current, s.longest, s.freezes, s.today, s.today_done, s.expires_at)
            for user_id, s in streaks.items()
        },
    }  # fmt: skip


# Where the day stands in the keys of the tables that have one.
_DAY_AT = {"tracked_days": 1, "focus_days": 1, "focus_project_days": 2, "board_days": 3}


async def _mark(pool: Pool, found: Sequence[Difference]) -> int:
    """Have what differs made anew; answers of how many users."""
    days: dict[int, list[date]] = defaultdict(list)
    boards = set()
    for one in found:
        if one.table in _DAY_AT:
            days[one.user_id].append(one.key[_DAY_AT[one.table]])
        elif one.table == "board_scores":
            boards.add((one.user_id, one.key[3], one.key[4]))
    users = sorted({one.user_id for one in found})
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection, connection.transaction():
        await check.lock(connection, users)
        if days:
            marks = [(user_id, min(on), max(on)) for user_id, on in sorted(days.items())]
            await mark_days(connection, marks)
        if boards:
            await check.score_again(connection, sorted(boards))
        await earnings.ask(connection, users)
    return len(users)
