"""The table of events that clients send: name → message, what it costs, what it does."""

import asyncio
import time
from typing import Any
from uuid import uuid4

from handlers.actions.known_tokens import is_api_token
from handlers.actions.notifications import read_notifications
from handlers.actions.subscriptions import Since
from handlers.actions.timers import TimerCommand
from handlers.messages import channels as m
from handlers.messages import earned as n
from handlers.messages import entries as e
from handlers.messages.common import Nothing, NothingAsked, instant_text
from handlers.messages.presence import PresenceSet
from handlers.socket.desk import Desk, EventType, event
from handlers.socket.room_events import ROOM_EVENTS
from rooms.errors import Forbidden, Invalid
from storage.database import acquired
from storage.entries import read_running


def _clock(desk: Desk, message: m.ClockSync) -> m.ClockSynced:
    now = desk.services.clock.time()
    t1 = now - (time.perf_counter() - desk.since)
    return m.ClockSynced(t0=message.t0, t1=round(t1 * 1000, 3), t2=round(now * 1000, 3))


def _refresh(desk: Desk, message: m.AuthRefresh) -> m.AuthRefreshed:
    if is_api_token(message.token):
        raise Invalid.field("token", "is an API token, which needs no renewal")
    principal = desk.services.tokens.check(message.token)
    if principal.user_id != desk.client.user_id:
        raise Forbidden("This token is somebody else's.")
    desk.client.principal = principal
    return m.AuthRefreshed(expires_at=instant_text(principal.expires_at))


async def _subscribe(desk: Desk, message: m.Subscribe) -> m.Subscribed:
    since = Since(message.epoch, message.seq)
    answer = await desk.hub.follow(desk.client, message.channel, since)
    desk.afterwards = lambda: desk.hub.release(desk.client, message.channel)
    return answer


def _unsubscribe(desk: Desk, message: m.Unsubscribe) -> Nothing:
    # One's own channel stays: the end of a login is told there.
    if message.channel != f"user:{desk.client.user_id}":
        desk.hub.leave(desk.client, message.channel)
    return Nothing()


def _set_presence(desk: Desk, message: PresenceSet) -> Nothing:
    desk.hub.presence.set_mood(desk.client, message.status)
    return Nothing()


def _timer(desk: Desk, message: Any) -> asyncio.Future[str]:
    command = TimerCommand(desk.client.user_id, message.command_id or uuid4(), message.to_command())
    return desk.services.timers.enqueue(command)


async def _current(desk: Desk, message: NothingAsked) -> e.Current:
    async with acquired(desk.services.db) as connection:
        entry = await read_running(connection, desk.client.user_id)
    now = instant_text(desk.services.clock.now())
    return e.Current(entry=e.entry_view_or_none(entry), server_time=now)


async def _read(desk: Desk, message: n.ReadNotifications) -> n.UnreadCount:
    return await read_notifications(
        desk.services, desk.client.principal, message, message.command_id
    )


EVENTS: dict[str, EventType] = {
    kind.name: kind
    for kind in (
        event("clock:sync", m.ClockSync, m.ClockSynced, _clock),
        event("auth:refresh", m.AuthRefresh, m.AuthRefreshed, _refresh, cost=2),
        event("channel:subscribe", m.Subscribe, m.Subscribed, _subscribe, cost=4),
        event("channel:unsubscribe", m.Unsubscribe, Nothing, _unsubscribe),
        event("timer:start", e.TimerStart, e.Started, _timer, cost=2),
        event("timer:stop", e.TimerStop, e.Stopped, _timer, cost=2),
        event("timer:update", e.TimerUpdate, e.Updated, _timer, cost=2),
        event("timer:discard", e.TimerDiscard, Nothing, _timer, cost=2),
        event("timer:current", NothingAsked, e.Current, _current),
        event("presence:set", PresenceSet, Nothing, _set_presence),
        event("notification:read", n.ReadNotifications, n.UnreadCount, _read, cost=2),
        *ROOM_EVENTS,
    )
}
