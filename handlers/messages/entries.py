"""Time entries and timers: what clients send and what they see."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import (
    Command,
    Description,
    Id,
    Instant,
    InstantText,
    Message,
    Tags,
    Version,
    View,
    instant_text,
    instant_text_or_none,
    taken_instant,
    taken_instant_or_none,
    taken_tags,
)
from rooms import timer
from rooms.entry import Entry
from rooms.errors import Invalid
from storage.entries import NO_PROJECT


class EntryView(View, frozen=True, kw_only=True):
    """A time entry; it runs while `ended_at` is null. Only a deleted one has `deleted_at`."""

    id: Id
    user_id: Id
    project_id: Id | None
    room_id: Id | None
    description: str
    tags: list[str]
    started_at: InstantText
    ended_at: InstantText | None
    duration_seconds: int | None
    source: Literal["timer", "manual", "room", "import"]
    claimed: bool
    doubtful_from: InstantText | None
    timezone: str
    day_starts_at: int
    version: int
    deleted_at: InstantText | UnsetType = UNSET


def entry_view(entry: Entry, *, hidden: bool = False) -> EntryView:
    """What the entry's owner sees; with `hidden`, what others see who may not read it [V2]."""
    return EntryView(
        id=entry.id,
        user_id=entry.user_id,
        project_id=entry.project_id,
        room_id=entry.room_id,
        description="" if hidden else entry.description,
        tags=[] if hidden else list(entry.tags),
        started_at=instant_text(entry.started_at),
        ended_at=instant_text_or_none(entry.ended_at),
        duration_seconds=entry.duration_seconds,
        source=entry.source,
        claimed=entry.claimed,
        doubtful_from=instant_text_or_none(entry.doubtful_from),
        timezone=entry.timezone,
        day_starts_at=entry.day_starts_at,
        version=entry.version,
        deleted_at=UNSET if entry.deleted_at is None else instant_text(entry.deleted_at),
    )


def entry_view_or_none(entry: Entry | None) -> EntryView | None:
    return None if entry is None else entry_view(entry)


class TimerStart(Command, frozen=True, kw_only=True):
    """Start a timer; one that runs is stopped at the same instant."""

    project_id: Id | None = None
    description: Description = ""
    tags: Tags = []
    started_at: Instant | None = None

    def to_command(self) -> timer.StartTimer:
        return timer.StartTimer(
            project_id=self.project_id,
            description=self.description,
            tags=taken_tags(self.tags),
            started_at=taken_instant_or_none("started_at", self.started_at),
        )


class TimerStop(Command, frozen=True, kw_only=True):
    """Stop the running timer, or the named entry."""

    entry_id: Id | None = None
    ended_at: Instant | None = None

    def to_command(self) -> timer.StopTimer:
        return timer.StopTimer(self.entry_id, taken_instant_or_none("ended_at", self.ended_at))


class _EntryEdit(Command, frozen=True, kw_only=True):
    project_id: Id | None | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    started_at: Instant | UnsetType = UNSET

    def edit_of(
        self,
        entry_id: int | None,
        version: int | None,
        ended_at: datetime | None | timer.Keep = timer.KEEP,
    ) -> timer.UpdateEntry:
        keep = timer.KEEP
        return timer.UpdateEntry(
            entry_id=entry_id,
            version=version,
            project_id=keep if self.project_id is UNSET else self.project_id,
            description=keep if self.description is UNSET else self.description,
            tags=keep if self.tags is UNSET else taken_tags(self.tags),
            started_at=keep
            if self.started_at is UNSET
            else taken_instant("started_at", self.started_at),
            ended_at=ended_at,
        )


class TimerUpdate(_EntryEdit, frozen=True, kw_only=True):
    """Edit the running timer, or the named entry; fields left out stay as they are."""

    entry_id: Id | None = None
    version: Version | None = None

    def to_command(self) -> timer.UpdateEntry:
        return self.edit_of(self.entry_id, self.version)


class TimerDiscard(Command, frozen=True, kw_only=True):
    """Throw the running timer away; it can be restored for 30 days."""

    entry_id: Id | None = None

    def to_command(self) -> timer.DiscardTimer:
        return timer.DiscardTimer(self.entry_id)


class EntryEdit(_EntryEdit, frozen=True, kw_only=True):
    """Edit an entry; `ended_at: null` lets one run on that ended within the last 10 minutes."""

    ended_at: Instant | None | UnsetType = UNSET

    def to_command(self, entry_id: int, version: int | None) -> timer.UpdateEntry:
        if isinstance(self.ended_at, UnsetType):
            return self.edit_of(entry_id, version)
        return self.edit_of(entry_id, version, taken_instant_or_none("ended_at", self.ended_at))


class NewEntry(Command, frozen=True, kw_only=True):
    """Without `end_time` it starts the timer; with both instants it records a closed entry."""

    project_id: Id | None = None
    start_time: Instant | None = None
    end_time: Instant | None = None
    description: Description = ""
    tags: Tags = []
    source: Literal["timer", "manual"] | UnsetType = UNSET

    def to_command(self) -> timer.StartTimer | timer.LogEntry:
        started_at = taken_instant_or_none("start_time", self.start_time)
        ended_at = taken_instant_or_none("end_time", self.end_time)
        tags = taken_tags(self.tags)
        if ended_at is None:
            source = "timer" if self.source is UNSET else self.source
            return timer.StartTimer(self.project_id, self.description, tags, started_at, source)
        if started_at is None:
            raise Invalid.field("start_time", "is required beside end_time")
        source = "manual" if self.source is UNSET else self.source
        return timer.LogEntry(started_at, ended_at, self.project_id, self.description, tags, source)


class EntryEnd(Command, frozen=True, kw_only=True):
    """Stop the entry, now or at `end_time` in the past."""

    end_time: Instant | None = None

    def to_command(self, entry_id: int) -> timer.StopTimer:
        return timer.StopTimer(entry_id, taken_instant_or_none("end_time", self.end_time))


class Resolve(Command, frozen=True, kw_only=True):
    """Answer for an entry in doubt [T7]: it is right (`keep`), it was nothing (`discard`), it ended
    (`stop`), or it ended and goes on now in a new entry (`split`). It ended at `at`, or else where
    the doubt begins.
    """

    action: timer.Answer
    at: Instant | None = None

    def to_command(self, entry_id: int) -> timer.ResolveTimer:
        at = taken_instant_or_none("at", self.at)
        return timer.ResolveTimer(entry_id, self.action, at)


class Started(View, frozen=True, kw_only=True):
    """A timer that was started, and the entry that it stopped on its way."""

    entry_id: Id
    entry: EntryView
    stopped: EntryView | None


class Stopped(View, frozen=True, kw_only=True):
    """An entry that has ended, perhaps long before."""

    entry_id: Id
    entry: EntryView
    duration_seconds: int
    already_stopped: bool


class Updated(View, frozen=True, kw_only=True):
    entry: EntryView


class Resolved(View, frozen=True, kw_only=True):
    """The entry as it is after the answer, null if it was discarded; and what `split` started."""

    entry: EntryView | None
    started: EntryView | None


class Current(View, frozen=True, kw_only=True):
    """The running entry, and the server's clock to measure one's own against."""

    entry: EntryView | None
    server_time: InstantText


class Tracker(View, frozen=True, kw_only=True):
    """Whose timer it is."""

    id: Id
    username: str


class TimerEvent(View, frozen=True, kw_only=True):
    """timer:started, timer:stopped, timer:updated: the entry as it is now."""

    entry: EntryView
    user: Tracker


class EntryRef(View, frozen=True, kw_only=True):
    id: Id


class TimerGone(View, frozen=True, kw_only=True):
    """timer:discarded: the entry is gone, from here or altogether."""

    entry: EntryRef
    user: Tracker


class EntryEvent(View, frozen=True, kw_only=True):
    """entry:created, entry:updated, entry:deleted: closed entries."""

    entry: EntryView


class Conditions(Message, frozen=True, kw_only=True):
    """What entries can be chosen by, alike in their list, in reports and in exports; by
    `project_id=none` those without a project."""

    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    project_id: Id | Literal["none"] | None = None
    tag: str | None = None
    q: Annotated[str, Meta(max_length=200)] | None = None
    source: Literal["timer", "manual", "room", "import"] | None = None

    @property
    def project(self) -> int | None:
        """The project asked for, as `Filter` has it."""
        return NO_PROJECT if self.project_id == "none" else self.project_id


class EntryFilter(Conditions, frozen=True, kw_only=True):
    """Which entries: those that overlap [from, to), newest first.

    `from` and `to` are dates (both inclusive) or instants. With `deleted` it is those that were
    deleted, and can still be restored.
    """

    deleted: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None
