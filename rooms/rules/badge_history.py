"""When somebody reached a badge: their past, gone through fact by fact [B2].

After each fact the metrics are those that a recount of the facts so far would give, to the second
and the day. A fact costs only what it changes, so that years of entries take no time.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import merge
from itertools import groupby
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from rooms.rules.badges import (
    EARLY_BEFORE_HOUR,
    LATE_FROM_HOUR,
    METRICS,
    Criteria,
    Metric,
    holds,
    needs,
)
from rooms.rules.periods import DayRule, whole_seconds
from rooms.rules.streaks import STREAK_MIN_SECONDS, Step, walk_on

# Those that count instants, each for one.
DatedMetric = Literal["rooms_joined", "rooms_hosted", "badges"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """As much of a closed time entry as badges depend on; instants are UTC."""

    id: int
    from_at: datetime
    to_at: datetime
    project_id: int | None
    days: DayRule

    @property
    def starts_early(self) -> bool:
        """Whether the clocks of its zone showed less than 09:00 when it started [B1]."""
        return _hour(self) < EARLY_BEFORE_HOUR

    @property
    def starts_late(self) -> bool:
        """Whether they showed 22:00 or more [B1]."""
        return _hour(self) >= LATE_FROM_HOUR


@dataclass(frozen=True, slots=True)
class History:
    """All of one user that badges can count, in any order.

    `dated` has the instants of what is no entry: each room when it was first joined, or first
    hosted, and each badge when it was awarded. A day is active, and counts for streaks, from
    `minimum_s` of focus time on [S1].
    """

    entries: Sequence[HistoryEntry] = ()
    dated: Mapping[DatedMetric, Sequence[datetime]] = field(default_factory=dict)
    minimum_s: int = STREAK_MIN_SECONDS


def reached_at(criteria: Criteria, history: History) -> datetime | None:
    """The first instant at which the criteria held; None if they never did [B2].

    An entry counts from its end on.
    """
    tally = _Tally(needs(criteria), history.minimum_s)
    for at, facts in groupby(_facts(history), key=_instant):
        for fact in facts:
            tally.add(fact.what)
        if holds(criteria, tally.metrics):
            return at
    return None


def metrics_of(history: History) -> dict[Metric, int]:
    """All metrics, counted from the facts."""
    tally = _Tally(frozenset(METRICS), history.minimum_s)
    for fact in _facts(history):
        tally.add(fact.what)
    return tally.metrics


class _Fact(NamedTuple):
    at: datetime
    what: HistoryEntry | DatedMetric


def _instant(fact: _Fact) -> datetime:
    return fact.at


def _facts(history: History) -> Iterator[_Fact]:
    """The facts in order of time; an entry stands where it ended."""
    entries = sorted(history.entries, key=lambda entry: entry.to_at)
    lists = [[_Fact(entry.to_at, entry) for entry in entries]]
    for metric, instants in history.dated.items():
        lists.append([_Fact(at, metric) for at in sorted(instants)])
    return merge(*lists, key=_instant)


class _Tally:
    """The metrics after the facts so far; those that nobody needs stay 0."""

    def __init__(self, needed: frozenset[Metric], minimum_s: int) -> None:
        self.metrics: dict[Metric, int] = dict.fromkeys(METRICS, 0)
        self._needed = needed
        self._all = _Union()
        self._projects: dict[int, _Union] = {}
        self._days = _Days(minimum_s)

    def add(self, what: HistoryEntry | DatedMetric) -> None:
        if not isinstance(what, HistoryEntry):
            self.metrics[what] += 1
            return
        self._count(what)
        if self._needed & {"total_seconds", "active_days", "streak_days"}:
            self._focus(what)
        if "project_seconds" in self._needed and what.project_id is not None:
            union = self._projects.setdefault(what.project_id, _Union())
            union.add(what)
            self._raise("project_seconds", union.seconds)

    def _count(self, entry: HistoryEntry) -> None:
        self.metrics["entries"] += 1
        self._raise("entry_seconds", whole_seconds(entry.from_at, entry.to_at))
        if "early_entries" in self._needed:
            self.metrics["early_entries"] += entry.starts_early
        if "late_entries" in self._needed:
            self.metrics["late_entries"] += entry.starts_late

    def _focus(self, entry: HistoryEntry) -> None:
        gone, new = self._all.add(entry)
        self.metrics["total_seconds"] = self._all.seconds
        if self._needed & {"active_days", "streak_days"}:
            self._days.change(gone, new)
            self.metrics["active_days"] = len(self._days.steps)
            self.metrics["streak_days"] = self._days.steps[-1].longest if self._days.steps else 0

    def _raise(self, metric: Metric, value: int) -> None:
        self.metrics[metric] = max(self.metrics[metric], value)


class _Piece(NamedTuple):
    """What of a union is one entry's [C1]: [from_at, to_at)."""

    entry: HistoryEntry
    from_at: datetime
    to_at: datetime


class _Union:
    """The union of entries that come in the order of their ends [C1].

    Its pieces stand in the order of their entries' starts, which is that of time.
    """

    def __init__(self) -> None:
        self.seconds = 0
        self._pieces: list[_Piece] = []

    def add(self, entry: HistoryEntry) -> tuple[list[_Piece], list[_Piece]]:
        """The pieces that are gone, and the new ones.

        Nothing ends later than the new entry: it covers those that started after it wholly, and
        has all that those before it left.
        """
        gone: list[_Piece] = []
        while self._pieces and _order(self._pieces[-1].entry) > _order(entry):
            gone.append(self._pieces.pop())
        from_at = max(entry.from_at, self._pieces[-1].to_at) if self._pieces else entry.from_at
        new = [_Piece(entry, from_at, entry.to_at)] if from_at < entry.to_at else []
        self._pieces += new
        self.seconds += _seconds(new) - _seconds(gone)
        return gone, new


class _Days:
    """Focus seconds per own day, and the steps of the streak over the days that count."""

    def __init__(self, minimum_s: int) -> None:
        self.steps: list[Step] = []
        self._minimum_s = minimum_s
        self._seconds: dict[date, int] = {}

    def change(self, gone: list[_Piece], new: list[_Piece]) -> None:
        changes: dict[date, int] = {}
        for sign, pieces in ((-1, gone), (1, new)):
            for piece in pieces:
                for day, from_at, to_at in piece.entry.days.split(piece.from_at, piece.to_at):
                    changes[day] = changes.get(day, 0) + sign * whole_seconds(from_at, to_at)
        for day, seconds in changes.items():
            before = self._seconds.get(day, 0)
            after = self._seconds[day] = before + seconds
            if (before >= self._minimum_s) != (after >= self._minimum_s):
                self._turn(day, counts=after >= self._minimum_s)

    def _turn(self, day: date, *, counts: bool) -> None:
        """A day begins or ceases to count: walk again from there, mostly nowhere."""
        at = bisect_left(self.steps, day, key=lambda step: step.day)
        later = [step.day for step in self.steps[at:] if step.day != day]
        del self.steps[at:]
        for next_day in [day, *later] if counts else later:
            self.steps.append(walk_on(self.steps[-1] if self.steps else None, next_day))


def _order(entry: HistoryEntry) -> tuple[datetime, int]:
    return entry.from_at, entry.id


def _seconds(pieces: list[_Piece]) -> int:
    return sum(whole_seconds(piece.from_at, piece.to_at) for piece in pieces)


def _hour(entry: HistoryEntry) -> int:
    return entry.from_at.astimezone(ZoneInfo(entry.days.zone)).hour
