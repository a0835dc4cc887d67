"""The same deed for many entries: for all of them, or for none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from rooms.entry import MAX_TAGS, Entry
from rooms.entry_edits import delete, restore, update
from rooms.errors import DomainError, Invalid, NotFound
from rooms.timer_commands import (
    DeleteEntries,
    DeleteEntry,
    EditEntries,
    Keep,
    RestoreEntries,
    RestoreEntry,
    UpdateEntry,
)
from rooms.timer_decision import Change, Decision, UserTimers


def edit_many(state: UserTimers, command: EditEntries, now: datetime) -> Decision:
    """Edit each entry, open or closed [T6]."""

    def edit(one: UserTimers, entry: Entry) -> Decision:
        edited = UpdateEntry(
            entry.id,
            project_id=command.project_id,
            description=command.description,
            tags=_tags(entry, command),
        )
        return update(one, edited, now)

    return _each(state, command.ids, edit)


def delete_many(state: UserTimers, command: DeleteEntries, now: datetime) -> Decision:
    """Delete each entry; what runs is discarded."""
    return _each(state, command.ids, lambda one, entry: delete(one, DeleteEntry(entry.id), now))


def restore_many(state: UserTimers, command: RestoreEntries, now: datetime) -> Decision:
    """Bring each entry back; those that are there stay as they are."""
    return _each(state, command.ids, lambda one, entry: restore(one, RestoreEntry(entry.id), now))


def _each(
    state: UserTimers, ids: Sequence[int], deed: Callable[[UserTimers, Entry], Decision]
) -> Decision:
    """The changes of all; raises the first refusal, with the ids of all that were refused."""
    changes: list[Change] = []
    left: list[Entry] = []
    refused: list[tuple[int, DomainError]] = []
    for number in dict.fromkeys(ids):
        try:
            entry = state.several.get(number)
            if entry is None:
                raise NotFound("There is no such entry.")
            decision = deed(replace(state, named=entry), entry)
        except DomainError as refusal:
            refused.append((number, refusal))
            continue
        changes += decision.changes
        if decision.entry is not None:
            left.append(decision.entry)
    if refused:
        raise _refusal(ids, refused)
    return Decision(tuple(changes), None, several=tuple(left))


def _refusal(ids: Sequence[int], refused: Sequence[tuple[int, DomainError]]) -> DomainError:
    errors = [
        (f"ids[{ids.index(number)}]", f"entry {number}: {error.message}")
        for number, error in refused
    ]
    return type(refused[0][1])(
        f"Nothing was changed, because of {len(refused)} of the entries.", errors=errors
    )


def _tags(entry: Entry, command: EditEntries) -> tuple[str, ...] | Keep:
    if not isinstance(command.tags, Keep) or not (command.add_tags or command.remove_tags):
        return command.tags
    stay = [tag for tag in entry.tags if tag not in command.remove_tags]
    tags = tuple(dict.fromkeys([*stay, *command.add_tags]))
    if len(tags) > MAX_TAGS:
        raise Invalid.field("tags", f"it would have {len(tags)} tags")
    return tags
