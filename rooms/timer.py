"""What a command does to somebody's timer: a pure function of (state, command, now).

`decide` refuses by raising a `DomainError`, and otherwise says what changes; it does no I/O and
reads no clock. Rules T1 to T8 of docs/PROTOCOL.md. The caller holds the user's row, so the
state it hands in cannot change before the decision is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from rooms.access import ProjectAccess
from rooms.entry import MAX_SPAN, EndedBy, Entry, Source
from rooms.errors import (
    Conflict,
    Invalid,
    NotFound,
    OverlapsRunning,
    TimerNotRunning,
    TimerRunning,
    VersionConflict,
)

RESTORE_WITHIN = timedelta(days=30)
UNSTOP_WITHIN = timedelta(minutes=10)


class Keep:
    """The type of KEEP: a field that an edit leaves as it is (None would clear it)."""

    def __repr__(self) -> str:
        return "KEEP"


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start now, or at `started_at` in the past; what runs is stopped at that instant [T2]."""

    project_id: int | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    started_at: datetime | None = None
    source: Source = "timer"


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop the running entry, or the named one; of two stops the earliest counts [T4]."""

    entry_id: int | None = None
    ended_at: datetime | None = None
    by: EndedBy = "stop"


@dataclass(frozen=True, slots=True)
class UpdateEntry:
    """Edit the running entry, or the named one, open or closed [T6].

    `ended_at=None` opens an entry again that was closed within the last ten minutes.
    """

    entry_id: int | None = None
    version: int | None = None
    project_id: int | None | Keep = KEEP
    description: str | Keep = KEEP
    tags: tuple[str, ...] | Keep = KEEP
    started_at: datetime | Keep = KEEP
    ended_at: datetime | None | Keep = KEEP


@dataclass(frozen=True, slots=True)
class DiscardTimer:
    """End and delete the running entry at one instant, so that restoring gives a closed one."""

    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Record a closed entry: made by hand, or a start and stop both made offline [T3]."""

    started_at: datetime
    ended_at: datetime
    project_id: int | None = None
    description: str = ""
    tags: tuple[str, ...] = ()
    source: Source = "manual"


@dataclass(frozen=True, slots=True)
class DeleteEntry:
    """Delete an entry; it can be restored for 30 days."""

    entry_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RestoreEntry:
    """Bring a deleted entry back."""

    entry_id: int


Answer = Literal["keep", "discard", "stop", "split"]


@dataclass(frozen=True, slots=True)
class DoubtTimer:
    """The running entry has been forgotten, it seems, since `from_at`: its user is to say [T7]."""

    entry_id: int
    from_at: datetime


@dataclass(frozen=True, slots=True)
class ResolveTimer:
    """What its user says of an entry in doubt: it is right, it was nothing, it ended at `at`, or it
    ended at `at` and goes on now in a new one. Without `at` it ended where the doubt begins [T7].
    """

    entry_id: int
    action: Answer
    at: datetime | None = None


Command = (
    StartTimer
    | StopTimer
    | UpdateEntry
    | DiscardTimer
    | LogEntry
    | DeleteEntry
    | RestoreEntry
    | DoubtTimer
    | ResolveTimer
)


@dataclass(frozen=True, slots=True)
class UserTimers:
    """What must be known of a user to decide one command.

    `named` is the entry that the command names, if it is the user's, deleted or not; it may be
    `running` itself. `projects` has the access to each project that the command names, and lacks
    those that do not exist. `new_id` is the id that a new entry would get.
    """

    user_id: int
    timezone: str
    day_starts_at: int
    running: Entry | None = None
    named: Entry | None = None
    projects: Mapping[int, ProjectAccess] = field(default_factory=dict)
    new_id: int = 0


ChangeKind = Literal[
    "started", "stopped", "updated", "discarded", "created", "edited", "deleted", "reopened"
]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry before and after; `before` is None for a new one.

    The first four kinds happen to open entries, and so does `reopened` (a closed one that runs
    again); `created`, `edited` and `deleted` happen to closed ones.
    """

    kind: ChangeKind
    before: Entry | None
    after: Entry


@dataclass(frozen=True, slots=True)
class Decision:
    """What the command changes, in order, and what its caller is told.

    `entry` is None after a discard or delete; `stopped` is what a start, or the splitting of an
    entry, stopped on its way.
    """

    changes: tuple[Change, ...]
    entry: Entry | None
    stopped: Entry | None = None
    already_stopped: bool = False


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
            return _update(state, command, now)
        case DiscardTimer():
            return _discard(state, command, now)
        case LogEntry():
            return _log(state, command, now)
        case DeleteEntry():
            return _delete(state, command, now)
        case RestoreEntry():
            return _restore(state, command, now)
        case DoubtTimer():
            return _doubt(state, command)
        case ResolveTimer():
            return _resolve(state, command, now)


def _start(state: UserTimers, command: StartTimer, now: datetime) -> Decision:
    _require_tracking(state, command.project_id)
    at = now
    if command.started_at is not None:
        _require_past("started_at", command.started_at, now)
        _require_span("started_at", command.started_at, now)
        at = command.started_at
    claimed = command.started_at is not None
    changes: list[Change] = []
    stopped = None
    if state.running is not None:
        if claimed and at < state.running.started_at:
            raise OverlapsRunning(current=state.running)
        # One instant for both: a switch neither overlaps nor loses time [T2].
        at = max(at, state.running.started_at)
        stopped = _close(state.running, at, by="switch", claimed=claimed)
        changes.append(Change("stopped", state.running, stopped))
    entry = _new_entry(state, command, at, claimed=claimed)
    changes.append(Change("started", None, entry))
    return Decision(tuple(changes), entry, stopped=stopped)


def _stop(state: UserTimers, command: StopTimer, now: datetime) -> Decision:
    entry = _target(state, command.entry_id)
    claim = command.ended_at
    if claim is not None:
        _require_past("ended_at", claim, now)
        if claim < entry.started_at:
            raise Invalid.field("ended_at", "lies before the start of the entry")
    if entry.running:
        closed = _close(entry, claim or now, by=command.by, claimed=claim is not None)
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


def _update(state: UserTimers, command: UpdateEntry, now: datetime) -> Decision:
    entry = _target(state, command.entry_id)
    if command.version is not None and command.version != entry.version:
        raise VersionConflict(current=entry)
    edited = entry
    if not isinstance(command.project_id, Keep) and command.project_id != entry.project_id:
        _require_tracking(state, command.project_id)
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
    _require_past("started_at", started_at, now)
    if ended_at is not None:
        _require_past("ended_at", ended_at, now)
        if ended_at < started_at:
            field = "started_at" if isinstance(command.ended_at, Keep) else "ended_at"
            raise Invalid.field(field, "the end lies before the start")
    _require_span("started_at", started_at, ended_at or now)
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


def _discard(state: UserTimers, command: DiscardTimer, now: datetime) -> Decision:
    entry = _target(state, command.entry_id)
    if not entry.running:
        raise TimerNotRunning("This entry does not run; delete it instead.")
    closed = _close(entry, now, by="discard", claimed=False)
    gone = replace(closed, deleted_at=closed.ended_at)
    return Decision((Change("discarded", entry, gone),), None)


def _log(state: UserTimers, command: LogEntry, now: datetime) -> Decision:
    _require_tracking(state, command.project_id)
    _require_past("started_at", command.started_at, now)
    _require_past("ended_at", command.ended_at, now)
    if command.ended_at < command.started_at:
        raise Invalid.field("ended_at", "lies before the start of the entry")
    _require_span("ended_at", command.started_at, command.ended_at)
    entry = replace(
        _new_entry(state, command, command.started_at, claimed=True),
        ended_at=command.ended_at,
        ended_by="log",
    )
    return Decision((Change("created", None, entry),), entry)


def _delete(state: UserTimers, command: DeleteEntry, now: datetime) -> Decision:
    entry = _target(state, command.entry_id)
    if command.version is not None and command.version != entry.version:
        raise VersionConflict(current=entry)
    if entry.running:
        return _discard(state, DiscardTimer(entry.id), now)
    gone = replace(entry, deleted_at=now, version=entry.version + 1)
    return Decision((Change("deleted", entry, gone),), None)


def _restore(state: UserTimers, command: RestoreEntry, now: datetime) -> Decision:
    entry = state.named
    if entry is None:
        raise NotFound("There is no such entry.")
    if entry.deleted_at is None:
        return Decision((), entry)
    if now - entry.deleted_at > RESTORE_WITHIN:
        raise NotFound("It was deleted more than 30 days ago.")
    back = replace(entry, deleted_at=None, version=entry.version + 1)
    return Decision((Change("created", entry, back),), back)


def _doubt(state: UserTimers, command: DoubtTimer) -> Decision:
    entry = _target(state, command.entry_id)
    if not entry.running:
        raise TimerNotRunning
    if entry.doubtful_from is not None:
        return Decision((), entry)
    from_at = max(command.from_at, entry.started_at)
    doubtful = replace(entry, doubtful_from=from_at, version=entry.version + 1)
    return Decision((Change("updated", entry, doubtful),), doubtful)


def _resolve(state: UserTimers, command: ResolveTimer, now: datetime) -> Decision:
    entry = _target(state, command.entry_id)
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
            return _delete(state, DeleteEntry(entry.id), now)
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
        _require_past("at", at, now)
        if at < entry.started_at:
            raise Invalid.field("at", "lies before the start of the entry")
        if at > latest:
            raise Invalid.field("at", "lies after the end of the entry")
    ended = _close(entry, at or min(entry.doubtful_from, latest), by="stop", claimed=at is not None)
    kind: ChangeKind = "stopped" if entry.running else "edited"
    return Change(kind, entry, replace(ended, doubtful_from=None))


def _target(state: UserTimers, entry_id: int | None) -> Entry:
    """The entry that a command is about: the named one, else the running one."""
    if entry_id is None:
        if state.running is None:
            raise TimerNotRunning
        return state.running
    if state.named is None or state.named.deleted_at is not None:
        raise NotFound("There is no such entry.")
    return state.named


def _new_entry(
    state: UserTimers, command: StartTimer | LogEntry, at: datetime, *, claimed: bool
) -> Entry:
    return Entry(
        id=state.new_id,
        user_id=state.user_id,
        project_id=command.project_id,
        room_id=None,
        description=command.description,
        tags=command.tags,
        started_at=at,
        ended_at=None,
        ended_by=None,
        deleted_at=None,
        source=command.source,
        claimed=claimed,
        doubtful_from=None,
        timezone=state.timezone,
        day_starts_at=state.day_starts_at,
        version=1,
    )


def _close(entry: Entry, at: datetime, *, by: EndedBy, claimed: bool) -> Entry:
    """`entry` ended at `at`: never before its own start [T3], never after 31 days [T8]."""
    ended_at = min(max(at, entry.started_at), entry.started_at + MAX_SPAN)
    return replace(
        entry,
        ended_at=ended_at,
        ended_by="limit" if ended_at < at else by,
        claimed=entry.claimed or claimed,
        version=entry.version + 1,
    )


def _ended(entry: Entry) -> datetime:
    assert entry.ended_at is not None
    return entry.ended_at


def _require_tracking(state: UserTimers, project_id: int | None) -> None:
    if project_id is None:
        return
    access = state.projects.get(project_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require_tracking()


def _require_past(field: str, at: datetime, now: datetime) -> None:
    if at > now:
        raise Invalid.field(field, "lies in the future")


def _require_span(field: str, from_at: datetime, to_at: datetime) -> None:
    if to_at - from_at > MAX_SPAN:
        raise Invalid.field(field, "an entry lasts at most 31 days")
