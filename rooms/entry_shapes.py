"""Cutting an entry in two, making one of several, and recording another one like it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from rooms.entry import MAX_TAGS, Entry
from rooms.entry_edits import log
from rooms.errors import Invalid, NotFound, TimerRunning
from rooms.timer_commands import DuplicateEntry, Keep, LogEntry, MergeEntries, SplitEntry
from rooms.timer_decision import (
    Change,
    Decision,
    UserTimers,
    require_past,
    require_span,
    require_tracking,
    require_version,
    target_of,
)

_NONE = timedelta(0)


def split(state: UserTimers, command: SplitEntry, now: datetime) -> Decision:
    """Cut an entry at an instant inside it: the parts sum to the whole [D0].

    Nothing is claimed by that: what was measured is the same time as before. Their ends are no
    stops any more, so that a late stop does not shorten a part [T4].
    """
    entry = target_of(state, command.entry_id)
    require_version(entry, command.version)
    at, doubt = command.at, entry.doubtful_from
    require_past("at", at, now)
    if not entry.started_at < at < (entry.ended_at or now):
        raise Invalid.field("at", "must lie inside the entry")
    require_span("at", entry.started_at, at)
    first = replace(
        entry,
        ended_at=at,
        ended_by="edit",
        doubtful_from=doubt if doubt is not None and doubt < at else None,
        version=entry.version + 1,
    )
    second = replace(
        entry,
        id=state.new_id,
        started_at=at,
        ended_by=None if entry.running else "edit",
        doubtful_from=None if doubt is None else max(doubt, at),
        version=1,
    )
    changes = (
        Change("stopped" if entry.running else "edited", entry, first),
        Change("started" if entry.running else "created", None, second),
    )
    return Decision(changes, second, several=(first, second))


def merge(state: UserTimers, command: MergeEntries, now: datetime) -> Decision:
    """The earliest entry reaches to the last end, and the others are deleted.

    What overlaps counts once from then on. Time that none of them covered is claimed by whoever
    includes it, and so is what was not measured alike.
    """
    entries = _named(state, command.ids)
    first, *others = entries
    ended_at = max(_end(entry) for entry in entries)
    gap = _gap(entries)
    if gap and command.gaps == "refuse":
        raise Invalid.field("gaps", f"{gap.total_seconds():.3f} s between them are in none of them")
    if any(entry.room_id != first.room_id for entry in entries):
        raise Invalid.field("ids", "time of a room is merged only with time of the same room")
    require_span("ids", first.started_at, ended_at)
    doubts = [entry.doubtful_from for entry in entries if entry.doubtful_from is not None]
    merged = replace(
        first,
        project_id=_one_project(state, command, entries),
        description=_one_description(command, entries),
        tags=_all_tags(command, entries),
        ended_at=ended_at,
        ended_by="edit",
        claimed=bool(gap) or any(e.claimed or e.source != first.source for e in entries),
        doubtful_from=min(doubts, default=None),
        version=first.version + 1,
    )
    gone = [replace(entry, deleted_at=now, version=entry.version + 1) for entry in others]
    deleted = [Change("deleted", *pair) for pair in zip(others, gone, strict=True)]
    return Decision((Change("edited", first, merged), *deleted), merged, several=tuple(gone))


def duplicate(state: UserTimers, command: DuplicateEntry, now: datetime) -> Decision:
    """A new closed entry with the words, tags and project of another one."""
    entry = target_of(state, command.entry_id)
    started_at = command.started_at or entry.started_at
    ended_at = command.ended_at
    if ended_at is None:
        if entry.ended_at is None:
            raise Invalid.field("ended_at", "is required for an entry that runs")
        ended_at = started_at + (entry.ended_at - entry.started_at)
    copy = LogEntry(started_at, ended_at, entry.project_id, entry.description, entry.tags)
    return log(state, copy, now)


def _named(state: UserTimers, ids: Sequence[int]) -> list[Entry]:
    """The entries in the order of time. Raises NotFound with those that are not there."""
    found = {number: state.several.get(number) for number in ids}
    there = [entry for entry in found.values() if entry is not None and entry.deleted_at is None]
    if len(there) < len(found):
        known = {entry.id for entry in there}
        lost = [(place, number) for place, number in enumerate(ids) if number not in known]
        raise NotFound(
            "Not all of these entries are there.",
            errors=[(f"ids[{place}]", f"there is no entry {number}") for place, number in lost],
        )
    if len(there) < 2:
        raise Invalid.field("ids", "name at least two entries")
    running = next((entry for entry in there if entry.running), None)
    if running is not None:
        raise TimerRunning("Stop the timer first: what runs is not merged.", current=running)
    return sorted(there, key=lambda entry: (entry.started_at, entry.id))


def _gap(entries: Sequence[Entry]) -> timedelta:
    """How much of the time from the first start to the last end none of them covers."""
    gap, covered = _NONE, _end(entries[0])
    for entry in entries[1:]:
        gap += max(_NONE, entry.started_at - covered)
        covered = max(covered, _end(entry))
    return gap


def _one_project(state: UserTimers, command: MergeEntries, entries: Sequence[Entry]) -> int | None:
    there = {entry.project_id for entry in entries}
    if isinstance(command.project_id, Keep):
        if len(there) > 1:
            raise Invalid.field("project_id", "they are on different projects: say on which")
        return entries[0].project_id
    if there != {command.project_id}:
        require_tracking(state, command.project_id)
    return command.project_id


def _one_description(command: MergeEntries, entries: Sequence[Entry]) -> str:
    if not isinstance(command.description, Keep):
        return command.description
    return next((entry.description for entry in entries if entry.description), "")


def _all_tags(command: MergeEntries, entries: Sequence[Entry]) -> tuple[str, ...]:
    if not isinstance(command.tags, Keep):
        return command.tags
    tags = tuple(dict.fromkeys(tag for entry in entries for tag in entry.tags))
    if len(tags) > MAX_TAGS:
        raise Invalid.field("tags", f"together they have {len(tags)} tags: say which to keep")
    return tags


def _end(entry: Entry) -> datetime:
    assert entry.ended_at is not None
    return entry.ended_at
