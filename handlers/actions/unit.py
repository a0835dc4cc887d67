"""A unit of work: one transaction, its events numbered last, announced after the commit."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from handlers.actions.services import Services
from handlers.messages.common import Command, View, to_json
from rooms.errors import CommandIdReused, Unauthenticated, Unavailable
from storage.channels import ChannelEvent, Draft, append
from storage.constraints import refusal_of
from storage.database import PATIENCE_S, RUN_AGAIN, Connection, acquired
from storage.jobs import NewJob, put
from storage.users import keep_result, lock_users, read_result

T = TypeVar("T")
Lock = Callable[[Connection, Sequence[int]], Awaitable[set[int]]]


@dataclass(slots=True)
class Unit:
    """The transaction of one use case, and the events and jobs that it leaves behind; `numbered`
    are the events that stand in the log already."""

    connection: Connection
    drafts: list[Draft] = field(default_factory=list)
    numbered: list[ChannelEvent] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    jobs: list[NewJob] = field(default_factory=list)

    def tell(self, channel: str, event: str, data: View) -> None:
        """Write an event to a channel, numbered when everything else is written."""
        self.drafts.append(Draft(channel, event, to_json(data)))

    def enqueue(self, kind: str, payload: Any, key: str, delay: timedelta = timedelta(0)) -> None:
        """Have a job done after the commit, at least once; not at all without the commit.

        Of those with the same key one waits or runs at a time; what it does must bear being done
        twice.
        """
        self.jobs.append(NewJob(kind, msgspec.json.encode(payload), key, delay))

    def hide_past(self, channel: str) -> None:
        """Never serve again what was said on the channel so far."""
        self.hidden.add(channel)


@asynccontextmanager
async def unit_of_work(
    services: Services, *, patience_s: float = PATIENCE_S
) -> AsyncIterator[Unit]:
    """One transaction. Locks are taken in the order of docs/ARCHITECTURE.md: users by id,
    projects, and the channels' heads last of all, which this does.

    Raises the domain's error for a constraint that refused, and Unavailable without a database.
    """
    try:
        async with acquired(services.db, patience_s=patience_s) as connection:
            async with connection.transaction():
                unit = Unit(connection)
                yield unit
                await put(connection, unit.jobs)
                events = unit.numbered + await append(connection, unit.drafts, unit.hidden)
    except RUN_AGAIN as error:
        raise Unavailable(retry_after_s=1) from error
    except asyncpg.IntegrityConstraintViolationError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    if events:
        services.announce(events)
    if unit.jobs:
        services.wake_jobs()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends a command, under which id, and what tells it from another one."""

    user_id: int
    command_id: UUID | None
    fingerprint: bytes


def envelope(user_id: int, command_id: UUID | None, name: str, *arguments: Any) -> Envelope:
    """The envelope of a command with this name and these arguments."""
    # The id itself may travel in the body or in a header; the command is the same.
    plain = [
        msgspec.structs.replace(a, command_id=None) if isinstance(a, Command) else a
        for a in arguments
    ]
    told = msgspec.json.encode([name, *plain])
    return Envelope(user_id, command_id, hashlib.blake2b(told, digest_size=16).digest())


async def run_command(
    services: Services,
    sender: Envelope,
    answer_type: type[T],
    act: Callable[[Unit], Awaitable[T]],
    *,
    also_lock: Sequence[int] = (),
    lock: Lock = lock_users,
    patience_s: float = PATIENCE_S,
) -> T:
    """Run a command once per `command_id` [T5]; answers what it answered the first time.

    The sender's row is locked first, with those of `also_lock`, so that of two at once, on
    whatever instances, the second finds the first's answer. `lock` is how: suspended users are
    left out, unless it is another one. `patience_s` is longer for what may be much.
    """
    async with unit_of_work(services, patience_s=patience_s) as unit:
        there = await lock(unit.connection, [sender.user_id, *also_lock])
        if sender.user_id not in there:
            raise Unauthenticated("This account is gone.")
        if sender.command_id is not None:
            earlier = await read_result(unit.connection, sender.user_id, sender.command_id)
            if earlier is not None:
                if earlier[0] != sender.fingerprint:
                    raise CommandIdReused
                return msgspec.json.decode(earlier[1], type=answer_type)
        answer = await act(unit)
        services.history.wrote(sender.user_id)
        if sender.command_id is not None:
            await keep_result(
                unit.connection,
                sender.user_id,
                sender.command_id,
                sender.fingerprint,
                to_json(answer),
            )
        return answer
