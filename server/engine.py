"""Engine.IO v4 for many connections, on python-engineio: websockets on a path of their own,
long-polling by the ordinary way.

What is overridden, and why:
- `AsyncServer.handle_request`: a websocket is taken from aiohttp (`websocket.take_over`), so that a
  connection has no task, no `wait_for` and no queue, and request and environ are let go. JSONP is
  refused: a script element of any page could read with it, by its visitor's cookies, and says no
  Origin. Who is one too many is refused before there is anything of theirs.
- `AsyncServer._handle_connect`: polling sessions are `EngineSocket`s as well.
- `AsyncServer._ok`, `_cors_headers`: a POST is answered `ok`, as the protocol's text says, and
  only the pages of `FRONTEND_URL` may read what is polled.
- `AsyncSocket.poll`: a second poll at the same time ends the session.
- `AsyncSocket.send`, `close`: what has a websocket writes straight to it.
- `AsyncSocket.schedule_ping`, `check_ping_timeout` and the monitor task: one pass over all sockets
  a second pings and ends (`tend`). A PONG counts only after a PING, so that nobody stays by
  sending unasked ones.

When upgrading, compare these methods with the new ones; a test fails when a signature moves.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import engineio
import msgspec
from aiohttp import web
from engineio import packet
from engineio.async_socket import AsyncSocket

from handlers.actions.places import place_of
from handlers.socket.turns import Turns
from rooms.errors import DomainError
from server.census import Bounds, Census
from server.middleware import problem_response
from server.websocket import HARD_LIMIT, HandshakeError, Pace, WebSocket, take_over, text_frame

UPGRADE_WITHIN_S = 8.0
# A session that polls and is to end is waited for so long.
LAST_POLL_WITHIN_S = 2.0
# The websocket's own word for a server that restarts.
GOING_DOWN = 1012
# A POST of a client that sends too fast waits no longer than this.
LONGEST_WAIT_S = 5.0
# Packets that wait while an earlier one of the same connection is being handled: past this many
# nothing more is read from it.
MOST_WAITING = 64

_PING_FRAME = text_frame(b"2")
_NOOP_FRAME = text_frame(b"6")
_PROBE_ANSWER = text_frame(b"3probe")

# Handles one Socket.IO packet: None when it is done, else a future of its end.
Receive = Callable[["EngineSocket", str], "asyncio.Future[Any] | None"]


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

    async def push_patiently(self, message: str) -> None:
        """The same for a client that polls: its request waits while too much is waiting."""
        self.push(message)
        if self._pace is not None:
            wait = self._pace.spend(time.monotonic(), 1 + len(message) / 1024)
            await asyncio.sleep(min(wait, LONGEST_WAIT_S))
        while self._waiting is not None and len(self._waiting) >= MOST_WAITING and not self.closed:
            await asyncio.sleep(0.005)

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

    def schedule_ping(self) -> None:
        """The base calls this at a PONG of a client that polls."""
        self.pong()

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
        if self.ws is not None:
            self.shut()
        else:
            # Wakes the poll that may be under way; it finds nothing, and the next one no session.
            self.queue.put_nowait(None)
            self.forget()

    async def poll(self) -> list[packet.Packet]:
        if self._polling:
            raise engineio.exceptions.EngineIOError("a second poll at the same time")
        self._polling = True
        try:
            packets: list[packet.Packet] = await super().poll()
            self._unpolled = 0
            return packets
        finally:
            self._polling = False

    def finish(self) -> None:
        """End the connection, whatever it is, once everything written is out."""
        if self.ws is not None:
            self.shut()
        else:
            self.server.close_polling(self)

    def shut(self) -> None:
        """End a connection that has a websocket, once everything written is out."""
        if self.ws is not None:
            self.ws.close(GOING_DOWN if self.server.draining else 1000)
            if not self.closed:
                self.server.parting.add(self.ws)
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


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """All connections of an instance. The four callbacks are set by what speaks Socket.IO."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"monitor_clients": False})
        self.on_begin: Callable[[EngineSocket, web.Request], None]
        self.on_message: Receive
        self.on_malformed: Callable[[EngineSocket], None]
        self.on_slow: Callable[[EngineSocket], None]
        self.on_flood: Callable[[EngineSocket], None]
        self.on_gone: Callable[[EngineSocket], None]
        self.draining = False
        # Websockets that were closed, and whose clients have not hung up yet.
        self.parting: set[WebSocket] = set()
        self.shared_with: frozenset[str] = frozenset()
        self.census = Census(Bounds(), lambda _why: None)
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        if self.draining and "sid" not in request.query:
            return web.Response(status=503, text="The server is going down.")
        if "j" in request.query:
            return _bad_request("JSONP is not spoken here.")
        if request.method == "GET" and request.query.get("transport") == "websocket":
            refusal = self._take_websocket(request)
            if refusal is not None:
                return refusal
            # The connection is no longer aiohttp's: its task for it ends without an answer.
            raise asyncio.CancelledError
        return await super().handle_request(request)  # type: ignore[no-any-return]

    def _take_websocket(self, request: web.Request) -> web.Response | None:
        """Take the connection over; what speaks against it instead, if anything does."""
        sid = request.query.get("sid")
        socket = None if sid is None else self.sockets.get(sid)
        if sid is None:
            if request.query.get("EIO") != "4":
                return _bad_request("Only version 4 of the Engine.IO protocol is spoken here.")
        elif socket is None:
            return _bad_request("Invalid session")
        elif socket.upgraded or socket.upgrading or not socket.connected:
            return _bad_request("This session cannot be upgraded.")
        address = place_of(request.remote or "")
        try:
            if socket is None:
                self.census.arrive(address)
            ws = take_over(request)
        except DomainError as refusal:
            return problem_response(refusal, request.get("request_id", ""))
        except (HandshakeError, asyncio.CancelledError) as error:
            if socket is None:
                self.census.depart(address, known=False)
            if isinstance(error, HandshakeError):
                return _bad_request(str(error))
            raise
        if socket is not None:
            socket.probe(ws)
            return None
        socket = EngineSocket(self, self.generate_id(), polling=False)
        socket.address = address
        self.sockets[socket.sid] = socket
        socket.attach(ws)
        ws.write(text_frame(b"0" + msgspec.json.encode(self._opening(socket.sid, []))))
        self.on_begin(socket, request)
        return None

    def _opening(self, sid: str, upgrades: list[str]) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": upgrades,
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }

    async def _handle_connect(
        self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None
    ) -> Any:
        request: web.Request = environ["aiohttp.request"]
        address = place_of(request.remote or "")
        try:
            self.census.arrive(address)
        except DomainError as refusal:
            return self._refuse_session(refusal, request)
        socket = EngineSocket(self, self.generate_id(), polling=True)
        socket.address = address
        self.sockets[socket.sid] = socket
        opening = self._opening(socket.sid, ["websocket"])
        socket.queue.put_nowait(packet.Packet(packet.OPEN, opening))
        socket.connected = True
        self.on_begin(socket, request)
        return self._ok(await socket.poll(), jsonp_index=jsonp_index)

    def _ok(
        self, packets: Any = None, headers: Any = None, jsonp_index: int | None = None
    ) -> dict[str, Any]:
        answer: dict[str, Any] = super()._ok(packets, headers, jsonp_index)
        return answer if packets is not None else answer | {"response": b"ok"}

    def _refuse_session(self, refusal: DomainError, request: web.Request) -> dict[str, Any]:
        """The refusal as python-engineio hands answers on."""
        response = problem_response(refusal, request.get("request_id", ""))
        assert isinstance(response.body, bytes)
        return {
            "status": f"{response.status} {response.reason}",
            "headers": list(response.headers.items()),
            "response": response.body,
        }

    def _cors_headers(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        """Pages of these origins may read what a poll answers, with their users' cookies."""
        origin = environ.get("HTTP_ORIGIN")
        if origin not in self.shared_with:
            return []
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            ("Access-Control-Allow-Headers", "Content-Type"),
            ("Vary", "Origin"),
        ]

    async def tend_for_ever(self) -> None:
        """Ping and end connections, a pass a second."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1)
            now, turns = loop.time(), Turns()
            for socket in list(self.sockets.values()):
                socket.tend(now)
                if turns.over():
                    await turns.pass_on()

    def abandon(self, socket: EngineSocket) -> None:
        """End a connection that does not answer."""
        if socket.ws is not None:
            socket.ws.abort()
            socket.shut()
        else:
            self.close_polling(socket)

    def close_polling(self, socket: EngineSocket) -> None:
        """End a session that polls: its next poll takes what is left and the goodbye."""
        task = asyncio.create_task(self._close_polling(socket))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close_polling(self, socket: EngineSocket) -> None:
        if socket.closing or socket.closed:
            return
        socket.queue.put_nowait(packet.Packet(packet.CLOSE))
        socket.closing = True
        end = asyncio.get_running_loop().time() + LAST_POLL_WITHIN_S
        while not socket.queue.empty() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.02)
        socket.forget()


def message_frame(message: str) -> bytes:
    """A Socket.IO packet as a websocket frame."""
    return text_frame(b"4" + message.encode())


def _bad_request(why: str) -> web.Response:
    return web.json_response(why, status=400)
