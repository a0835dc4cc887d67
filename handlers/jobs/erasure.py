"""The job of a deleted account: its rows are removed, and its name wherever others were told it.

It works for some seconds, remembers where it stands, and has itself called again, so that accounts
of any size are done with; what crashes is found by `resume_erasures`. Doing it twice does nothing.
"""

import asyncio
import re
import time
from dataclasses import replace
from datetime import timedelta

import msgspec

from handlers.actions.deletion import ERASE
from handlers.actions.services import Services
from handlers.actions.unit import unit_of_work
from handlers.jobs.work import Work, read_payload
from storage import deletion
from storage.database import LONG_PATIENCE_S, Connection, acquired
from storage.deletion import Erasure

ROWS_AT_ONCE = 2000
CHANNELS_AT_ONCE = 200
USERS_AT_ONCE = 500
_WORKS_FOR_S = 20.0
_LOST_AFTER = timedelta(minutes=10)


class Gone(msgspec.Struct, frozen=True):
    """Whose account was deleted."""

    user_id: int


async def erase(work: Work, payload: bytes) -> None:
    """Remove what is left of a deleted account, or some of it."""
    services, user_id = work.services, read_payload(payload, Gone).user_id
    until = time.monotonic() + _WORKS_FOR_S
    async with acquired(services.db) as connection:
        erasure = await deletion.read_erasure(connection, user_id)
    while erasure is not None:
        erasure = await _step(services, erasure)
        if erasure is not None and time.monotonic() > until:
            async with unit_of_work(services) as unit:
                key = f"erase:{user_id}:{erasure.position}"
                unit.enqueue(ERASE, {"user_id": user_id}, key)
            return
        await asyncio.sleep(0)


async def resume_erasures(work: Work) -> None:
    """Have those jobs done that were lost, or failed too often."""
    for user_id in await deletion.erasures_left(work.services.db, _LOST_AFTER):
        async with unit_of_work(work.services) as unit:
            unit.enqueue(ERASE, {"user_id": user_id}, f"erase:{user_id}")


async def _step(services: Services, erasure: Erasure) -> Erasure | None:
    """A part of the work; where it then stands, None at its end."""
    match erasure.stage:
        case "rows":
            return await _remove_rows(services, erasure)
        case "channels":
            return await _hide_in_channels(services, erasure)
        case _:
            return await _rename_for_users(services, erasure)


async def _remove_rows(services: Services, erasure: Erasure) -> Erasure:
    """Some rows of the first table that has any; behind the user's lock, since somebody might
    still be counting what they had."""
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        await deletion.hold_deleted(unit.connection, erasure.user_id)
        for table in deletion.BY_JOB:
            if await deletion.erase_some(unit.connection, table, erasure.user_id, ROWS_AT_ONCE):
                return erasure
        await deletion.unmark(unit.connection, erasure.user_id)
        return await _keep(unit.connection, replace(erasure, stage="channels", position=""))


async def _hide_in_channels(services: Services, erasure: Erasure) -> Erasure:
    """What some channels would replay of them is served no more, and deleted."""
    pattern, before, after = _pattern(erasure), erasure.asked_at, erasure.position
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        await deletion.delete_own_events(unit.connection, erasure.user_id)
        up_to = await deletion.next_channels(unit.connection, after, CHANNELS_AT_ONCE)
        if up_to is None:
            return await _keep(unit.connection, replace(erasure, stage="users", position="0"))
        for channel in await deletion.channels_naming(
            unit.connection, after, up_to, pattern, before
        ):
            unit.hide_past(channel)
    # Now that the floors are raised, nobody is served what goes.
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        await deletion.delete_hidden(unit.connection, after, up_to, pattern, before)
        return await _keep(unit.connection, replace(erasure, position=up_to))


async def _rename_for_users(services: Services, erasure: Erasure) -> Erasure | None:
    """In what some users were told and answered, the name becomes that of nobody."""
    after, replacement = int(erasure.position), rf'\1\2"deleted-{erasure.user_id}"'
    async with unit_of_work(services, patience_s=LONG_PATIENCE_S) as unit:
        up_to = await deletion.next_users(unit.connection, after, USERS_AT_ONCE)
        if up_to is None:
            await deletion.end_erasure(unit.connection, erasure.user_id)
            return None
        await deletion.rename(
            unit.connection, after, up_to, _pattern(erasure), replacement, erasure.asked_at
        )
        return await _keep(unit.connection, replace(erasure, position=str(up_to)))


async def _keep(connection: Connection, erasure: Erasure) -> Erasure:
    await deletion.keep_erasure(connection, erasure)
    return erasure


def _pattern(erasure: Erasure) -> str:
    """How messages name them: beside their id by any name they had, or by the last one alone."""
    by_id = (
        rf'("(?:id|user_id)":{erasure.user_id},"username":)(?!"deleted-{erasure.user_id}")"[^"]*"'
    )
    return rf'{by_id}|("(?:username|by)":)"{re.escape(erasure.username)}"'
