"""What a command does to somebody's timer: a pure function of (state, command, now).

`decide` refuses by raising a `DomainError`, and otherwise says what changes; it does no I/O and
reads no clock. Rules T1 to T8 of docs/PROTOCOL.md. The caller holds the user's row, so the
state it hands in cannot change before the decision is written.

Here stand starts and stops; what else commands do stands in the modules imported below, and all
that callers need may be had from here.
"""

from dataclasses import replace
from datetime import datetime

from rooms.entry import Entry
from rooms.entry_bulk import delete_many, edit_many, restore_many
from rooms.entry_edits import RESTORE_WITHIN, UNSTOP_WITHIN, delete, discard, log, restore, update
from rooms.entry_shapes import duplicate, merge, split
from rooms.errors import Invalid, OverlapsRunning
from rooms.timer_commands import (
    KEEP,
    Answer,
    Command,
    DeleteEntries,
    DeleteEntry,
    DiscardTimer,
    DoubtTimer,
    DuplicateEntry,
    EditEntries,
    Gaps,
    Keep,
    LogEntry,
    MergeEntries,
    ResolveTimer,
    RestoreEntries,
    RestoreEntry,
    SplitEntry,
    StartTimer,
    StopTimer,
    UpdateEntry,
)
from rooms.timer_decision import (
    Change,
    ChangeKind,
    Decision,
    UserTimers,
    closed_at,
    new_entry,
    require_past,
    require_span,
    require_tracking,
    target_of,
)
from rooms.timer_doubts import doubt, resolve

__all__ = [
    "KEEP", "RESTORE_WITHIN", "UNSTOP_WITHIN", "Answer", "Change", "ChangeKind", "Command",
    "Decision", "DeleteEntries", "DeleteEntry", "DiscardTimer", "DoubtTimer", "DuplicateEntry",
    "EditEntries", "Gaps", "Keep", "LogEntry", "MergeEntries", "ResolveTimer", "RestoreEntries",
    "RestoreEntry", "SplitEntry", "StartTimer", "StopTimer", "UpdateEntry", "UserTimers", "decide",
]  # fmt: skip


def decide(state: UserTimers, command: Command, now: datetime) -> Decision:
    """What happens when `command` reaches `state` at `now` (UTC, whole milliseconds).

    Raises the refusals of rooms.errors; nothing has changed then.
    """
    match command:
        case StartTimer():
            return _start(state, command, now)
        case StopTimer():
            return _stop(state, command, now)
        case UpdateEntry():
            return update(state, command, now)
        case DiscardTimer():
            return discard(state, command, now)
        case LogEntry():
            return log(state, command, now)
        case DeleteEntry():
            return delete(state, command, now)
        case RestoreEntry():
            return restore(state, command, now)
        case DoubtTimer():
            return doubt(state, command)
        case ResolveTimer():
            return resolve(state, command, now)
        case SplitEntry():
            return split(state, command, now)
        case MergeEntries():
            return merge(state, command, now)
        case DuplicateEntry():
            return duplicate(state, command, now)
        case EditEntries():
            return edit_many(state, command, now)
        case DeleteEntries():
            return delete_many(state, command, now)
        case RestoreEntries():
            return restore_many(state, command, now)


def _start(state: UserTimers, command: StartTimer, now: datetime) -> Decision:
    require_tracking(state, command.project_id)
    at = now
    if command.started_at is not None:
        require_past("started_at", command.started_at, now)
        require_span("started_at", command.started_at, now)
        at = command.started_at
    claimed = command.started_at is not None
    changes: list[Change] = []
    stopped = None
    if state.running is not None:
        if claimed and at < state.running.started_at:
            raise OverlapsRunning(current=state.running)
        # One instant for both: a switch neither overlaps nor loses time [T2].
        at = max(at, state.running.started_at)
        stopped = closed_at(state.running, at, by="switch", claimed=claimed)
        changes.append(Change("stopped", state.running, stopped))
    entry = new_entry(state, command, at, claimed=claimed)
    changes.append(Change("started", None, entry))
    return Decision(tuple(changes), entry, stopped=stopped)


def _stop(state: UserTimers, command: StopTimer, now: datetime) -> Decision:
    entry = target_of(state, command.entry_id)
    claim = command.ended_at
    if claim is not None:
        require_past("ended_at", claim, now)
        if claim < entry.started_at:
            raise Invalid.field("ended_at", "lies before the start of the entry")
    if entry.running:
        closed = closed_at(entry, claim or now, by=command.by, claimed=claim is not None)
        if command.by == "stop":
            closed = replace(closed, doubtful_from=None)  # who stops it says that it is right [T7]
        return Decision((Change("stopped", entry, closed),), closed)
    if claim is None or entry.ended_by not in ("stop", "switch") or _ended(entry) <= claim:
        return Decision((), entry, already_stopped=True)
    earlier = replace(
        entry,
        ended_at=claim,
        ended_by="stop",
        claimed=True,
        doubtful_from=None,
        version=entry.version + 1,
    )
    return Decision((Change("edited", entry, earlier),), earlier, already_stopped=True)


def _ended(entry: Entry) -> datetime:
    assert entry.ended_at is not None
    return entry.ended_at
