"""The table of events that clients send: name → message, what it costs, what it does."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from handlers.actions.services import Services
from handlers.actions.subscriptions import Since
from handlers.actions.timers import TimerCommand
from handlers.messages import channels as m
from handlers.messages import entries as e
from handlers.messages.common import Nothing, NothingAsked, instant_text
from handlers.socket.clients import Client
from handlers.socket.hub import Hub
from rooms.errors import Forbidden
from storage.database import acquired
from storage.entries import read_running


@dataclass(slots=True)
class Desk:
    """What the handler of one event works with. `afterwards` runs when the ack has been written.

    `since` is when it came, by time.perf_counter(); `ack_id` is None where no ack is asked for.
    """

    services: Services
    hub: Hub
    client: Client
    since: float
    ack_id: int | None = None
    name: str = "unknown"
    afterwards: Callable[[], None] | None = None


# Answers what the ack carries as `data`: a view or, already encoded, text; or an awaitable of it.
# A handler that never waits is a plain function, and one that waits for a single future answers
# that: neither costs a task.
Handler = Callable[[Desk, Any], Any]


@dataclass(frozen=True, slots=True)
class EventType:
    """An event that clients send."""

    name: str
    message: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    handler: Handler
    cost: int = 1
    decoder: Any = None


def _clock(desk: Desk, message: m.ClockSync) -> m.ClockSynced:
    now = time.time()
    t1 = now - (time.perf_counter() - desk.since)
    return m.ClockSynced(t0=message.t0, t1=round(t1 * 1000, 3), t2=round(now * 1000, 3))


def _refresh(desk: Desk, message: m.AuthRefresh) -> m.AuthRefreshed:
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


def _timer(desk: Desk, message: Any) -> asyncio.Future[str]:
    command = TimerCommand(desk.client.user_id, message.command_id or uuid4(), message.to_command())
    return desk.services.timers.enqueue(command)


async def _current(desk: Desk, message: NothingAsked) -> e.Current:
    async with acquired(desk.services.db) as connection:
        entry = await read_running(connection, desk.client.user_id)
    now = instant_text(datetime.now(UTC))
    return e.Current(entry=e.entry_view_or_none(entry), server_time=now)


def _event(
    name: str,
    message: type[msgspec.Struct],
    answer: type[msgspec.Struct],
    handler: Handler,
    cost: int = 1,
) -> EventType:
    return EventType(name, message, answer, handler, cost, msgspec.json.Decoder(message))


EVENTS: dict[str, EventType] = {
    event.name: event
    for event in (
        _event("clock:sync", m.ClockSync, m.ClockSynced, _clock),
        _event("auth:refresh", m.AuthRefresh, m.AuthRefreshed, _refresh, cost=2),
        _event("channel:subscribe", m.Subscribe, m.Subscribed, _subscribe, cost=4),
        _event("channel:unsubscribe", m.Unsubscribe, Nothing, _unsubscribe),
        _event("timer:start", e.TimerStart, e.Started, _timer, cost=2),
        _event("timer:stop", e.TimerStop, e.Stopped, _timer, cost=2),
        _event("timer:update", e.TimerUpdate, e.Updated, _timer, cost=2),
        _event("timer:discard", e.TimerDiscard, Nothing, _timer, cost=2),
        _event("timer:current", NothingAsked, e.Current, _current),
    )
}
