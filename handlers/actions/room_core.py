"""What every use case of a room does: find it, lock it, make what is due, write, tell."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command, unit_of_work
from handlers.messages.rooms import Cause, MadeRole, RoomUpdated, RoomView, room_view
from rooms.errors import Forbidden, NotFound, RoomClosed, VersionConflict
from rooms.room import Decision, Room, catch_up
from storage import rooms
from storage.database import acquired
from storage.rooms import RoomRight, RoomRow

T = TypeVar("T")
ROOMS_AT_ONCE = 100


def channel_of(room_id: int) -> str:
    return f"room:{room_id}"


@dataclass(slots=True)
class Held:
    """A room whose row this transaction holds, as it is when everything due has been made.

    `due` is what was due and is not written yet; `save` writes it with what is decided.
    """

    unit: Unit
    user: Principal
    right: RoomRight
    row: RoomRow
    due: Decision

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def room(self) -> Room:
        return self.row.room

    def require_membership(self) -> None:
        """Pass for members. Raises NotFound for who may not know of the room, else Forbidden."""
        if not self.right.member:
            if not self.right.may_join and not self.right.banned:
                raise NotFound("There is no such room.")
            raise Forbidden("Join the room first.")

    def require_control(self) -> None:
        """Pass for the host and the co-hosts [R5]."""
        if not self.right.hosts:
            self.require_membership()
        if not self.right.controls:
            raise Forbidden("The host and the co-hosts control the room.")

    def require_version(self, version: int | None) -> None:
        """Raises VersionConflict, with the room, for another version than the present one [R3]."""
        if version is not None and version != self.room.version:
            raise VersionConflict("The room has changed meanwhile.", current=room_view(self.row))

    async def save(
        self,
        decision: Decision,
        cause: Cause,
        user_id: int | None = None,
        role: MadeRole | None = None,
    ) -> RoomView:
        """Write what was decided, tell it on the room's channel, and answer the room."""
        whole = self.due.then(decision)
        await rooms.write_decisions(self.unit.connection, [(self.id, whole)])
        self.row = replace(self.row, room=whole.room)
        self.due = Decision(whole.room)
        return tell_update(self.unit, self.row, cause, self.user.user_id, user_id, role)

    async def save_change(
        self, cause: Cause, user_id: int | None = None, role: MadeRole | None = None
    ) -> RoomView:
        """Raise the version for a change outside the timer, and tell it."""
        return await self.save(version_raised(self.room), cause, user_id, role)

    async def give_host(self, host_id: int) -> RoomView:
        """Make a member the host; who was it before is a co-host."""
        await rooms.write_host(self.unit.connection, self.id, host_id)
        self.row = replace(self.row, host_id=host_id)
        return await self.save_change("host_changed", host_id)


def version_raised(room: Room) -> Decision:
    """The room after a change outside the timer [R3]."""
    return Decision(replace(room, version=room.version + 1))


async def write_raised(unit: Unit, row: RoomRow, cause: Cause, user_id: int | None = None) -> None:
    """Raise the version of a room that is held, for a change by nobody, and tell it."""
    raised = version_raised(row.room)
    await rooms.write_decisions(unit.connection, [(row.id, raised)])
    tell_update(unit, replace(row, room=raised.room), cause, None, user_id)


def tell_update(
    unit: Unit,
    row: RoomRow,
    cause: Cause,
    by: int | None,
    user_id: int | None = None,
    role: MadeRole | None = None,
) -> RoomView:
    """Tell the whole small state on the room's channel."""
    view = room_view(row)
    event = RoomUpdated(room=view, cause=cause, by=by, user_id=user_id, role=role)
    unit.tell(channel_of(row.id), "room:updated", event)
    return view


async def in_room(
    services: Services,
    user: Principal,
    slug: str,
    command_id: UUID | None,
    name: str,
    request: object,
    answer_type: type[T],
    act: Callable[[Held], Awaitable[T]],
) -> T:
    """Run a command in a room, once per `command_id` [T5], behind the room's lock [R3].

    What is due is made before, in a transaction of its own: it stands even if the command is
    refused. Raises NotFound, RoomClosed, and what `act` raises.
    """
    await settle_due_in(services, slug)

    async def locked(unit: Unit) -> T:
        return await act(await hold(services, unit, user, slug))

    sender = envelope(user.user_id, command_id, f"room {name}", request)
    return await run_command(services, sender, answer_type, locked)


async def hold(services: Services, unit: Unit, user: Principal, slug: str) -> Held:
    """Lock the room and load it, with what is due made. Raises NotFound, RoomClosed."""
    terms = services.terms
    found = await rooms.find_room(unit.connection, slug, terms.room_idle)
    if found is None:
        raise NotFound("There is no such room.")
    room_id = found[0]
    await rooms.lock_room(unit.connection, room_id)
    row = await rooms.read_room(unit.connection, room_id)
    right = await rooms.read_right(unit.connection, room_id, user.user_id)
    assert row is not None, "rooms are never removed"
    assert right is not None, "rooms are never removed"
    if row.closed:
        raise RoomClosed
    due = await _due(services, unit, [row])
    return Held(unit, user, right, replace(row, room=due[0].room), due[0])


async def settle_due_in(services: Services, slug: str) -> None:
    """Make what is due in one room, and tell it, if anything is."""
    async with acquired(services.db) as connection:
        found = await rooms.find_room(connection, slug, services.terms.room_idle)
    if found is None:
        raise NotFound("There is no such room.")
    room_id, _closed, due = found
    if due:
        await settle_due_of(services, room_id)


async def settle_due_of(services: Services, room_id: int) -> bool:
    """Make what is due in one room, and tell it; answers whether anything was."""
    async with unit_of_work(services) as unit:
        await rooms.lock_room(unit.connection, room_id)
        return await _make_due(services, unit, [room_id])


async def settle_due(services: Services, limit: int = ROOMS_AT_ONCE) -> int:
    """Make the transitions that are due anywhere, and tell them; answers in how many rooms.

    Every instance does so: whoever holds the row makes it, the others find nothing left [R4].
    """
    async with unit_of_work(services) as unit:
        room_ids = await rooms.lock_due(unit.connection, services.terms.room_idle, limit)
        if room_ids:
            await _make_due(services, unit, room_ids)
    return len(room_ids)


async def _make_due(services: Services, unit: Unit, room_ids: list[int]) -> bool:
    rows = [r for r in await rooms.read_rooms(unit.connection, room_ids) if not r.closed]
    decisions = await _due(services, unit, rows)
    changed = [
        (row, decision)
        for row, decision in zip(rows, decisions, strict=True)
        if decision.room != row.room
    ]
    if not changed:
        return False
    await rooms.write_decisions(unit.connection, [(row.id, done) for row, done in changed])
    for row, done in changed:
        over = done.room.timer.phase is None
        tell_update(unit, replace(row, room=done.room), "stopped" if over else "phase_ended", None)
    return True


async def _due(services: Services, unit: Unit, rows: list[RoomRow]) -> list[Decision]:
    """What is due in these rooms, which are locked, at the instant of their reading."""
    terms = services.terms
    present = await rooms.read_presence_log(unit.connection, rows, terms.room_grace)
    return [catch_up(row.room, row.now, present[row.id], terms.room_idle) for row in rows]
