"""Reads share the pool with everything else, and each takes one connection of it."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from handlers.actions import accounts, entries, profile, projects
from handlers.actions.identity import Principal
from handlers.messages.entries import EntryFilter
from rooms.errors import NotFound, Unavailable
from server.instance import Instance
from storage.database import acquired, connect_pool
from tests.support.commands import World
from tests.support.wire import Wire


async def test_more_readers_than_connections_do_not_wait_for_each_other_for_ever(
    instance: Instance,
) -> None:
    """Whoever holds a connection while waiting for a second one would block all the others."""
    services, world = instance.services, World("", instance.db)  # type: ignore[arg-type]
    user = Principal(await world.user(), 1, "user", datetime.now(UTC))

    async def read_everything() -> None:
        await asyncio.gather(
            entries.list_entries(services, user, EntryFilter(from_="2026-01-01"), None),
            entries.read_current(services, user),
            entries.recent_tags(services, user),
            accounts.list_logins(services, user),
            profile.read_profile(services, user),
            projects.list_projects(services, user, archived=None, after_id=0, limit=50),
        )
        try:
            await entries.read_entry(services, user, 1)
        except NotFound:
            pass

    many = 3 * instance.db.get_max_size()
    ends = await asyncio.gather(*(read_everything() for _ in range(many)), return_exceptions=True)
    failed = [end for end in ends if end is not None]
    # A busy machine makes some of them wait too long; waiting for each other, all would.
    assert all(isinstance(end, Unavailable) for end in failed), failed
    assert len(failed) < many / 2


async def test_a_database_that_says_nothing_is_unavailable_in_time(database_url: str) -> None:
    """Cut off without a word in the middle of a transaction; the pool is whole afterwards."""
    async with Wire.to(database_url) as wire:
        pool = await connect_pool(wire.url, min_size=1, max_size=1)
        wire.freeze_at = b"select 7"

        async def ask() -> None:
            async with acquired(pool) as connection, connection.transaction():
                await connection.execute("select 7")

        began = time.monotonic()
        with pytest.raises(Unavailable):
            await ask()
        assert 1.8 < time.monotonic() - began < 2.5
        async with acquired(pool) as connection:
            assert await connection.fetchval("select 8") == 8
        await pool.close()
