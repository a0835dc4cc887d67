"""A timer that seems to be forgotten: put in doubt, and answered for by its user [T7]."""

from dataclasses import replace
from datetime import datetime

from rooms.entry import Entry
from rooms.entry_edits import delete
from rooms.errors import Conflict, Invalid, TimerNotRunning
from rooms.timer_commands import DeleteEntry, DoubtTimer, ResolveTimer
from rooms.timer_decision import (
    Change,
    ChangeKind,
    Decision,
    UserTimers,
    closed_at,
    require_past,
    target_of,
)


def doubt(state: UserTimers, command: DoubtTimer) -> Decision:
    """Put what runs in doubt, once."""
    entry = target_of(state, command.entry_id)
    if not entry.running:
        raise TimerNotRunning
    if entry.doubtful_from is not None:
        return Decision((), entry)
    from_at = max(command.from_at, entry.started_at)
    doubtful = replace(entry, doubtful_from=from_at, version=entry.version + 1)
    return Decision((Change("updated", entry, doubtful),), doubtful)


def resolve(state: UserTimers, command: ResolveTimer, now: datetime) -> Decision:
    """Take the doubt away as the user says."""
    entry = target_of(state, command.entry_id)
    if entry.doubtful_from is None:
        if command.action == "keep":
            return Decision((), entry)
        raise Conflict("This entry is not in doubt.", current=entry)
    match command.action:
        case "keep":
            kept = replace(entry, doubtful_from=None, version=entry.version + 1)
            kind: ChangeKind = "updated" if entry.running else "edited"
            return Decision((Change(kind, entry, kept),), kept)
        case "discard":
            return delete(state, DeleteEntry(entry.id), now)
        case "stop":
            change = _end_in_doubt(entry, command.at, now)
            return Decision((change,), change.after)
        case "split":
            if not entry.running:
                raise TimerNotRunning("This entry has ended; say when, with `stop`.")
            change = _end_in_doubt(entry, command.at, now)
            goes_on = replace(
                entry,
                id=state.new_id,
                started_at=now,
                claimed=False,
                doubtful_from=None,
                timezone=state.timezone,
                day_starts_at=state.day_starts_at,
                version=1,
            )
            changes = change, Change("started", None, goes_on)
            return Decision(changes, goes_on, stopped=change.after)


def _end_in_doubt(entry: Entry, at: datetime | None, now: datetime) -> Change:
    """The entry ended where its doubt begins, or where its user says."""
    assert entry.doubtful_from is not None
    latest = now if entry.ended_at is None else entry.ended_at
    if at is not None:
        require_past("at", at, now)
        if at < entry.started_at:
            raise Invalid.field("at", "lies before the start of the entry")
        if at > latest:
            raise Invalid.field("at", "lies after the end of the entry")
    ended = closed_at(
        entry, at or min(entry.doubtful_from, latest), by="stop", claimed=at is not None
    )
    kind: ChangeKind = "stopped" if entry.running else "edited"
    return Change(kind, entry, replace(ended, doubtful_from=None))
