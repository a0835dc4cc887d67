"""Timer commands, decided many at a time.

The batch locks its users, looks what there is, lets `rooms.timer.decide` judge each command, and
writes everything in one statement. There is no second, slower way to start a timer. What makes
it safe is told in docs/ARCHITECTURE.md, "Group commit".
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import msgspec

from handlers.actions.telling import Telling
from handlers.messages.common import Nothing, to_json
from handlers.messages.entries import Resolved, Started, Stopped, Updated, entry_view
from handlers.messages.reshaping import BulkDone, Duplicated, Merged, Parts
from rooms import timer
from rooms.access import ProjectAccess, Role
from rooms.entry import Entry
from rooms.errors import CommandIdReused, DomainError, Unauthenticated
from storage.channels import ChannelEvent
from storage.database import Connection
from storage.timers import (
    Asked,
    BatchWrite,
    Loaded,
    LockedUser,
    load_asked,
    lock_users,
    write_batch,
)

_NOTHING = to_json(Nothing())
# KEEP is encoded as what no field can be, so that it differs from the text "KEEP".
_HASHED = msgspec.json.Encoder(enc_hook=lambda _keep: {})
_MAKERS = timer.StartTimer | timer.LogEntry | timer.SplitEntry | timer.DuplicateEntry
# What `entry:bulk` gives as the reason, where a command may change many entries.
_REASONS: dict[type[timer.Command], str] = {
    timer.EditEntries: "edited",
    timer.DeleteEntries: "deleted",
    timer.RestoreEntries: "restored",
    timer.MergeEntries: "merged",
}


@dataclass(frozen=True, slots=True)
class TimerCommand:
    """A command on its way: whose, under which id, and what."""

    user_id: int
    command_id: UUID
    command: timer.Command

    @property
    def fingerprint(self) -> bytes:
        """Tells a repeated command from another one that reuses its id [T5]."""
        kind = type(self.command).__name__.encode()
        return hashlib.blake2b(kind + _HASHED.encode(self.command), digest_size=16).digest()


# The answer as JSON text, the refusal of one command, or None: somebody else holds the user, and
# nothing was decided.
Outcome = str | DomainError | None


async def decide_batch(
    connection: Connection, commands: Sequence[TimerCommand]
) -> tuple[list[Outcome], list[ChannelEvent]]:
    """Decide and write these commands (one a user) in the caller's transaction.

    Waits for no user. Answers an outcome per command in their order, and the events to announce
    after the commit.
    """
    if not commands:
        return [], []
    users, held = await lock_users(connection, [c.user_id for c in commands])
    asked = [_asked(command) for command in commands if command.user_id in users]
    loaded = iter(await load_asked(connection, asked) if asked else ())
    batch = BatchWrite()
    outcomes: list[Outcome] = []
    for command in commands:
        user = users.get(command.user_id)
        if user is not None:
            outcomes.append(_outcome_of(batch, command, next(loaded), user))
        else:
            outcomes.append(None if command.user_id in held else _gone())
    if not batch.results:
        return outcomes, []
    return outcomes, await write_batch(connection, batch)


def _gone() -> Unauthenticated:
    return Unauthenticated("This account is gone.")


def _outcome_of(
    batch: BatchWrite, command: TimerCommand, found: Loaded, user: LockedUser
) -> str | DomainError:
    try:
        return _decide_one(batch, command, found, user)
    except DomainError as refusal:
        if isinstance(refusal.current, Entry):
            refusal.current = entry_view(refusal.current)
        return refusal


def _asked(command: TimerCommand) -> Asked:
    project_id = getattr(command.command, "project_id", None)
    return Asked(
        user_id=command.user_id,
        command_id=command.command_id,
        entry_id=getattr(command.command, "entry_id", None),
        project_id=project_id if isinstance(project_id, int) else None,
        needs_id=_makes_an_entry(command.command),
        several=_many_of(command.command),
    )


def _many_of(command: timer.Command) -> tuple[int, ...]:
    """The entries that must be loaded together with the access to their projects."""
    if isinstance(command, timer.DuplicateEntry):
        return (command.entry_id,)
    return tuple(dict.fromkeys(getattr(command, "ids", ())))


def _makes_an_entry(command: timer.Command) -> bool:
    if isinstance(command, timer.ResolveTimer):
        return command.action == "split"
    return isinstance(command, _MAKERS)


def _decide_one(batch: BatchWrite, command: TimerCommand, found: Loaded, user: LockedUser) -> str:
    """Judge one command and add what it writes to the batch; answers its result as JSON."""
    fingerprint = command.fingerprint
    if found.earlier is not None:
        if found.earlier[0] != fingerprint:
            raise CommandIdReused
        return found.earlier[1]
    decision = timer.decide(_state_of(user, command, found), command.command, found.now)
    told = Telling(user)
    tagged = len(batch.tags)
    for change in decision.changes:
        (batch.created if change.before is None else batch.changed).append(change.after)
        _note_effects(batch, change)
    if len(decision.changes) > 1:
        # Each tag once, since one upsert cannot touch a row twice.
        batch.tags[tagged:] = dict.fromkeys(batch.tags[tagged:])
    reason = _REASONS.get(type(command.command), "")
    batch.events.extend(told.events_of_all(decision.changes, reason))
    result = _result_of(command.command, decision, told)
    batch.results.append((command.user_id, command.command_id, fingerprint, result))
    return result


def _state_of(user: LockedUser, command: TimerCommand, found: Loaded) -> timer.UserTimers:
    access = dict(found.access)
    if found.project is not None:
        access[cast(Any, command.command).project_id] = found.project
    return timer.UserTimers(
        user_id=user.id,
        timezone=user.timezone,
        day_starts_at=user.day_starts_at,
        running=found.running,
        named=found.named if found.named is not None else _named_running(command, found),
        projects={
            project_id: ProjectAccess(project_id, public, archived, cast(Role | None, role))
            for project_id, (public, archived, role) in access.items()
        },
        new_id=found.new_id or 0,
        several=found.several,
    )


def _named_running(command: TimerCommand, found: Loaded) -> Entry | None:
    entry_id = getattr(command.command, "entry_id", None)
    return found.running if found.running and found.running.id == entry_id else None


def _result_of(command: timer.Command, decision: timer.Decision, told: Telling) -> str:
    several = [told.view_of(one) for one in decision.several]
    match command:
        case timer.ResolveTimer():
            return to_json(_resolved(decision, told))
        case timer.SplitEntry():
            return to_json(Parts(entries=several))
        case timer.EditEntries() | timer.DeleteEntries() | timer.RestoreEntries():
            return to_json(BulkDone(count=len(decision.changes), entries=several))
    if decision.entry is None:
        return _NOTHING
    return _result_of_one(command, decision.entry, decision, told)


def _result_of_one(
    command: timer.Command, entry: Entry, decision: timer.Decision, told: Telling
) -> str:
    view = told.view_of(entry)
    match command:
        case timer.StartTimer() | timer.LogEntry():
            stopped = None if decision.stopped is None else told.view_of(decision.stopped)
            return to_json(Started(entry_id=entry.id, entry=view, stopped=stopped))
        case timer.StopTimer():
            return to_json(
                Stopped(
                    entry_id=entry.id,
                    entry=view,
                    duration_seconds=entry.duration_seconds or 0,
                    already_stopped=decision.already_stopped,
                )
            )
        case timer.MergeEntries():
            gone = [one.id for one in decision.several]
            return to_json(Merged(entry=view, deleted_ids=gone))
        case timer.DuplicateEntry():
            return to_json(Duplicated(entry_id=entry.id, entry=view))
        case _:
            return to_json(Updated(entry=view))


def _resolved(decision: timer.Decision, told: Telling) -> Resolved:
    entry, goes_on = decision.entry, None
    if decision.stopped is not None:
        entry, goes_on = decision.stopped, decision.entry
    return Resolved(
        entry=None if entry is None else told.view_of(entry),
        started=None if goes_on is None else told.view_of(goes_on),
    )


def _note_effects(batch: BatchWrite, change: timer.Change) -> None:
    """The marks, timeline items and tags that go with a change."""
    entry = change.after
    days = [
        day
        for state in (change.before, change.after)
        if state is not None and state.ended_at is not None
        for day in (
            state.day_rule.day_of(state.started_at),
            state.day_rule.day_of(state.ended_at),
        )
    ]
    if days:
        _mark(batch, entry.user_id, min(days), max(days))
    if change.kind in ("started", "stopped"):
        data: dict[str, Any] = {"entry_id": entry.id, "project_id": entry.project_id}
        if change.kind == "stopped":
            data["duration_seconds"] = entry.duration_seconds
        at = entry.started_at if entry.ended_at is None else entry.ended_at
        batch.timeline.append(
            (entry.user_id, f"timer_{change.kind}", to_json(data), entry.project_id, at)
        )
    known = change.before.tags if change.before is not None else ()
    batch.tags.extend((entry.user_id, tag) for tag in entry.tags if tag not in known)


def _mark(batch: BatchWrite, user_id: int, from_on: Any, to_on: Any) -> None:
    """Mark a user's days; a user is marked once a batch, since one statement upserts a row once."""
    if batch.marks and batch.marks[-1][0] == user_id:
        _, earlier_from, earlier_to = batch.marks.pop()
        from_on, to_on = min(from_on, earlier_from), max(to_on, earlier_to)
    batch.marks.append((user_id, from_on, to_on))
