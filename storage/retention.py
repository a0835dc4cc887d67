"""Letting go of what is old, some rows at a time: each call answers how many went."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from storage.database import LONG_PATIENCE_S, Pool, acquired
from storage.queries import load

SQL = load("retention")

Forget = Callable[[Pool, datetime, int], Awaitable[int]]


async def forget_timeline(pool: Pool, before: datetime, limit: int) -> int:
    return await _run(pool, SQL["timeline"], before, limit)


async def forget_notifications(pool: Pool, before: datetime, limit: int) -> int:
    return await _run(pool, SQL["notifications"], before, limit)


async def forget_room_messages(pool: Pool, before: datetime, limit: int) -> int:
    return await _run(pool, SQL["room_messages"], before, limit)


async def forget_presence(pool: Pool, before: datetime, limit: int) -> int:
    """Stays in rooms; of each room and member the first one stays."""
    return await _run(pool, SQL["presence"], before, limit)


async def forget_rounds(pool: Pool, before: datetime, limit: int) -> int:
    """Rounds, with their phases, intentions and what was credited for them, but for the first."""
    return await _run(pool, SQL["rounds"], before, limit)


async def forget_used_tokens(pool: Pool, before: datetime, limit: int) -> int:
    """Refresh tokens that were exchanged long ago."""
    return await _run(pool, SQL["used_tokens"], before, limit)


async def forget_invites(pool: Pool, before: datetime, limit: int) -> int:
    return await _run(pool, SQL["invites"], before, limit)


async def forget_admin_log(pool: Pool, before: datetime, limit: int) -> int:
    return await _run(pool, SQL["admin_log"], before, limit)


async def forget_bans(pool: Pool, limit: int) -> int:
    """Who was sent out of rooms for rounds that are over."""
    return await _run(pool, SQL["bans"], limit)


async def _run(pool: Pool, statement: str, *arguments: object) -> int:
    async with acquired(pool, patience_s=LONG_PATIENCE_S) as connection:
        done: str = await connection.execute(statement, *arguments)
    return int(done.split()[-1])
