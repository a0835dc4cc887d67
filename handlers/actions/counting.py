"""Counting somebody's days: from their entries to what stands in the tables. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg

from rooms.rules.badge_history import HistoryEntry
from rooms.rules.boards import BoardEntry, Counts, board_days
from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import DayRule, whole_seconds
from rooms.rules.tracked import TrackedEntry, tracked_days
from storage.tracked import BoardDay, Counted, DayTotal, FocusDay, Mark, ProjectDay

# Entries of other zones share seconds with those of the marked days: an own day is at most two
# dates away from another one that it overlaps.
WIDER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Counting:
    """How days are counted here: those of boards, what counts on them [C3, D4]."""

    board_days: DayRule
    counts: Counts = "all"

    def count(self, mark: Mark, rows: Sequence[asyncpg.Record], into: Counted) -> None:
        """Count the marked days from the entries that touch them."""
        into.tracked += [
            DayTotal(mark.user_id, day, project_id, seconds)
            for (day, project_id), seconds in tracked_days(map(_tracked, rows)).items()
            if mark.from_on <= day <= mark.to_on
        ]
        into.focus += _focus(mark, rows)
        into.projects += _projects(mark, rows)
        into.boards += [
            BoardDay(
                mark.user_id, key.scope, key.scope_id, key.day, score.seconds, score.reached_at
            )
            for key, score in board_days(map(_board, rows), self.board_days, self.counts).items()
            if score.seconds and _widely(mark, key.day)
        ]


def _widely(mark: Mark, day: date) -> bool:
    return mark.from_on - WIDER <= day <= mark.to_on + WIDER


def _focus(mark: Mark, rows: Sequence[asyncpg.Record]) -> Iterable[FocusDay]:
    seconds = focus_days(map(_focused, rows))
    started: dict[date, list[HistoryEntry]] = {}
    for row in rows:
        entry = _history(row)
        started.setdefault(entry.days.day_of(entry.from_at), []).append(entry)
    for day in sorted(seconds.keys() | started.keys()):
        if not _widely(mark, day):
            continue
        entries = started.get(day, [])
        yield FocusDay(
            mark.user_id,
            day,
            seconds.get(day, 0),
            len(entries),
            max((whole_seconds(e.from_at, e.to_at) for e in entries), default=0),
            sum(e.starts_early for e in entries),
            sum(e.starts_late for e in entries),
        )


def _projects(mark: Mark, rows: Sequence[asyncpg.Record]) -> Iterable[ProjectDay]:
    of: dict[int, list[FocusEntry]] = {}
    for row in rows:
        if row["project_id"] is not None:
            of.setdefault(row["project_id"], []).append(_focused(row))
    for project_id, entries in of.items():
        for day, seconds in focus_days(entries).items():
            if _widely(mark, day):
                yield ProjectDay(mark.user_id, project_id, day, seconds)


def _days(row: asyncpg.Record) -> DayRule:
    return DayRule(row["timezone"], row["day_starts_at"])


def _tracked(row: asyncpg.Record) -> TrackedEntry:
    return TrackedEntry(row["project_id"], row["started_at"], row["ended_at"], _days(row))


def _focused(row: asyncpg.Record) -> FocusEntry:
    return FocusEntry(row["id"], row["started_at"], row["ended_at"], _days(row))


def _history(row: asyncpg.Record) -> HistoryEntry:
    return HistoryEntry(
        row["id"], row["started_at"], row["ended_at"], row["project_id"], _days(row)
    )


def _board(row: asyncpg.Record) -> BoardEntry:
    return BoardEntry(
        row["id"],
        row["started_at"],
        row["ended_at"],
        row["project_id"],
        row["room_id"],
        row["source"],
        row["claimed"],
        row["doubtful_from"],
    )
