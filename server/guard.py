"""Patience with connections before and beside their requests, which aiohttp has for ever.

Once a second all of them are looked at. Who does not send a request's head in time, sends its body
too slowly, does not read an answer, or does nothing for long while others want to come in, goes.
Connections that have become websockets are none of these any more (`websocket.py`).
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from handlers.actions.places import place_of

# From connecting, or from the first byte of a head, to its end.
HEAD_WITHIN_S = 7.0
# A body brings at least so many bytes in every so many seconds.
BODY_WINDOW_S = 7.0
BODY_AT_LEAST = 1024
# Of an answer something is read in this time.
READ_WITHIN_S = 30.0
# Nothing asked for so long; when it is crowded, for a moment.
IDLE_S = 75.0
IDLE_IN_A_CROWD_S = 1.0
HEAD_IN_A_CROWD_S = 2.0
# Of all there may be, at which it is crowded.
CROWD = 0.9
# Descriptors that no caller gets: for the database, Redis, files, jobs.
RESERVE = 256

GUARD: web.AppKey["Guard"] = web.AppKey("guard")


def descriptors() -> int:
    """How many descriptors this process may have, after asking for all that it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 2**20 if soft == resource.RLIM_INFINITY else soft


def room_for_callers(most: int) -> int:
    """How many of so many descriptors callers may have."""
    return max(most - RESERVE, most // 2)


class Connection(Protocol):
    """What is asked of a connection: what it has received, and what it is waiting for."""

    transport: asyncio.Transport | None
    # Where it comes from: None for a unix socket.
    address: str | None
    received: int
    # A part of a head has come.
    head_open: bool
    seen: "Seen"

    def awaits_body(self) -> bool: ...
    def is_idle(self) -> bool: ...
    def reads(self) -> bool: ...
    def give_up(self) -> None: ...
    def break_bodies(self) -> None: ...
    def force_close(self) -> None: ...


@dataclass(slots=True)
class Seen:
    """What was seen of a connection, and since when, at the last looks at it."""

    heard_at: float
    received: int = 0
    head_since: float | None = None
    body: tuple[float, int] | None = None
    unread: tuple[float, int] | None = None


@dataclass(slots=True)
class Guard:
    """The bounds of one server's connections, and the step that looks at them.

    `in_all` counts the connections of `others` as well; `per_address` is None where there is no
    bound. `is_proxy` tells whose connections stand for many callers; `note` is told why somebody
    was turned away.
    """

    in_all: int
    per_address: int | None
    is_proxy: Callable[[str | None], bool]
    others: Callable[[], int]
    note: Callable[[str], None]
    _here: "Counter[str]" = field(default_factory=Counter)

    def admits(self, address: str | None, open_now: int) -> bool:
        """Whether one more connection from this address is taken; None is a unix socket."""
        if open_now + self.others() >= self.in_all:
            self.note("crowd")
            return False
        if self.per_address is None or address is None or self.is_proxy(address):
            return True
        if self._here[place_of(address)] >= self.per_address:
            self.note("address")
            return False
        return True

    def arrived(self, address: str | None) -> None:
        if address is not None:
            self._here[place_of(address)] += 1

    def departed(self, address: str | None) -> None:
        if address is not None:
            place = place_of(address)
            self._here[place] -= 1
            if self._here[place] <= 0:
                del self._here[place]

    async def watch_for_ever(self, connections: Callable[[], Iterable[Connection]]) -> None:
        """Look at all connections, a pass a second."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            there = list(connections())
            crowded = len(there) + self.others() >= self.in_all * CROWD
            for number, connection in enumerate(there, 1):
                self.look(connection, loop.time(), crowded=crowded)
                if number % 1000 == 0:
                    await asyncio.sleep(0)

    def look(self, connection: Connection, now: float, *, crowded: bool) -> None:
        """End a connection that has outlived our patience."""
        if connection.transport is None:
            return
        seen, trusted = connection.seen, self._is_trusted(connection.address)
        if _does_not_read(seen, connection.transport, now):
            self.note("slow")
            connection.transport.abort()
        elif connection.awaits_body():
            if _is_slow(seen, connection, now):
                self.note("slow")
                connection.break_bodies()
        elif _has_waited_for_head(connection, now, trusted=trusted) >= (
            HEAD_IN_A_CROWD_S if crowded else HEAD_WITHIN_S
        ):
            self.note("slow")
            connection.give_up()
        elif connection.is_idle() and not trusted:
            _end_idle(connection, now, IDLE_IN_A_CROWD_S if crowded else IDLE_S)

    def _is_trusted(self, address: str | None) -> bool:
        """Whether it keeps connections for others, as proxies and our own workers do."""
        return address is None or self.is_proxy(address)


def _has_waited_for_head(connection: Connection, now: float, *, trusted: bool) -> float:
    """How long ago a head was begun, or the first one awaited. Proxies connect in advance."""
    seen = connection.seen
    seen.body = None
    if not (connection.head_open or (not connection.received and not trusted)):
        seen.head_since = None
    elif seen.head_since is None:
        seen.head_since = now
    return 0.0 if seen.head_since is None else now - seen.head_since


def _is_slow(seen: Seen, connection: Connection, now: float) -> bool:
    """A body comes too slowly, and not because we do not read it."""
    if seen.body is None or not connection.reads():
        seen.body = (now, connection.received)
        return False
    began, received = seen.body
    if now - began < BODY_WINDOW_S:
        return False
    seen.body = (now, connection.received)
    return connection.received - received < BODY_AT_LEAST


def _does_not_read(seen: Seen, transport: asyncio.Transport, now: float) -> bool:
    waiting = transport.get_write_buffer_size()
    if not waiting:
        seen.unread = None
        return False
    if seen.unread is None or seen.unread[1] != waiting:
        seen.unread = (now, waiting)
    return now - seen.unread[0] > READ_WITHIN_S


def _end_idle(connection: Connection, now: float, patience_s: float) -> None:
    """End a connection by which nothing has come for so long."""
    seen = connection.seen
    if seen.received != connection.received:
        seen.received, seen.heard_at = connection.received, now
    elif now - seen.heard_at > patience_s:
        connection.force_close()
