"""What a decision about somebody's timer begins with and ends in, and the checks they share."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from rooms.access import ProjectAccess
from rooms.entry import MAX_SPAN, EndedBy, Entry
from rooms.errors import Invalid, NotFound, TimerNotRunning, VersionConflict
from rooms.timer_commands import LogEntry, StartTimer


@dataclass(frozen=True, slots=True)
class UserTimers:
    """What must be known of a user to decide one command.

    `named` is the entry that the command names, if it is the user's, deleted or not; it may be
    `running` itself. `several` has those of a command that names many, by id. `projects` has the
    access to each project that the command names, and lacks those that do not exist; to merge and
    to duplicate, those of the entries as well. `new_id` is the id that a new entry would get.
    """

    user_id: int
    timezone: str
    day_starts_at: int
    running: Entry | None = None
    named: Entry | None = None
    projects: Mapping[int, ProjectAccess] = field(default_factory=dict)
    new_id: int = 0
    several: Mapping[int, Entry] = field(default_factory=dict)


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

    `entry` is None after a discard or delete; `stopped` is what a start, or the answer `split`,
    stopped on its way. `several` are the entries of a command that is answered by many: the two
    parts of one that was split, or all that a command for many left there, changed or not.
    """

    changes: tuple[Change, ...]
    entry: Entry | None
    stopped: Entry | None = None
    already_stopped: bool = False
    several: tuple[Entry, ...] = ()


def target_of(state: UserTimers, entry_id: int | None) -> Entry:
    """The entry that a command is about: the named one, else the running one."""
    if entry_id is None:
        if state.running is None:
            raise TimerNotRunning
        return state.running
    if state.named is None or state.named.deleted_at is not None:
        raise NotFound("There is no such entry.")
    return state.named


def require_version(entry: Entry, version: int | None) -> None:
    """Refuse a command for another version than the present one [T6]."""
    if version is not None and version != entry.version:
        raise VersionConflict(current=entry)


def new_entry(
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


def closed_at(entry: Entry, at: datetime, *, by: EndedBy, claimed: bool) -> Entry:
    """`entry` ended at `at`: never before its own start [T3], never after 31 days [T8]."""
    ended_at = min(max(at, entry.started_at), entry.started_at + MAX_SPAN)
    return replace(
        entry,
        ended_at=ended_at,
        ended_by="limit" if ended_at < at else by,
        claimed=entry.claimed or claimed,
        version=entry.version + 1,
    )


def require_tracking(state: UserTimers, project_id: int | None) -> None:
    if project_id is None:
        return
    access = state.projects.get(project_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require_tracking()


def require_past(field: str, at: datetime, now: datetime) -> None:
    if at > now:
        raise Invalid.field(field, "lies in the future")


def require_span(field: str, from_at: datetime, to_at: datetime) -> None:
    if to_at - from_at > MAX_SPAN:
        raise Invalid.field(field, "an entry lasts at most 31 days")
