"""Editing, recording, discarding, deleting and restoring one entry [T3, T6]."""

from dataclasses import replace
from datetime import datetime, timedelta

from rooms.entry import Entry
from rooms.errors import Invalid, NotFound, TimerNotRunning, TimerRunning
from rooms.timer_commands import (
    DeleteEntry,
    DiscardTimer,
    Keep,
    LogEntry,
    RestoreEntry,
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
    require_version,
    target_of,
)

RESTORE_WITHIN = timedelta(days=30)
UNSTOP_WITHIN = timedelta(minutes=10)


def update(state: UserTimers, command: UpdateEntry, now: datetime) -> Decision:
    """Change what is given; an edit that changes nothing keeps the version."""
    entry = target_of(state, command.entry_id)
    require_version(entry, command.version)
    edited = entry
    if not isinstance(command.project_id, Keep) and command.project_id != entry.project_id:
        require_tracking(state, command.project_id)
        edited = replace(edited, project_id=command.project_id)
    if not isinstance(command.description, Keep):
        edited = replace(edited, description=command.description)
    if not isinstance(command.tags, Keep):
        edited = replace(edited, tags=command.tags)
    edited = _retimed(state, edited, command, now)
    if edited == entry:
        return Decision((), entry)
    edited = replace(edited, version=entry.version + 1)
    return Decision((Change(_kind_of_edit(entry, edited), entry, edited),), edited)


def _retimed(state: UserTimers, entry: Entry, command: UpdateEntry, now: datetime) -> Entry:
    """`entry` with the instants that the edit claims, each checked against the others."""
    started_at = entry.started_at if isinstance(command.started_at, Keep) else command.started_at
    ended_at = entry.ended_at if isinstance(command.ended_at, Keep) else command.ended_at
    if (started_at, ended_at) == (entry.started_at, entry.ended_at):
        return entry
    if ended_at is None and entry.ended_at is not None:
        if state.running is not None:
            raise TimerRunning(current=state.running)
        if now - entry.ended_at > UNSTOP_WITHIN:
            raise Invalid.field("ended_at", "an entry runs on only within 10 minutes of its end")
    require_past("started_at", started_at, now)
    if ended_at is not None:
        require_past("ended_at", ended_at, now)
        if ended_at < started_at:
            field = "started_at" if isinstance(command.ended_at, Keep) else "ended_at"
            raise Invalid.field(field, "the end lies before the start")
    require_span("started_at", started_at, ended_at or now)
    return replace(
        entry,
        started_at=started_at,
        ended_at=ended_at,
        ended_by=None if ended_at is None else "edit",
        claimed=True,
        doubtful_from=None,  # who says when it was leaves no doubt [T7]
    )


def _kind_of_edit(before: Entry, after: Entry) -> ChangeKind:
    if before.running:
        return "updated" if after.running else "stopped"
    return "reopened" if after.running else "edited"


def discard(state: UserTimers, command: DiscardTimer, now: datetime) -> Decision:
    """End and delete what runs."""
    entry = target_of(state, command.entry_id)
    if not entry.running:
        raise TimerNotRunning("This entry does not run; delete it instead.")
    closed = closed_at(entry, now, by="discard", claimed=False)
    gone = replace(closed, deleted_at=closed.ended_at)
    return Decision((Change("discarded", entry, gone),), None)


def log(state: UserTimers, command: LogEntry, now: datetime) -> Decision:
    """Record what has ended, whatever else there was or is at that time [T3]."""
    require_tracking(state, command.project_id)
    require_past("started_at", command.started_at, now)
    require_past("ended_at", command.ended_at, now)
    if command.ended_at < command.started_at:
        raise Invalid.field("ended_at", "lies before the start of the entry")
    require_span("ended_at", command.started_at, command.ended_at)
    entry = replace(
        new_entry(state, command, command.started_at, claimed=True),
        ended_at=command.ended_at,
        ended_by="log",
    )
    return Decision((Change("created", None, entry),), entry)


def delete(state: UserTimers, command: DeleteEntry, now: datetime) -> Decision:
    """Delete an entry; what runs is discarded."""
    entry = target_of(state, command.entry_id)
    require_version(entry, command.version)
    if entry.running:
        return discard(state, DiscardTimer(entry.id), now)
    gone = replace(entry, deleted_at=now, version=entry.version + 1)
    return Decision((Change("deleted", entry, gone),), None)


def restore(state: UserTimers, command: RestoreEntry, now: datetime) -> Decision:
    """Bring an entry back, closed; one that is there stays as it is."""
    entry = state.named
    if entry is None:
        raise NotFound("There is no such entry.")
    if entry.deleted_at is None:
        return Decision((), entry)
    if now - entry.deleted_at > RESTORE_WITHIN:
        raise NotFound("It was deleted more than 30 days ago.")
    back = replace(entry, deleted_at=None, version=entry.version + 1)
    return Decision((Change("created", entry, back),), back)
