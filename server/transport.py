"""Socket.IO on python-socketio for one gateway, on the default namespace.

With `engine.py` and `websocket.py` beside it, this is the one place that knows the insides of
python-socketio and python-engineio. What is overridden here, and why:
- `_handle_eio_message` is not used: packets go to the gateway as text, so that each is parsed once,
  into its typed message, and answered exactly once and in order, whatever transport it came by.
- `_handle_connect`: a connection is let in, or refused with `{code, message}`, within a deadline.
- `_handle_eio_disconnect`: polling sessions end by the way that all others do.
- the manager is not told of anybody: there is one namespace, and the hub knows who follows what,
  with an index of channels per connection.

When upgrading either package, compare these methods with the new ones; a test fails when their
signatures move.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import engineio
import msgspec
import socketio
import structlog
from aiohttp import web

from handlers.actions.identity import Principal
from handlers.http.call import DOOR
from handlers.messages.errors import error_view
from handlers.socket.clients import Parcel
from handlers.socket.gateway import Gateway, MalformedPacket, Session, WentAway
from rooms.errors import DomainError, Forbidden, Internal, Invalid, RateLimited, Unavailable
from server import metrics
from server.engine import EngineServer
from server.engine_socket import EngineSocket, message_frame
from server.websocket import WebSocket

log = structlog.get_logger(__name__)

CONNECT_WITHIN_S = 5.0
# From the first byte, or from leaving the namespace, to being let in.
KNOWN_WITHIN_S = 8.0
BIGGEST_PACKET = 128 * 1024
MOST_MALFORMED = 3


class EngineWire:
    """A client's end: what is written goes straight to its connection."""

    __slots__ = ("_socket",)

    def __init__(self, socket: EngineSocket) -> None:
        self._socket = socket

    @property
    def closed(self) -> bool:
        return self._socket.closed or self._socket.closing

    def write(self, packet: str) -> None:
        self._socket.write(packet)

    @staticmethod
    def write_shared(wires: "Sequence[EngineWire]", parcel: Parcel) -> None:
        frame = b"".join(map(message_frame, parcel.packets))
        sockets = []
        for wire in wires:
            if (ws := wire._socket.ws) is not None:
                sockets.append(ws)
            else:
                for packet in parcel.packets:
                    wire._socket.write(packet)
        WebSocket.write_to_all(sockets, frame, volatile=parcel.volatile)

    def close(self, *, reconnect: bool) -> None:
        if not reconnect:
            # The client takes this for the server's decision and does not come back by itself.
            self._socket.write("1")
        self._socket.finish()


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """The live connections of one instance."""

    def __init__(self, *, ping_every_s: float = 25.0, pong_within_s: float = 20.0) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins=[],
            max_http_buffer_size=BIGGEST_PACKET,
            http_compression=False,
            # Otherwise they make handlers of their own, which print what clients have sent.
            logger=logging.getLogger("socketio"),
            engineio_logger=logging.getLogger("engineio"),
            ping_interval=ping_every_s,
            ping_timeout=pong_within_s,
        )
        self.gateway: Gateway
        self._requests: dict[str, web.Request] = {}
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        self._arriving: set[str] = set()
        engine: EngineServer = self.eio
        engine.on_begin = self._begin
        engine.on_message = self._receive
        engine.on_malformed = self._count_malformed
        engine.on_slow = self._drop_slow
        engine.on_flood = self._drop_flood
        engine.on_gone = self._gone

    def start(self) -> None:
        """Begin to ping and to end dead connections; ends with `stop`."""
        self._tending = asyncio.create_task(self.eio.tend_for_ever(), name="pings")

    async def stop(self) -> None:
        """Take no new connections, and end what there is."""
        self.eio.draining = True
        self._tending.cancel()
        for socket in list(self.eio.sockets.values()):
            socket.finish()
        await asyncio.gather(self._tending, return_exceptions=True)

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return EngineServer

    # -- in

    def _begin(self, socket: EngineSocket, request: web.Request) -> None:
        # Kept until it is known who connects, for the cookie and the origin; then let go.
        self._requests[socket.sid] = request
        socket.take_pace(self.gateway.pace_of_nobody())
        self._set_deadline(socket)

    def _receive(self, socket: EngineSocket, packet: str) -> "asyncio.Future[Any] | None":
        """Handle one packet; None when it is done, else a future of its end."""
        try:
            match packet[:1]:
                case "2":
                    return self.gateway.receive(socket.sid, packet)
                case "0":
                    return self._connect(socket, packet)
                case "1" if packet == "1":
                    # Socket.IO's own goodbye: the connection below it may stay, and come back.
                    self.gateway.depart(socket.sid)
                    self._set_deadline(socket)
                case "3":
                    pass  # an ack, which nobody here ever asks for
                case _:
                    raise MalformedPacket
        except MalformedPacket:
            self._count_malformed(socket)
        return None

    def _connect(self, socket: EngineSocket, packet: str) -> "asyncio.Future[Any] | None":
        namespace, auth = _taken_apart(packet)
        if namespace != "/":
            self._refuse(socket, namespace, Invalid("There is no such namespace."))
            return None
        if socket.sid in self._arriving or socket.sid in self.gateway.sessions:
            raise MalformedPacket
        self._arriving.add(socket.sid)
        return asyncio.ensure_future(self._let_in(socket, auth))

    async def _let_in(self, socket: EngineSocket, auth: Any) -> None:
        refusal: DomainError
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                principal = await self._authenticate(self._requests.get(socket.sid), auth)
                wire = EngineWire(socket)
                await self.gateway.arrive(socket.sid, wire, principal, self._accept(socket))
            self._end_deadline(socket)
            self._know(socket, principal)
            return
        except WentAway:
            return
        except DomainError as error:
            refusal = error
        except TimeoutError:
            refusal = Unavailable(retry_after_s=1)
        except Exception:
            log.exception("a connection failed")
            refusal = Internal()
        finally:
            self._arriving.discard(socket.sid)
        if isinstance(refusal, RateLimited):
            metrics.turned_away.labels("user").inc()
        self._refuse(socket, "/", refusal)

    def _know(self, socket: EngineSocket, principal: Principal) -> None:
        """It is known who this is: read as fast as what users send, and no stranger's any more."""
        if not socket.closed:
            socket.take_pace(self.gateway.pace_of(principal.user_id))
            if not socket.known:
                socket.known = True
                self.eio.census.know(socket.address)

    async def _authenticate(self, request: web.Request | None, auth: Any) -> Principal:
        """Who connects. Who left the namespace and comes back needs the token: the request, with
        its cookie, was let go."""
        cookie = None if request is None else request.cookies.get("token")
        principal = await self.gateway.authenticate(auth, cookie)
        by_cookie = not (isinstance(auth, dict) and auth.get("token"))
        if by_cookie and request is not None and not request.app[DOOR].admits(request):
            raise Forbidden("This page may not use your login.")
        return principal

    def _accept(self, socket: EngineSocket) -> Any:
        async def accept() -> None:
            told = msgspec.json.encode({"sid": self.eio.generate_id()}).decode()
            socket.write(f"0{told}")

        return accept

    def _refuse(self, socket: EngineSocket, namespace: str, refusal: DomainError) -> None:
        view = error_view(refusal)
        told: dict[str, Any] = {"code": view.code, "message": view.message}
        if refusal.retry_after_s is not None:
            told["retry_after_s"] = refusal.retry_after_s
        data = {"message": view.message, "data": told}
        name = "" if namespace == "/" else f"{namespace},"
        socket.write(f"4{name}{msgspec.json.encode(data).decode()}")

    # -- out

    def _count_malformed(self, socket: EngineSocket) -> None:
        socket.malformed += 1
        if socket.malformed == MOST_MALFORMED:
            metrics.turned_away.labels("malformed").inc()
            log.warning("a connection sent what is no packet", times=socket.malformed)
            self._end(socket, "too_many_errors", "Too many malformed packets.", reconnect=False)

    def _drop_slow(self, socket: EngineSocket) -> None:
        metrics.slow_clients.inc()
        log.warning("a client does not read what it is sent")
        self._end(socket, "too_slow", "The connection does not keep up.", reconnect=True)

    def _drop_flood(self, socket: EngineSocket) -> None:
        metrics.turned_away.labels("flood").inc()
        log.warning("a connection sent too much, too fast or too slowly")
        self._end(socket, "too_many_errors", "This connection sends too much.", reconnect=False)

    def _end(self, socket: EngineSocket, code: str, message: str, *, reconnect: bool) -> None:
        session: Session | None = self.gateway.sessions.get(socket.sid)
        if session is not None:
            self.gateway.close(session, code, message, reconnect=reconnect)
        else:
            socket.finish()

    def _gone(self, socket: EngineSocket) -> None:
        self._end_deadline(socket)
        self._requests.pop(socket.sid, None)
        self.gateway.depart(socket.sid)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """Nothing: `_begin` was told."""

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Nothing: `_gone` is told."""

    # -- deadlines

    def _set_deadline(self, socket: EngineSocket) -> None:
        self._end_deadline(socket)
        loop = asyncio.get_running_loop()
        self._deadlines[socket.sid] = loop.call_later(KNOWN_WITHIN_S, self._too_late, socket)

    def _end_deadline(self, socket: EngineSocket) -> None:
        if handle := self._deadlines.pop(socket.sid, None):
            handle.cancel()
        if socket.sid in self.gateway.sessions:
            self._requests.pop(socket.sid, None)

    def _too_late(self, socket: EngineSocket) -> None:
        self._deadlines.pop(socket.sid, None)
        if socket.sid not in self.gateway.sessions:
            socket.finish()


def _taken_apart(packet: str) -> tuple[str, Any]:
    """(namespace, auth) of a CONNECT packet. Raises MalformedPacket."""
    rest = packet[1:]
    namespace = "/"
    if rest.startswith("/"):
        namespace, _, rest = rest.partition(",")
    try:
        return namespace.partition("?")[0], msgspec.json.decode(rest) if rest else None
    except (ValueError, RecursionError):
        raise MalformedPacket from None
