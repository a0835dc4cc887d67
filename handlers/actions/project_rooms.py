"""What becomes of a project's rooms when a member goes, or the project does [R7]."""

from dataclasses import replace

from handlers.actions.focus_rooms import close
from handlers.actions.room_core import channel_of, write_raised
from handlers.actions.unit import Unit
from handlers.messages.rooms import RoomLeft
from rooms.room import Decision
from storage import attendance, room_members, rooms


async def leave_rooms_of(unit: Unit, project_id: int, user_id: int) -> None:
    """Who leaves a project leaves the rooms that are for its members only."""
    for room_id in await rooms.lock_project_rooms_of(unit.connection, project_id, user_id):
        await room_members.remove_member(unit.connection, room_id, user_id)
        await attendance.depart(unit.connection, room_id, user_id)
        unit.tell(channel_of(room_id), "room:left", RoomLeft(user_id=user_id))


async def part_from(unit: Unit, project_id: int) -> None:
    """A project that goes closes the rooms for its members only; the others go on without it."""
    room_ids = await rooms.lock_rooms_of_project(unit.connection, project_id)
    for row in await rooms.read_rooms(unit.connection, room_ids):
        if row.visibility == "project":
            await close(unit, row, Decision(row.room), "project_deleted")
        else:
            parted = replace(row, project_id=None)
            await rooms.write_particulars(unit.connection, parted)
            await write_raised(unit, parted, "edited")
