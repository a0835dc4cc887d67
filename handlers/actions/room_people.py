"""Coming and going, intentions, outcomes, chat and reactions: what everybody in a room does."""

from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.room_control import end_membership
from handlers.actions.room_core import Held, channel_of, hold, in_room, settle_due_in
from handlers.actions.services import Services
from handlers.actions.timeline import add_to_timeline
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, View, to_json
from handlers.messages.entries import Tracker
from handlers.messages.rooms import (
    RoomIntend,
    RoomIntended,
    RoomJoined,
    RoomLeave,
    RoomLeft,
    RoomOutcome,
    RoomReacted,
    RoomSaid,
    RoomSay,
    member_view,
    message_view,
    taken_text,
    timer_view,
)
from rooms.errors import ChatClosed, Forbidden, Invalid, NotFound, NotRunning, RoomFull
from rooms.reactions import is_emoji
from storage import attendance, earnings, room_members, room_talk, rooms
from storage.database import acquired
from storage.hints import Ephemeral
from storage.room_members import Outcome
from storage.room_talk import RoomMessage
from storage.users import read_user


class Joined(View, frozen=True, kw_only=True):
    """The room that somebody is in now, and when its phase ends."""

    room_id: int
    ends_at: str | None


async def join(services: Services, user: Principal, slug: str, instance: UUID) -> Joined:
    """Make somebody a member, who is there from now on by this instance.

    Raises NotFound, Forbidden for who was sent out, RoomFull, RoomClosed.
    """
    await settle_due_in(services, slug)

    async def locked(unit: Unit) -> Joined:
        held = await hold(services, unit, user, slug)
        if held.right.banned:
            raise Forbidden("You were sent out until the round has ended.")
        if not held.right.may_join:
            raise NotFound("There is no such room.")
        if not held.right.member:
            await _enter(held)
        rejoin = services.terms.rejoin
        await attendance.arrive(unit.connection, instance, held.id, user.user_id, rejoin)
        await earnings.ask(unit.connection, [user.user_id])
        return Joined(room_id=held.id, ends_at=timer_view(held.room).ends_at)

    sender = envelope(user.user_id, None, "room join", slug)
    return await run_command(services, sender, Joined, locked)


async def _enter(held: Held) -> None:
    """Become a member, behind the room's lock, so that no two take the last place [R7]."""
    unit, user_id = held.unit, held.user.user_id
    if held.row.member_count >= held.room.settings.capacity:
        raise RoomFull
    await room_members.add_member(unit.connection, held.id, user_id)
    member = await room_members.read_member(unit.connection, held.id, user_id, held.room.next_round)
    assert member is not None, "they were made one just now"
    joined = RoomJoined(member=member_view(member, held.row.host_id))
    unit.tell(channel_of(held.id), "room:joined", joined)
    data = {"room_id": held.id, "slug": held.row.slug, "name": held.row.name}
    await add_to_timeline(unit, user_id, "room_joined", data, held.row.project_id)


async def leave(services: Services, user: Principal, request: RoomLeave) -> Nothing:
    """Be a member no more, on all of one's devices; who is none is answered alike.

    A host who leaves is followed by whoever has been there longest [R5].
    """

    async def act(held: Held) -> Nothing:
        if not held.right.member:
            return Nothing()
        await end_membership(held, user.user_id)
        held.unit.tell(channel_of(held.id), "room:left", RoomLeft(user_id=user.user_id))
        if held.right.hosts:
            host_id = await attendance.successor(held.unit.connection, held.id, user.user_id)
            if host_id is not None:
                await held.give_host(host_id)
        return Nothing()

    name = f"leave {request.room}"
    return await in_room(
        services, user, request.room, request.command_id, name, request, Nothing, act
    )


async def intend(services: Services, user: Principal, request: RoomIntend) -> RoomIntended:
    """Say what one means to do in the round that is under way, or else the next."""

    async def act(held: Held) -> RoomIntended:
        held.require_membership()
        number = held.room.next_round
        said = await room_talk.intend(
            held.unit.connection, held.id, number, user.user_id, request.text.strip()
        )
        return await _tell_intention(held, number, said)

    name = f"intend {request.room}"
    return await in_room(
        services, user, request.room, request.command_id, name, request, RoomIntended, act
    )


async def report(services: Services, user: Principal, request: RoomOutcome) -> RoomIntended:
    """Say how it went in the round that is under way, or else the last."""

    async def act(held: Held) -> RoomIntended:
        held.require_membership()
        number = held.room.round
        if number == 0:
            raise NotRunning("There has been no round in this room yet.")
        said = await room_talk.report(
            held.unit.connection, held.id, number, user.user_id, request.outcome
        )
        return await _tell_intention(held, number, said)

    name = f"outcome {request.room}"
    return await in_room(
        services, user, request.room, request.command_id, name, request, RoomIntended, act
    )


async def _tell_intention(
    held: Held, number: int, said: tuple[str, Outcome | None]
) -> RoomIntended:
    told = RoomIntended(
        user=await _speaker(held), intention=said[0] or None, outcome=said[1], round=number
    )
    held.unit.tell(channel_of(held.id), "room:intended", told)
    return told


async def say(services: Services, user: Principal, request: RoomSay) -> RoomSaid:
    """Say something while the chat is open [R2]. Raises ChatClosed."""
    text = taken_text("text", request.text)

    async def act(held: Held) -> RoomSaid:
        held.require_membership()
        if not held.room.chat_is_open:
            raise ChatClosed
        speaker = await _speaker(held)
        message_id, at = await room_talk.say(held.unit.connection, held.id, user.user_id, text)
        message = RoomMessage(message_id, speaker.id, speaker.username, text, at)
        said = RoomSaid(message=message_view(message))
        held.unit.tell(channel_of(held.id), "room:message", said)
        return said

    name = f"say {request.room}"
    return await in_room(
        services, user, request.room, request.command_id, name, request, RoomSaid, act
    )


async def _speaker(held: Held) -> Tracker:
    account = await read_user(held.unit.connection, held.user.user_id)
    return Tracker(id=held.user.user_id, username=account.username if account else "")


def react(services: Services, speaker: Tracker, room_id: int, emoji: str) -> Nothing:
    """Show a reaction to everybody who is in the room now. Raises Invalid for what is no emoji.

    The caller knows that the speaker is in the room.
    """
    if not is_emoji(emoji):
        raise Invalid.field("emoji", "must be one emoji")
    data = to_json(RoomReacted(user=speaker, emoji=emoji))
    now = services.clock.now()
    services.whisper(Ephemeral(channel_of(room_id), now, "room:reacted", data))
    return Nothing()


async def require_member(services: Services, user: Principal, slug: str) -> int:
    """The id of a room that somebody is a member of. Raises NotFound, Forbidden."""
    async with acquired(services.db) as connection:
        found = await rooms.find_room(connection, slug, services.terms.room_idle)
        right = found and await rooms.read_right(connection, found[0], user.user_id)
    if not right or right.closed or not (right.may_join or right.banned):
        raise NotFound("There is no such room.")
    if not right.member:
        raise Forbidden("Join the room first.")
    return right.room_id
