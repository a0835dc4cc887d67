"""[T6]: what was deleted is removed for good when nobody can restore it any more."""

from datetime import UTC, datetime, timedelta

from rooms.timer import RESTORE_WITHIN, DeleteEntry, LogEntry, RestoreEntry
from storage.entries import remove_deleted
from tests.support.commands import Desk, World

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def deleted(world: World, desk: Desk, user: int, ago: timedelta) -> int:
    """An entry that was deleted so long ago."""
    entry_id: int = (await desk.send(user, LogEntry(AT, AT + HOUR)))["entry_id"]
    await desk.send(user, DeleteEntry(entry_id))
    await world.sql.execute(
        "update time_entries set deleted_at = now() - $3::interval where user_id = $1 and id = $2",
        user, entry_id, ago,
    )  # fmt: skip
    return entry_id


async def test_what_was_deleted_long_ago_is_removed(world: World, desk: Desk) -> None:
    """What may still be restored stays, and so does what was never deleted."""
    user = await world.user()
    kept = (await desk.send(user, LogEntry(AT, AT + HOUR)))["entry_id"]
    for _ in range(3):
        await deleted(world, desk, user, RESTORE_WITHIN + HOUR)
    young = await deleted(world, desk, user, RESTORE_WITHIN - HOUR)
    before = datetime.now(UTC) - RESTORE_WITHIN
    assert [await remove_deleted(desk.pool, before, 2) for _ in range(3)] == [2, 1, 0]
    assert [row["id"] for row in await world.entries(user)] == [kept, young]
    assert (await desk.send(user, RestoreEntry(young)))["entry"]["id"] == young


async def test_nobody_is_waited_for(world: World, desk: Desk) -> None:
    """What belongs to a user whom somebody else holds is removed the next time."""
    held, free = await world.users(2)
    for user in (held, free):
        await deleted(world, desk, user, 2 * RESTORE_WITHIN)
    before = datetime.now(UTC) - RESTORE_WITHIN
    async with world.holding(held):
        assert await remove_deleted(desk.pool, before) == 1
        assert (len(await world.entries(held)), await world.entries(free)) == (1, [])
    assert await remove_deleted(desk.pool, before) == 1
