"""The commands that reach somebody's timer and entries: plain data, one class each (T).

`rooms.timer.decide` says what each of them does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rooms.entry import EndedBy, Source


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


@dataclass(frozen=True, slots=True)
class SplitEntry:
    """Cut an entry in two at `at`, which lies inside it; one that runs goes on in the second."""

    entry_id: int
    at: datetime
    version: int | None = None


Gaps = Literal["refuse", "include"]


@dataclass(frozen=True, slots=True)
class MergeEntries:
    """Make one entry of several closed ones, from the first start to the last end.

    Time between them that none covers is refused, or becomes part of it.
    """

    ids: tuple[int, ...]
    project_id: int | None | Keep = KEEP
    description: str | Keep = KEEP
    tags: tuple[str, ...] | Keep = KEEP
    gaps: Gaps = "refuse"


@dataclass(frozen=True, slots=True)
class DuplicateEntry:
    """Record a closed entry like another one: at its instants, or at others.

    With `started_at` alone it is as long as the other one.
    """

    entry_id: int
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EditEntries:
    """The same edit of many entries, all or none; `add_tags` come after `remove_tags`."""

    ids: tuple[int, ...]
    project_id: int | None | Keep = KEEP
    description: str | Keep = KEEP
    tags: tuple[str, ...] | Keep = KEEP
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteEntries:
    """Delete many entries, all or none."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RestoreEntries:
    """Bring many deleted entries back, all or none."""

    ids: tuple[int, ...]


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
    | SplitEntry
    | MergeEntries
    | DuplicateEntry
    | EditEntries
    | DeleteEntries
    | RestoreEntries
)
