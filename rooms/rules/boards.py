"""What counts on leaderboards, their periods, and who stands where [C3, L1, L2]."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Literal, NamedTuple, TypeVar

from rooms.entry import Source
from rooms.rules.periods import DayRule, period_of, whole_seconds

Scope = Literal["global", "project", "room"]
Period = Literal["day", "week", "month", "all"]
# LEADERBOARD_COUNTS: all time, or only what the server's own clock measured.
Counts = Literal["all", "measured"]

K = TypeVar("K")

PERIODS: tuple[Period, ...] = ("day", "week", "month", "all")
GLOBAL_ID = 0
ALL_TIME_ON = date(1970, 1, 1)
DAY_CAP_S = 16 * 3600
ENTRY_CAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BoardEntry:
    """As much of a time entry as boards depend on; instants are UTC.

    It runs while `to_at` is None. `doubtful_from` is None once it is resolved, or never was.
    """

    id: int
    from_at: datetime
    to_at: datetime | None
    project_id: int | None
    room_id: int | None
    source: Source
    claimed: bool
    doubtful_from: datetime | None


class BoardKey(NamedTuple):
    """A day of one board; `scope_id` is 0 on the global one."""

    scope: Scope
    scope_id: int
    day: date


class Score(NamedTuple):
    """Seconds, and the latest end of an entry that counts in them [L2]."""

    seconds: int
    reached_at: datetime


def board_days(
    entries: Iterable[BoardEntry], days: DayRule, counts: Counts
) -> dict[BoardKey, Score]:
    """What one user has on each board, by its day: the union of what counts, at most 16 h [C3].

    `days` are those of BOARD_TIMEZONE, from midnight [D4]. There is no row without a second.
    """
    rows: dict[BoardKey, Score] = {}
    covered: dict[tuple[Scope, int], datetime] = {}
    for entry in sorted(entries, key=attrgetter("from_at", "id")):
        until = counts_until(entry, counts)
        if entry.to_at is None or until is None:
            continue
        for scope, scope_id in _boards(entry):
            # All before it started no later: what they cover of it is at its beginning.
            fresh_from = covered.get((scope, scope_id), entry.from_at)
            covered[scope, scope_id] = max(fresh_from, until)
            for day, from_at, to_at in days.split(entry.from_at, until):
                if whole_seconds(from_at, to_at):
                    fresh = _seconds(max(from_at, fresh_from), to_at)
                    _add(rows, BoardKey(scope, scope_id, day), Score(fresh, entry.to_at))
    return {key: row._replace(seconds=min(row.seconds, DAY_CAP_S)) for key, row in rows.items()}


def counts_until(entry: BoardEntry, counts: Counts) -> datetime | None:
    """Up to where an entry counts on boards; None if nothing of it does [C3, T7, T8]."""
    if entry.to_at is None or (counts == "measured" and not is_measured(entry)):
        return None
    until = min(entry.to_at, entry.from_at + ENTRY_CAP)
    if entry.doubtful_from is not None:
        until = min(until, entry.doubtful_from)
    return until if until > entry.from_at else None


def is_measured(entry: BoardEntry) -> bool:
    """Whether the server's clock said when it began and ended [C3]."""
    return entry.source in {"timer", "room"} and not entry.claimed


def period_start(period: Period, day: date) -> date:
    """The first day of the period that `day` lies in; of all time a date that stands for it [L1].

    Weeks begin on Monday [D4].
    """
    return ALL_TIME_ON if period == "all" else period_of(period, day)


def periods_of(day: date) -> tuple[tuple[Period, date], ...]:
    """The periods that a day counts in, each with its first day [L1]."""
    return tuple((period, period_start(period, day)) for period in PERIODS)


def scores(
    rows: Mapping[BoardKey, Score], period: Period, today: date
) -> dict[tuple[Scope, int], Score]:
    """One user's scores, by board, in the period that `today` lies in [L1]."""
    start = period_start(period, today)
    sums: dict[tuple[Scope, int], Score] = {}
    for (scope, scope_id, day), row in rows.items():
        if period_start(period, day) == start:
            _add(sums, (scope, scope_id), row)
    return sums


class Standing(NamedTuple):
    """A user's score on a board, as it may be ranked: of any measure."""

    user_id: int
    score: int
    reached_at: datetime
    hidden: bool = False


class Ranked(NamedTuple):
    """A place on a board: `rank` counts from 1, and is one more than those with a higher score."""

    rank: int
    user_id: int
    score: int
    reached_at: datetime


def rank(standings: Iterable[Standing]) -> list[Ranked]:
    """The board: equal scores share a rank, and who reached theirs first stands first [L2].

    Hidden users, and those without a score, are not on it and move nobody.
    """
    shown = [row for row in standings if row.score > 0 and not row.hidden]
    shown.sort(key=lambda row: (-row.score, row.reached_at, row.user_id))
    board: list[Ranked] = []
    for place, (user_id, score, reached_at, _) in enumerate(shown, start=1):
        shared = board[-1].rank if board and board[-1].score == score else place
        board.append(Ranked(shared, user_id, score, reached_at))
    return board


def _boards(entry: BoardEntry) -> Iterator[tuple[Scope, int]]:
    yield "global", GLOBAL_ID
    if entry.project_id is not None:
        yield "project", entry.project_id
    if entry.room_id is not None:
        yield "room", entry.room_id


def _seconds(from_at: datetime, to_at: datetime) -> int:
    return whole_seconds(from_at, to_at) if from_at < to_at else 0


def _add(sums: dict[K, Score], key: K, more: Score) -> None:
    had = sums.get(key)
    if had is not None:
        more = Score(had.seconds + more.seconds, max(had.reached_at, more.reached_at))
    sums[key] = more
