"""A websocket without a task: frames in by callback, frames out straight to the transport.

aiohttp does the HTTP handshake's request; then the connection's transport is handed from aiohttp's
protocol to this one, so that request, parser, handler task and their memory are let go. Frames
are parsed by aiohttp's compiled reader. permessage-deflate is never negotiated.
"""

import asyncio
import base64
import hashlib
import os
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

# A reader who does not keep up: what may be dropped is dropped from here on …
SOFT_LIMIT = 256 * 1024
# … and at this many bytes that wait for it, the connection ends.
HARD_LIMIT = 1024 * 1024
# What a closed connection has not read by then is given up.
FLUSH_WITHIN_S = 5.0
# Larger than any packet that is answered, so that the sender of one too many can be counted.
BIGGEST_FRAME = 1024 * 1024

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING = WSMsgType.TEXT, WSMsgType.CLOSE, WSMsgType.PING
_BINARY = WSMsgType.BINARY


def text_frame(payload: bytes) -> bytes:
    """An unmasked, final text frame, as a server sends it."""
    return _head(0x81, len(payload)) + payload


def control_frame(opcode: int, payload: bytes = b"") -> bytes:
    """An unmasked control frame; its payload is cut to what such a frame may carry."""
    payload = payload[:125]
    return bytes((0x80 | opcode, len(payload))) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return control_frame(8, code.to_bytes(2, "big") + reason.encode()[:123])


def _head(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


class HandshakeError(Exception):
    """The request is not one for a websocket of this protocol; the message says why."""


class _Inbox(WebSocketDataQueue):
    """Where aiohttp's reader puts its messages: handed on at once, never kept.

    Its base is not initialised, because the buffer made there would be more than half of what an
    idle connection weighs.
    """

    def __init__(self, socket: "WebSocket") -> None:
        self.socket = socket

    def feed_data(self, data: Any, size: int) -> None:
        socket = self.socket
        if data[0] is _TEXT and not socket.closing:
            socket.on_text(data[1])
        else:
            socket._received(data[0], data[1])

    def set_exception(self, exc: BaseException, exc_cause: Any = None) -> None:
        code = getattr(exc, "code", WSCloseCode.PROTOCOL_ERROR)
        self.socket.close(int(code))

    def feed_eof(self) -> None:
        """Nothing waits for it."""


class WebSocket(asyncio.Protocol):
    """One websocket. `on_text(text)` and `on_end()` are called from the event loop.

    `on_binary()` is called for a binary message, whose content is of no interest.
    """

    __slots__ = (
        "_ended",
        "_fd",
        "_parting",
        "_reader",
        "_slow",
        "closing",
        "on_binary",
        "on_end",
        "on_slow",
        "on_text",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.on_text: Callable[[str], None] = _ignore
        self.on_binary: Callable[[], None] = _nothing
        self.on_end: Callable[[], None] = _nothing
        self.on_slow: Callable[[], None] = _nothing
        self.closing = False
        # Closed only after `connection_lost`, so that it is never somebody else's.
        self._fd = _descriptor_of(transport)
        self._ended = False
        self._slow = self._parting = False
        self._reader: WebSocketReader | None = WebSocketReader(
            _Inbox(self), BIGGEST_FRAME, compress=False, decode_text=True
        )

    # -- out

    def write(self, frame: bytes, *, volatile: bool = False) -> bool:
        """Send a frame, or several joined; whether it was. Never waits.

        A volatile one is dropped for a reader that is slow; one that is far behind is dropped
        itself (`on_slow`).
        """
        if self.closing:
            return False
        if self._slow:  # what follows something dropped would be a gap
            return False
        transport = self.transport
        waiting = transport.get_write_buffer_size()
        if waiting > SOFT_LIMIT and not self._parting:
            if volatile:
                return False
            if waiting > HARD_LIMIT:
                # Not in the midst of a broadcast.
                self._slow = True
                asyncio.get_running_loop().call_soon(self._part)
                return False
        transport.write(frame)
        return True

    def _part(self) -> None:
        """Have it ended, and let it still be told why."""
        self._slow, self._parting = False, True
        self.on_slow()

    @staticmethod
    def write_to_all(sockets: "Sequence[WebSocket]", frame: bytes, *, volatile: bool) -> None:
        """Send a frame to each of these: past the transport, as long as nothing waits there."""
        # Done for each of thousands: hence no call but those that count.
        send, size = os.write, len(frame)
        for socket in sockets:
            transport = socket.transport
            if (
                socket.closing
                or socket._slow
                or socket._fd < 0
                or transport.get_write_buffer_size()
            ):
                socket.write(frame, volatile=volatile)
                continue
            try:
                sent = send(socket._fd, frame)
            except OSError:  # it is full, or broken, which the transport notices by itself
                sent = 0
            if sent < size:
                transport.write(frame[sent:])

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and end the connection once everything written is out."""
        if self.closing:
            return
        self.transport.write(close_frame(code, reason))
        self.closing = True
        # Only our half: a socket that is closed answers what the client still sends by a reset,
        # with which all that is lost that it has not read yet.
        self.transport.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()
        asyncio.get_running_loop().call_later(FLUSH_WITHIN_S, self.transport.abort)

    def abort(self) -> None:
        """End the connection now; what was not sent is lost."""
        self.closing = True
        self.transport.abort()

    # -- in

    def data_received(self, data: bytes) -> None:
        if not self.closing:
            assert self._reader is not None
            self._reader.feed_data(data)

    def _received(self, kind: WSMsgType, data: Any) -> None:
        if self.closing:
            return
        if kind is _PING:
            self.transport.write(control_frame(10, bytes(data)))
        elif kind is _BINARY:
            self.on_binary()
        elif kind is _CLOSE:
            self.close(1000)
            self.transport.close()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        if self._ended:
            return
        self._ended = True
        # Whatever refers to the connection lets go of it, or its cycle would wait for the
        # garbage collector.
        on_end, self.on_end = self.on_end, _nothing
        self.on_text, self.on_binary, self.on_slow = _ignore, _nothing, _nothing
        self._reader = None
        on_end()


def _descriptor_of(transport: asyncio.Transport) -> int:
    """The socket's descriptor, or -1 where bytes must not go there as they are (TLS)."""
    socket = transport.get_extra_info("socket")
    if socket is None or transport.get_extra_info("sslcontext") is not None:
        return -1
    return int(socket.fileno())


def _ignore(_text: str) -> None:
    pass


def _nothing() -> None:
    pass


def take_over(request: web.Request) -> WebSocket:
    """Answer a websocket handshake and take the connection from aiohttp.

    The caller must raise `asyncio.CancelledError` afterwards, which ends aiohttp's task for the
    connection without an answer. Raises HandshakeError, and has taken nothing over then.
    """
    accept = _accept_of(request)
    try:
        transport, early = take_connection(request)
    except ConnectionError:
        raise asyncio.CancelledError from None
    transport.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    transport.set_write_buffer_limits(high=HARD_LIMIT)
    socket = WebSocket(transport)
    transport.set_protocol(socket)
    if early:
        asyncio.get_running_loop().call_soon(socket.data_received, early)
    return socket


def take_connection(request: web.Request) -> tuple[asyncio.Transport, bytes]:
    """The connection of a request, which aiohttp forgets, and what was read after the request.

    Its protocol is the caller's to set. Raises ConnectionError when the client has gone.
    """
    # uvloop's transports are none of asyncio's classes.
    transport: Any = request.transport
    http = request.protocol
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client has gone")
    early = bytes(http._message_tail)
    http._message_tail = b""
    # aiohttp must neither close the connection at the end of its task nor wait for it at its own.
    http.transport = None
    # Nor may it outlive its task: by a cycle, or by the timer that ends idle connections.
    http._parser = None
    if http._keepalive_handle is not None:
        http._keepalive_handle.cancel()
        http._keepalive_handle = None
    task, http._task_handler = http._task_handler, None
    if task is not None:
        task.add_done_callback(_forget_frames)
    if http._manager is not None:
        http._manager.connection_lost(http, None)
    return transport, early


def _forget_frames(task: "asyncio.Task[None]") -> None:
    """Let go of what the task's exception refers to: a cycle, which waits for the collector."""
    try:
        task.result()
    except BaseException as end:
        traceback.clear_frames(end.__traceback__)


def _accept_of(request: web.Request) -> bytes:
    headers = request.headers
    if headers.get("Upgrade", "").strip().lower() != "websocket":
        raise HandshakeError("not a websocket handshake")
    if "upgrade" not in headers.get("Connection", "").lower():
        raise HandshakeError("the Connection header must say Upgrade")
    if headers.get("Sec-WebSocket-Version") != "13":
        raise HandshakeError("Sec-WebSocket-Version must be 13")
    key = headers.get("Sec-WebSocket-Key", "").strip().encode()
    try:
        if len(base64.b64decode(key, validate=True)) != 16:
            raise ValueError
    except ValueError:
        raise HandshakeError("Sec-WebSocket-Key is not 16 bytes in base64") from None
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())
