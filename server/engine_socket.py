"""One connection of Engine.IO v4, on python-engineio: with a websocket, or polling.

What is overridden, and why:
- `AsyncSocket.poll`: a second poll at the same time ends the session. One is answered with no more
  packets than python-engineio's own client takes; the next one gets the rest.
- `AsyncSocket.handle_post_request`: the base takes what has come of a body for all of it, loses
  all packets where there are more than 16, and answers `ok` both times.
- `AsyncSocket.send`, `close`: what has a websocket writes straight to it.
- `AsyncSocket.check_ping_timeout` and the monitor task: one pass over all sockets a second pings
  and ends (`tend`). A PONG counts only after a PING, so that nobody stays by sending unasked ones.

When upgrading, compare these methods with the new ones; a test fails when a signature moves.
"""

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import engineio
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from engineio import packet
from engineio.async_socket import AsyncSocket

from server.websocket import HARD_LIMIT, Pace, WebSocket, text_frame

if TYPE_CHECKING:
    from server.engine import EngineServer

UPGRADE_WITHIN_S = 8.0
# The websocket's own word for a server that restarts.
GOING_DOWN = 1012
# A POST of a client that sends too fast waits no longer than this.
LONGEST_WAIT_S = 5.0
# Packets that wait while an earlier one of the same connection is being handled: past this many
# nothing more is read from it.
MOST_WAITING = 64
# Where there are more, python-engineio's client gives up the connection.
MOST_IN_A_POLL = 16

_PING_FRAME = text_frame(b"2")
_PROBE_ANSWER = text_frame(b"3probe")


class Malformed(Exception):
    """What came is no packet of this protocol."""


class EngineSocket(AsyncSocket):  # type: ignore[misc]
    """One connection: with a websocket, or polling until it gets one.

    Its packets are handled one after the other, each when the one before it is done.
    """

    queue: Any

    def __init__(self, server: "EngineServer", sid: str, *, polling: bool) -> None:
        if polling:
            super().__init__(server, sid)
        else:
            # As the base does it, without the queue that only polling needs.
            self.server = server
            self.sid = sid
            self.queue = None
            self.connected = self.upgraded = True
            self.upgrading = self.closing = self.closed = False
            self.session: dict[str, Any] = {}
        self.last_ping = None
        self.ws: WebSocket | None = None
        now = asyncio.get_running_loop().time()
        self.ping_at = now + server.ping_interval
        self.pong_by: float | None = None
        self.upgrade_by: float | None = None
        self.malformed = 0
        self.address = ""
        self.known = False
        self._pace: Pace | None = None
        self._polling = False
        self._probing: WebSocket | None = None
        self._probed = False
        # Characters that wait for the next poll of a client that polls.
        self._unpolled = 0
        self._slow = False
        self._busy = False
        self._paused = False
        self._waiting: deque[str] | None = None

    # -- out

    def write(self, message: str) -> None:
        """Send a Socket.IO packet."""
        if self.ws is not None:
            self.ws.write(message_frame(message))
        elif not self.closed:
            self._write_for_poll(message)

    def _write_for_poll(self, message: str) -> None:
        """Keep a packet for the next poll, unless too much waits for one already."""
        if self._slow:  # what follows something dropped would be a gap
            return
        if self._unpolled > HARD_LIMIT:
            # Not in the midst of a broadcast.
            self._slow = True
            asyncio.get_running_loop().call_soon(self._part)
            return
        self._unpolled += len(message)
        self.queue.put_nowait(packet.Packet(packet.MESSAGE, message))

    def _part(self) -> None:
        """Have it ended, and let it still be told why."""
        self._slow, self._unpolled = False, 0
        self.server.on_slow(self)

    async def send(self, pkt: packet.Packet) -> None:
        if self.ws is not None:
            self.ws.write(text_frame(pkt.encode().encode()))
        elif not self.closed:
            self.queue.put_nowait(pkt)

    # -- in

    def push(self, message: str) -> None:
        """Handle a Socket.IO packet, after those that came before it."""
        if self._busy:
            if self._waiting is None:
                self._waiting = deque()
            self._waiting.append(message)
            if len(self._waiting) == MOST_WAITING:
                self._pause()
            return
        self._handle(message)

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take what a client that polls says, all of it, and no faster than it may send: meanwhile
        its request waits. Raises EngineIOError, which ends the session."""
        try:
            text = await self._posted(environ["aiohttp.request"])
        except engineio.exceptions.EngineIOError:
            if self.closed:  # for whom the base has no answer to a body like that
                return
            raise
        for said in text.split("\x1e"):
            if self.closed:
                return
            self._on_text(said)
            if self._pace is not None:
                wait = self._pace.spend(time.monotonic(), 1 + len(said) / 1024)
                await asyncio.sleep(min(wait, LONGEST_WAIT_S))
            while self._waiting is not None and len(self._waiting) >= MOST_WAITING:
                await asyncio.sleep(0.005)

    async def _posted(self, request: web.Request) -> str:
        """The whole body of a POST."""
        body = bytearray()
        try:
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > self.server.max_http_buffer_size:
                    raise engineio.exceptions.ContentTooLongError
            return body.decode()
        except (web.RequestPayloadError, HttpProcessingError, UnicodeDecodeError) as error:
            raise engineio.exceptions.EngineIOError("the body cannot be read") from error

    def _handle(self, message: str) -> None:
        future = self.server.on_message(self, message)
        if future is not None:
            self._busy = True
            future.add_done_callback(self._next)

    def _next(self, _done: "asyncio.Future[Any]") -> None:
        self._busy = False
        waiting = self._waiting
        while waiting and not self._busy and not self.closed:
            self._handle(waiting.popleft())
        if not waiting:
            self._waiting = None
        if self._paused and (waiting is None or len(waiting) < MOST_WAITING // 2):
            self._resume()

    def _pause(self) -> None:
        if self.ws is not None and not self.ws.closing:
            self._paused = True
            self.ws.hold()

    def _resume(self) -> None:
        self._paused = False
        if self.ws is not None and not self.ws.closing:
            self.ws.release()

    # -- the websocket

    def attach(self, ws: WebSocket) -> None:
        """From now on this is the connection."""
        self.ws = ws
        ws.on_text = self._on_text
        ws.on_binary = self._on_binary
        ws.on_slow = self._on_slow
        ws.on_flood = self._on_flood
        ws.on_end = self._on_end
        ws.pace = self._pace

    def _on_text(self, text: str) -> None:
        kind = text[:1]
        if len(text) > self.server.max_http_buffer_size:
            self.server.on_malformed(self)
        elif kind == "4":
            self.push(text[1:])
        elif kind == "3":
            self.pong()
        elif kind == "1":
            self.shut()
        elif kind not in ("5", "6") or len(text) > 1:
            self.server.on_malformed(self)

    def _on_binary(self) -> None:
        self.server.on_malformed(self)

    def _on_slow(self) -> None:
        self.server.on_slow(self)

    def _on_flood(self) -> None:
        self.server.on_flood(self)

    def take_pace(self, pace: Pace | None) -> None:
        """How fast this client is read from now on."""
        self._pace = pace
        if self.ws is not None:
            self.ws.pace = pace

    def _on_end(self) -> None:
        if self.ws is not None:
            self.server.parting.discard(self.ws)
        self.forget()

    def pong(self) -> None:
        """The client is there: if it was asked, it is asked again after a while."""
        if self.pong_by is not None:
            self.pong_by = None
            self.ping_at = asyncio.get_running_loop().time() + self.server.ping_interval

    async def check_ping_timeout(self) -> bool:
        return not self.closed

    # -- the upgrade

    def probe(self, ws: WebSocket) -> None:
        """A polling client tries a websocket: it asks `2probe`, and then says `5`."""
        self.upgrading = True
        self.upgrade_by = asyncio.get_running_loop().time() + UPGRADE_WITHIN_S
        self._probing, self._probed = ws, False
        ws.on_end = self._probe_failed
        ws.on_text = lambda text: self._on_probe(ws, text)

    def _on_probe(self, ws: WebSocket, text: str) -> None:
        if text == "2probe" and not self._probed:
            self._probed = True
            ws.write(_PROBE_ANSWER)
            # Ends the poll that is under way; later ones are answered at once.
            self.queue.put_nowait(packet.Packet(packet.NOOP))
        elif text == "5" and self._probed and not self.closed:
            self.upgrade_by = self._probing = None
            self.upgrading, self.upgraded = False, True
            self.attach(ws)
            while not self.queue.empty():
                unpolled = self.queue.get_nowait()
                if unpolled is not None and unpolled.packet_type != packet.NOOP:
                    ws.write(text_frame(unpolled.encode().encode()))
            # A poll that still waits would wait for ever.
            self.queue.put_nowait(packet.Packet(packet.NOOP))
        else:
            ws.close(1002)

    def _probe_failed(self) -> None:
        self.upgrading, self.upgrade_by, self._probing = False, None, None

    # -- the end

    async def close(
        self, wait: bool = True, abort: bool = False, reason: str | None = None
    ) -> None:
        self.shut()

    async def poll(self) -> list[packet.Packet]:
        if self._polling:
            raise engineio.exceptions.EngineIOError("a second poll at the same time")
        self._polling = True
        try:
            return await self._next_packets()
        finally:
            self._polling = False

    async def _next_packets(self) -> list[packet.Packet]:
        """What waits, or comes first. Raises QueueEmpty when nothing does, not even a ping."""
        patience_s = self.server.ping_interval + self.server.ping_timeout
        try:
            one = await asyncio.wait_for(self.queue.get(), patience_s)
        except TimeoutError as error:
            raise engineio.exceptions.QueueEmpty from error
        packets: list[packet.Packet] = []
        while one is not None:
            packets.append(one)
            if one.packet_type == packet.MESSAGE:
                self._unpolled -= len(one.data)
            if len(packets) == MOST_IN_A_POLL or self.queue.empty():
                return packets
            one = self.queue.get_nowait()
        if packets:
            self.queue.put_nowait(None)
        return packets

    def finish(self) -> None:
        """End the connection, whatever it is, once everything written is out."""
        if self.ws is not None:
            self.shut()
        else:
            self.server.close_polling(self)

    def shut(self) -> None:
        """End the connection: a websocket when everything written is out, else at once."""
        if self.ws is not None:
            self.ws.close(GOING_DOWN if self.server.draining else 1000)
            if not self.closed:
                self.server.parting.add(self.ws)
        else:
            # Wakes the poll that may be under way; it finds nothing, and the next one no session.
            self.queue.put_nowait(None)
        self.forget()

    def forget(self) -> None:
        """It has ended: nothing refers to it any more."""
        if self.server.sockets.get(self.sid) is self:
            del self.server.sockets[self.sid]
        if self._probing is not None:
            self._probing.close(1001)
        if not self.closed:
            self.closing = self.closed = True
            self._waiting = None
            self.server.census.depart(self.address, known=self.known)
            self.server.on_gone(self)

    def tend(self, now: float) -> None:
        """Ping it when that is due, and end it when it has not answered the last one."""
        if self.upgrade_by is not None and now > self.upgrade_by and self._probing is not None:
            self._probing.close(1002)  # and the session goes on polling
        elif self.pong_by is not None:
            if now > self.pong_by:
                self.server.abandon(self)
        elif self.ws is not None and self.ws.is_stuck():
            self.server.on_flood(self)
        elif now >= self.ping_at:
            self.pong_by = now + self.server.ping_timeout
            if self.ws is not None:
                self.ws.write(_PING_FRAME)
            else:
                self.queue.put_nowait(packet.Packet(packet.PING))


def message_frame(message: str) -> bytes:
    """A Socket.IO packet as a websocket frame."""
    return text_frame(b"4" + message.encode())
