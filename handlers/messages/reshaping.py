"""Splitting, merging, duplicating entries, and the same deed for many of them."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import (
    Command,
    Description,
    Id,
    Instant,
    Message,
    Tags,
    View,
    taken_instant,
    taken_instant_or_none,
    taken_tags,
)
from handlers.messages.entries import EntryView
from rooms import timer
from rooms.errors import Invalid

MOST_ENTRIES = 200


class Split(Command, frozen=True, kw_only=True):
    """Cut an entry in two at an instant inside it."""

    at: Instant

    def to_command(self, entry_id: int, version: int | None) -> timer.SplitEntry:
        return timer.SplitEntry(entry_id, taken_instant("at", self.at), version)


class Parts(View, frozen=True, kw_only=True):
    """The two parts of an entry that was split: the first has its id."""

    entries: list[EntryView]


class Merge(Command, frozen=True, kw_only=True):
    """Make one entry of several closed ones. `project_id` is required where they differ in it; the
    description is else the first that is not empty, the tags are those of all. `gaps` says whether
    time that none of them covers becomes part of it (`include`).
    """

    ids: Annotated[list[Id], Meta(min_length=2, max_length=MOST_ENTRIES)]
    project_id: Id | None | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    gaps: timer.Gaps = "refuse"

    def to_command(self) -> timer.MergeEntries:
        return timer.MergeEntries(
            tuple(self.ids),
            project_id=timer.KEEP if self.project_id is UNSET else self.project_id,
            description=timer.KEEP if self.description is UNSET else self.description,
            tags=timer.KEEP if self.tags is UNSET else taken_tags(self.tags),
            gaps=self.gaps,
        )


class Merged(View, frozen=True, kw_only=True):
    """What became of several entries; the others are deleted, and can be restored."""

    entry: EntryView
    deleted_ids: list[Id]


class Duplicate(Command, frozen=True, kw_only=True):
    """Record an entry like another one: at its instants, or at others. With `started_at` alone it
    is as long as the other one. Of one that runs, `ended_at` must be said.
    """

    started_at: Instant | None = None
    ended_at: Instant | None = None

    def to_command(self, entry_id: int) -> timer.DuplicateEntry:
        return timer.DuplicateEntry(
            entry_id,
            taken_instant_or_none("started_at", self.started_at),
            taken_instant_or_none("ended_at", self.ended_at),
        )


class Duplicated(View, frozen=True, kw_only=True):
    entry_id: Id
    entry: EntryView


class BulkEdit(Message, frozen=True, kw_only=True):
    """What to change of each: `tags` in place of those it has, or some to add and to remove."""

    project_id: Id | None | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    add_tags: Tags = []
    remove_tags: Tags = []

    def to_command(self, ids: tuple[int, ...]) -> timer.EditEntries:
        added, removed = taken_tags(self.add_tags), taken_tags(self.remove_tags)
        if self.tags is not UNSET and (added or removed):
            raise Invalid.field("edit.tags", "excludes add_tags and remove_tags")
        return timer.EditEntries(
            ids,
            project_id=timer.KEEP if self.project_id is UNSET else self.project_id,
            description=timer.KEEP if self.description is UNSET else self.description,
            tags=timer.KEEP if self.tags is UNSET else taken_tags(self.tags),
            add_tags=added,
            remove_tags=removed,
        )


class Bulk(Command, frozen=True, kw_only=True):
    """One deed for many entries, for all or none: exactly one of `edit`, `delete`, `restore`."""

    ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_ENTRIES)]
    edit: BulkEdit | UnsetType = UNSET
    delete: bool = False
    restore: bool = False

    def to_command(self) -> timer.EditEntries | timer.DeleteEntries | timer.RestoreEntries:
        ids = tuple(self.ids)
        edit = None if self.edit is UNSET else self.edit
        if sum((edit is not None, self.delete, self.restore)) != 1:
            raise Invalid("Say one of edit, delete and restore.", errors=[
                (name, "exactly one of edit, delete and restore")
                for name in ("edit", "delete", "restore")
            ])  # fmt: skip
        if edit is not None:
            return edit.to_command(ids)
        return timer.DeleteEntries(ids) if self.delete else timer.RestoreEntries(ids)


class BulkDone(View, frozen=True, kw_only=True):
    """How many entries were changed, and those named that are there now, in the order of `ids`."""

    count: int
    entries: list[EntryView]
