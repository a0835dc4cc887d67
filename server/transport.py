"""The one place that knows python-socketio's and python-engineio's insides.

What is overridden, and why:
- `_handle_eio_message`: events go to the gateway as text, so that each is parsed once, into its
  typed message, answered exactly once and in order; binary packets and what is no packet at all
  are counted, and the third ends the connection.
- `_handle_connect`: a connection is let in, or refused with `{code, message}`, within a deadline.
  The manager of python-socketio is not told: there is one namespace, and the hub knows who is
  there.
- `_handle_eio_connect`: who does not say who it is ends after a while.
- `_handle_eio_disconnect`: the gateway hears of every end.

When upgrading either package, compare these methods with the new ones; a test fails when their
signatures move.
"""

import asyncio
from typing import Any

import engineio
import socketio
import structlog
from aiohttp import web
from engineio import packet as engine_packet
from socketio import packet as socket_packet

from handlers.http.api import DOOR, Door
from handlers.messages.errors import error_view
from handlers.socket.gateway import Gateway, MalformedPacket, WentAway
from rooms.errors import DomainError, Forbidden, Internal, Invalid, Unavailable

log = structlog.get_logger(__name__)

CONNECT_WITHIN_S = 5.0
# From the first byte, or from leaving the namespace, to being let in.
KNOWN_WITHIN_S = 8.0
BIGGEST_PACKET = 128 * 1024
MOST_MALFORMED = 3


class EngineServer(engineio.AsyncServer):  # type: ignore[misc]
    """Engine.IO without permessage-deflate, which costs 100 KiB and half the speed a socket."""


class EngineWire:
    """A client's end: packets are queued in order and sent by its Engine.IO socket."""

    def __init__(self, server: "SocketServer", connection_id: str) -> None:
        self._server = server
        self._id = connection_id

    @property
    def closed(self) -> bool:
        socket = self._server.eio.sockets.get(self._id)
        return socket is None or socket.closing or socket.closed

    def write(self, packet: str, *, volatile: bool = False) -> None:
        socket = self._server.eio.sockets.get(self._id)
        if socket is not None and not socket.closed:
            socket.queue.put_nowait(engine_packet.Packet(engine_packet.MESSAGE, packet))

    def close(self, *, reconnect: bool) -> None:
        if not reconnect:
            # The client takes this for the server's decision and does not come back by itself.
            self.write("1")
        self._server.end(self._id)


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO for one gateway, on the default namespace."""

    def __init__(self, door: Door) -> None:
        super().__init__(
            async_mode="aiohttp",
            async_handlers=False,
            cors_allowed_origins=[],
            max_http_buffer_size=BIGGEST_PACKET,
            http_compression=False,
            logger=False,
            engineio_logger=False,
        )
        self.gateway: Gateway
        self._door = door
        self._malformed: dict[str, int] = {}
        self._arriving: set[str] = set()
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def _engineio_server_class(self) -> type[engineio.AsyncServer]:
        return EngineServer

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> None:
        self.environ[eio_sid] = environ
        self._set_deadline(eio_sid)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if (namespace or "/") != "/":
            await self._refuse(eio_sid, namespace, Invalid("There is no such namespace."))
            return
        if eio_sid in self._arriving or eio_sid in self.gateway.sessions:
            raise MalformedPacket
        self._arriving.add(eio_sid)
        try:
            await self._let_in(eio_sid, data)
        finally:
            self._arriving.discard(eio_sid)

    async def _let_in(self, eio_sid: str, data: Any) -> None:
        async def accept() -> None:
            told = {"sid": self.eio.generate_id()}
            packet = self.packet_class(socket_packet.CONNECT, told, namespace="/")
            await self._send_packet(eio_sid, packet)

        refusal: DomainError
        try:
            request: web.Request = self.environ[eio_sid]["aiohttp.request"]
            cookie = request.cookies.get("token")
            principal = self.gateway.authenticate(data, cookie)
            by_cookie = not (isinstance(data, dict) and data.get("token"))
            if by_cookie and not request.app[DOOR].admits(request):
                raise Forbidden("This page may not use your login.")
            async with asyncio.timeout(CONNECT_WITHIN_S):
                wire = EngineWire(self, eio_sid)
                await self.gateway.arrive(eio_sid, wire, principal, accept)
            self._end_deadline(eio_sid)
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
        await self._refuse(eio_sid, "/", refusal)

    async def _refuse(self, eio_sid: str, namespace: str | None, refusal: DomainError) -> None:
        view = error_view(refusal)
        data = {"message": view.message, "data": {"code": view.code, "message": view.message}}
        packet = self.packet_class(socket_packet.CONNECT_ERROR, data, namespace=namespace or "/")
        await self._send_packet(eio_sid, packet)

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            if isinstance(data, str) and data[:1] == "2" and data[1:2] != "/":
                await self.gateway.receive(eio_sid, data)
            elif isinstance(data, str) and data[:1] == "0":
                packet = self.packet_class(encoded_packet=data)
                await self._handle_connect(eio_sid, packet.namespace, packet.data)
            elif data == "1":
                # Socket.IO's own goodbye: the connection below it may stay, and come back.
                self.gateway.depart(eio_sid)
                self._set_deadline(eio_sid)
            elif isinstance(data, str) and data[:1] == "3":
                pass  # an ack, which nobody here ever asks for
            else:
                raise MalformedPacket
        except (MalformedPacket, ValueError, KeyError, IndexError, TypeError, RecursionError):
            self._count_malformed(eio_sid)

    def _count_malformed(self, eio_sid: str) -> None:
        count = self._malformed[eio_sid] = self._malformed.get(eio_sid, 0) + 1
        if count == MOST_MALFORMED:
            log.warning("a connection sent what is no packet", times=count)
            session = self.gateway.sessions.get(eio_sid)
            if session is not None:
                session.client.close(
                    "too_many_errors", "Too many malformed packets.", reconnect=False
                )
            else:
                self.end(eio_sid)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._malformed.pop(eio_sid, None)
        self._end_deadline(eio_sid)
        self.gateway.depart(eio_sid)
        self.environ.pop(eio_sid, None)
        if socket := self.eio.sockets.get(eio_sid):
            # Lets go of a poll that waits for packets, and ends the writer of a websocket.
            socket.queue.put_nowait(None)

    def _set_deadline(self, eio_sid: str) -> None:
        self._end_deadline(eio_sid)
        loop = asyncio.get_running_loop()
        self._deadlines[eio_sid] = loop.call_later(KNOWN_WITHIN_S, self._too_late, eio_sid)

    def _end_deadline(self, eio_sid: str) -> None:
        if handle := self._deadlines.pop(eio_sid, None):
            handle.cancel()

    def _too_late(self, eio_sid: str) -> None:
        self._deadlines.pop(eio_sid, None)
        if eio_sid not in self.gateway.sessions:
            self.end(eio_sid)

    def end(self, eio_sid: str) -> None:
        """Close a connection once everything queued is out, or after two seconds."""
        task = asyncio.create_task(self._end(eio_sid))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, eio_sid: str) -> None:
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        try:
            async with asyncio.timeout(2):
                await self.eio.disconnect(eio_sid)
        except TimeoutError:
            await socket.close(wait=False, abort=True)
