"""The events of focus rooms that clients send."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from handlers.actions import focus_rooms, room_control, room_people
from handlers.actions.subscriptions import Since
from handlers.messages import rooms as r
from handlers.messages.channels import Subscribed
from handlers.messages.common import Nothing
from handlers.messages.entries import Tracker
from handlers.socket.desk import Desk, EventType, event
from rooms.room import Begin, Command, End, Extend, Pause, Resume, Skip


async def _create(desk: Desk, message: r.RoomCreate) -> r.RoomMade:
    return await focus_rooms.make_room(
        desk.services, desk.client.principal, message, message.command_id
    )


async def _join(desk: Desk, message: r.RoomJoin) -> Subscribed:
    """Come in, then follow the channel, as `channel:subscribe` does."""
    since = Since(message.epoch, message.seq)
    attendance = desk.attendance
    async with attendance.coming_in(desk.client, message.room):
        joined = await room_people.join(
            desk.services, desk.client.principal, message.room, attendance.instance
        )
        attendance.enter(desk.client, joined.room_id, message.room)
    channel = f"room:{joined.room_id}"
    answer = await desk.hub.follow(desk.client, channel, since)
    desk.hub.presence.enter(desk.client, channel)
    desk.deadlines.expect(joined.room_id, joined.ends_at)
    desk.afterwards = lambda: desk.hub.release(desk.client, channel)
    return answer


async def _leave(desk: Desk, message: r.RoomLeave) -> Nothing:
    room_id = desk.attendance.is_in(desk.client, message.room)
    answer = await room_people.leave(desk.services, desk.client.principal, message)
    if room_id is not None:
        # The others of this user are told by the log; who asked for it has the ack.
        desk.attendance.leave(desk.client, room_id)
        desk.hub.leave(desk.client, f"room:{room_id}")
    return answer


def _control(make: Callable[[Any], Command], cause: r.Cause) -> Callable[[Desk, Any], Any]:
    def handle(desk: Desk, message: Any) -> Any:
        return room_control.control(
            desk.services,
            desk.client.principal,
            message.room,
            make(message),
            cause,
            message.version,
            message.command_id or uuid4(),
        )

    return handle


async def _configure(desk: Desk, message: r.RoomConfigure) -> r.RoomAnswer:
    return await room_control.configure(desk.services, desk.client.principal, message)


async def _transfer(desk: Desk, message: r.RoomTransfer) -> r.RoomAnswer:
    return await room_control.transfer(desk.services, desk.client.principal, message)


async def _kick(desk: Desk, message: r.RoomKick) -> r.RoomAnswer:
    return await room_control.kick(desk.services, desk.client.principal, message)


async def _promote(desk: Desk, message: r.RoomPromote) -> r.RoomAnswer:
    return await room_control.promote(desk.services, desk.client.principal, message)


async def _intend(desk: Desk, message: r.RoomIntend) -> r.RoomIntended:
    return await room_people.intend(desk.services, desk.client.principal, message)


async def _outcome(desk: Desk, message: r.RoomOutcome) -> r.RoomIntended:
    return await room_people.report(desk.services, desk.client.principal, message)


async def _say(desk: Desk, message: r.RoomSay) -> r.RoomSaid:
    return await room_people.say(desk.services, desk.client.principal, message)


def _react(desk: Desk, message: r.RoomReact) -> Any:
    """Who has joined on this connection needs no look into the database."""
    client = desk.client
    room_id = desk.attendance.is_in(client, message.room)
    if room_id is None:
        return _react_from_outside(desk, message)
    speaker = Tracker(id=client.user_id, username=client.username)
    return room_people.react(desk.services, speaker, room_id, message.emoji)


async def _react_from_outside(desk: Desk, message: r.RoomReact) -> Nothing:
    client = desk.client
    room_id = await room_people.require_member(desk.services, client.principal, message.room)
    speaker = Tracker(id=client.user_id, username=client.username)
    return room_people.react(desk.services, speaker, room_id, message.emoji)


ROOM_EVENTS: tuple[EventType, ...] = (
    event("room:create", r.RoomCreate, r.RoomMade, _create, cost=10),
    event("room:join", r.RoomJoin, Subscribed, _join, cost=4),
    event("room:leave", r.RoomLeave, Nothing, _leave, cost=4),
    event("room:start", r.RoomControl, r.RoomAnswer, _control(lambda m: Begin(), "started"), 4),
    event("room:pause", r.RoomControl, r.RoomAnswer, _control(lambda m: Pause(), "paused"), 4),
    event("room:resume", r.RoomControl, r.RoomAnswer, _control(lambda m: Resume(), "resumed"), 4),
    event("room:skip", r.RoomControl, r.RoomAnswer, _control(lambda m: Skip(), "skipped"), 4),
    event("room:stop", r.RoomControl, r.RoomAnswer, _control(lambda m: End(), "stopped"), 4),
    event(
        "room:extend", r.RoomExtend, r.RoomAnswer,
        _control(lambda m: Extend(timedelta(seconds=m.seconds)), "extended"), 4,
    ),
    event("room:configure", r.RoomConfigure, r.RoomAnswer, _configure, cost=4),
    event("room:transfer", r.RoomTransfer, r.RoomAnswer, _transfer, cost=4),
    event("room:kick", r.RoomKick, r.RoomAnswer, _kick, cost=4),
    event("room:promote", r.RoomPromote, r.RoomAnswer, _promote, cost=4),
    event("room:intend", r.RoomIntend, r.RoomIntended, _intend, cost=10),
    event("room:outcome", r.RoomOutcome, r.RoomIntended, _outcome, cost=10),
    # Two a second, ten at once: enough to talk, and not to flood a room.
    event("room:say", r.RoomSay, r.RoomSaid, _say, cost=40),
    event("room:react", r.RoomReact, Nothing, _react, cost=10),
)  # fmt: skip
