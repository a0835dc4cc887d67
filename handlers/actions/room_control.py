"""The shared timer of a room, its settings and its roles: what host and co-hosts do."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.room_core import Held, channel_of, in_room
from handlers.actions.services import Services
from handlers.messages.rooms import (
    Cause,
    RoomAnswer,
    RoomConfigure,
    RoomKick,
    RoomLeft,
    RoomPromote,
    RoomTransfer,
    RoomView,
    SettingsEdit,
    room_view,
)
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.room import Command, Configure, decide
from storage import attendance, earnings, room_members, rooms
from storage.room_members import RoomMember


async def control(
    services: Services,
    user: Principal,
    slug: str,
    command: Command,
    cause: Cause,
    version: int | None,
    command_id: UUID | None,
) -> RoomAnswer:
    """Send the room's timer a command; host and co-hosts may [R5].

    Raises VersionConflict with the room as `current`, AlreadyRunning, NotRunning.
    """

    async def act(held: Held) -> RoomAnswer:
        held.require_control()
        held.require_version(version)
        decision = decide(held.room, command, held.row.now)
        if decision.began:
            await earnings.ask(held.unit.connection, [held.row.owner_id])
        return RoomAnswer(room=await held.save(decision, cause))

    request = (type(command).__name__, str(command), version)
    return await in_room(services, user, slug, command_id, slug, request, RoomAnswer, act)


async def configure(services: Services, user: Principal, request: RoomConfigure) -> RoomAnswer:
    """Change the settings, from the next phase on or at once [R6]."""

    async def act(held: Held) -> RoomAnswer:
        if not held.right.owns:
            held.require_control()
        held.require_version(request.version)
        return RoomAnswer(room=await change_settings(held, request.settings, request.apply))

    return await _act(services, user, request, act)


async def change_settings(held: Held, edit: SettingsEdit, apply: str) -> RoomView:
    """Write changed settings and what they make of the phase that is on."""
    settings = edit.over(held.room.settings)
    if settings.capacity < held.row.member_count:
        raise Invalid.field("settings.capacity", "more people than that are in the room")
    decision = decide(held.room, Configure(settings, apply == "now"), held.row.now)
    await rooms.write_settings(held.unit.connection, held.id, settings)
    return await held.save(decision, "configured")


async def transfer(services: Services, user: Principal, request: RoomTransfer) -> RoomAnswer:
    """Make another member the host. The owner may take it, or give it, at any time [R5]."""

    async def act(held: Held) -> RoomAnswer:
        held.require_membership()
        if not (held.right.hosts or held.right.owns):
            raise Forbidden("The host hands the room over, or its owner.")
        held.require_version(request.version)
        await _member(held, request.user_id)
        if request.user_id == held.row.host_id:
            return RoomAnswer(room=room_view(held.row))
        return RoomAnswer(room=await held.give_host(request.user_id))

    return await _act(services, user, request, act)


async def promote(services: Services, user: Principal, request: RoomPromote) -> RoomAnswer:
    """Make a member a co-host, or a co-host a member."""

    async def act(held: Held) -> RoomAnswer:
        held.require_membership()
        if not (held.right.hosts or held.right.owns):
            raise Forbidden("The host gives the roles, or the owner of the room.")
        held.require_version(request.version)
        member = await _member(held, request.user_id)
        if member.user_id == held.row.host_id:
            raise Conflict("The host has no other role. Hand the room over first.")
        if member.role == request.role:
            return RoomAnswer(room=room_view(held.row))
        await room_members.set_role(held.unit.connection, held.id, member.user_id, request.role)
        view = await held.save_change("role_changed", member.user_id, request.role)
        return RoomAnswer(room=view)

    return await _act(services, user, request, act)


async def kick(services: Services, user: Principal, request: RoomKick) -> RoomAnswer:
    """Send a member out, until the round has ended that runs or else the next [R7]."""

    async def act(held: Held) -> RoomAnswer:
        if not held.right.owns:
            held.require_control()
        held.require_version(request.version)
        if request.user_id == user.user_id:
            raise Invalid.field("user_id", "leave the room instead")
        member = await _member(held, request.user_id)
        if member.user_id == held.row.owner_id:
            raise Forbidden("The room is theirs.")
        if member.user_id == held.row.host_id and not held.right.owns:
            raise Forbidden("Only the owner of the room may remove the host.")
        return RoomAnswer(room=await _remove(held, member.user_id))

    return await _act(services, user, request, act)


async def _remove(held: Held, user_id: int) -> RoomView:
    connection = held.unit.connection
    await room_members.ban(connection, held.id, user_id, held.room.next_round)
    await end_membership(held, user_id)
    view = await held.save_change("kicked", user_id)
    held.unit.tell(channel_of(held.id), "room:left", RoomLeft(user_id=user_id))
    if user_id == held.row.host_id:
        view = await held.give_host(held.row.owner_id)
    return view


async def end_membership(held: Held, user_id: int) -> None:
    """Take a member out of the room's rows, wherever they are connected."""
    connection = held.unit.connection
    if await room_members.remove_member(connection, held.id, user_id):
        held.row = replace(held.row, member_count=held.row.member_count - 1)
    await attendance.depart(connection, held.id, user_id)


async def _member(held: Held, user_id: int) -> RoomMember:
    found = await room_members.read_member(
        held.unit.connection, held.id, user_id, held.room.next_round
    )
    if found is None:
        raise NotFound("There is no such member in the room.")
    return found


Request = RoomConfigure | RoomTransfer | RoomPromote | RoomKick


async def _act(
    services: Services,
    user: Principal,
    request: Request,
    act: Callable[[Held], Awaitable[RoomAnswer]],
) -> RoomAnswer:
    name = f"{type(request).__name__} {request.room}"
    return await in_room(
        services, user, request.room, request.command_id, name, request, RoomAnswer, act
    )
