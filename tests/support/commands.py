"""Committers on a database of their own, users to command them, and a second connection to it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from handlers.actions.committer import Committer
from handlers.actions.timers import TimerCommand, decide_batch
from rooms.timer import Command
from storage.channels import ChannelEvent, keep_partitions
from storage.database import Pool, connect_pool

_numbers = itertools.count(1)


@dataclass
class Desk:
    """One instance's committer, with its pool; `announced` is what it has announced."""

    pool: Pool
    committer: Committer
    announced: list[ChannelEvent] = field(default_factory=list)

    async def send(self, user_id: int, command: Any, command_id: UUID | None = None) -> Any:
        """The decoded result of a command. Raises its refusal."""
        sent = TimerCommand(user_id, command_id or uuid4(), command)
        return msgspec.json.decode(await self.committer.submit(sent))

    async def send_all(self, commands: Sequence[tuple[int, Command]]) -> list[Any]:
        """The results or refusals of commands that come at the same moment."""
        return await asyncio.gather(
            *(self.send(user_id, command) for user_id, command in commands),
            return_exceptions=True,
        )


class World:
    """A database, the desks that work on it, and what is in it."""

    def __init__(self, url: str, sql: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.url = url
        self.sql = sql
        self._desks: list[Desk] = []

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str) -> AsyncIterator["World"]:
        sql = await asyncpg.connect(url)
        world = cls(url, sql)
        try:
            yield world
        finally:
            for desk in world._desks:
                await desk.committer.close()
                desk.pool.terminate()
            await sql.close()

    async def desk(self, url: str | None = None, **options: Any) -> Desk:
        """A committer with a pool of its own, as another instance would have."""
        pool = await connect_pool(url or self.url, min_size=1, max_size=6)
        await keep_partitions(pool)
        announced: list[ChannelEvent] = []
        desk = Desk(pool, Committer(pool, decide_batch, announced.extend, **options), announced)
        desk.committer.start()
        self._desks.append(desk)
        return desk

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Another connection; close it."""
        return await asyncpg.connect(self.url)

    async def user(self, timezone: str = "UTC", day_starts_at: int = 0) -> int:
        name = f"user{next(_numbers)}"
        user_id: int = await self.sql.fetchval(
            "insert into users (email, username, timezone, day_starts_at)"
            " values ($1 || '@example.org', $1, $2, $3) returning id",
            name, timezone, day_starts_at,
        )  # fmt: skip
        return user_id

    async def users(self, count: int) -> list[int]:
        return [await self.user() for _ in range(count)]

    async def project(self, owner: int, *members: int) -> int:
        project_id: int = await self.sql.fetchval(
            "insert into projects (owner_id, name, color) values ($1, 'Atlas', '#336699')"
            " returning id",
            owner,
        )
        for member in (owner, *members):
            await self.sql.execute(
                "insert into project_members values ($1, $2, $3)",
                project_id, member, "owner" if member == owner else "contributor",
            )  # fmt: skip
        return project_id

    async def entries(self, user_id: int) -> list[asyncpg.Record]:
        """The user's entries, in the order they were made."""
        return await self.sql.fetch(
            "select * from time_entries where user_id = $1 order by id", user_id
        )

    async def events(self, channel: str) -> list[tuple[int, str]]:
        """(seq, type) of a channel's log."""
        rows = await self.sql.fetch(
            "select seq, type from channel_events where channel = $1 order by seq", channel
        )
        return [(row[0], row[1]) for row in rows]

    @asynccontextmanager
    async def holding(self, *user_ids: int) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """Another transaction that has these users' rows; it is committed at the end."""
        connection = await self.connect()
        try:
            async with connection.transaction():
                await connection.execute(
                    "select from users where id = any($1::bigint[]) order by id for no key update",
                    user_ids,
                )
                yield connection
        finally:
            await connection.close()

    async def until(self, condition: str, *arguments: Any) -> None:
        """Wait until a query answers true; only for what the database tells nobody."""
        async with asyncio.timeout(10):
            while not await self.sql.fetchval(condition, *arguments):
                await asyncio.sleep(0.005)

    async def until_waiting(self, *, sessions: int = 1) -> None:
        """Wait until that many sessions of this database wait for a lock."""
        await self.until(
            "select count(*) >= $1 from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'",
            sessions,
        )
