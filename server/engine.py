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

`engine_socket.py` says the same of single connections. When upgrading, compare these methods with
the new ones; a test fails when a signature moves.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import engineio
import msgspec
from aiohttp import web
from engineio import packet

from handlers.actions.places import place_of
from handlers.socket.turns import Turns
from rooms.errors import DomainError
from server.census import Bounds, Census
from server.engine_socket import EngineSocket
from server.middleware import REQUEST_ID, problem_response
from server.websocket import HandshakeError, WebSocket, take_over, text_frame

# A session that polls and is to end is waited for so long.
LAST_POLL_WITHIN_S = 2.0

_NOOP_FRAME = text_frame(b"6")

# Handles one Socket.IO packet: None when it is done, else a future of its end.
Receive = Callable[[EngineSocket, str], "asyncio.Future[Any] | None"]


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
            return problem_response(refusal, request.get(REQUEST_ID, ""))
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
        response = problem_response(refusal, request.get(REQUEST_ID, ""))
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


def _bad_request(why: str) -> web.Response:
    return web.json_response(why, status=400)
