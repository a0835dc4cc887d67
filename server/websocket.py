"""A websocket without a task: frames in by callback, frames out straight to the transport.

aiohttp does the HTTP handshake's request; then the connection's transport is handed from aiohttp's
protocol to this one, so that request, parser, handler task and their memory are let go. Frames
are parsed by aiohttp's compiled reader. permessage-deflate is never negotiated.

What one client sends is read in slices, between which everybody else has their turn, and no faster
than its `pace`: what comes faster stays in the client's own buffers.
"""

import asyncio
import base64
import hashlib
import os
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader

from server.line import LINE

# A reader who does not keep up: what may be dropped is dropped from here on …
SOFT_LIMIT = 256 * 1024
# … and at this many bytes that wait for it, the connection ends.
HARD_LIMIT = 1024 * 1024
# What a closed connection has not read by then is given up.
FLUSH_WITHIN_S = 5.0
# So much it may say meanwhile, to which nobody listens.
OVERHEARD_AT_MOST = 16 * 1024 * 1024
# Larger than any packet that is answered, so that the sender of one too many can be counted.
BIGGEST_FRAME = 1024 * 1024

# Read of one client's bytes in a row: some fifteen events.
SLICE = 512
# No pause is shorter, so that the pauses of one who floods cost nothing themselves: who owes less
# is read on.
SHORTEST_PAUSE_S = 0.05
# Who has had to be paused for so long, without a quiet minute, floods.
PAUSED_AT_MOST_S = 6.0
FORGIVEN_AFTER_S = 60.0
# A message larger than any that is answered in earnest has so long to become whole.
LARGE_PART = 16 * 1024
WHOLE_WITHIN_S = 8.0

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


class Pace(Protocol):
    """How fast somebody may send."""

    def spend(self, now: float, cost: float) -> float:
        """Count what has come by `now` (`time.monotonic`); the seconds to read no more for."""


class _Inbox(WebSocketDataQueue):
    """Where aiohttp's reader puts its messages: handed on at once, never kept.

    Its base is not initialised, because the buffer made there would be more than half of what an
    idle connection weighs.
    """

    def __init__(self, socket: "WebSocket") -> None:
        self.socket = socket

    def feed_data(self, data: Any, size: int) -> None:
        socket = self.socket
        socket.frames += 1
        if data[0] is _TEXT and not socket.closing:
            socket.partial = 0
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

    `on_binary()` is called for a binary message, whose content is of no interest, `on_flood()` for
    a client that does not slow down. `partial` are the bytes of a message that is not whole yet.
    """

    __slots__ = (
        "_ended",
        "_fd",
        "_held",
        "_in_line",
        "_partial_since",
        "_parting",
        "_pause",
        "_paused_at",
        "_paused_s",
        "_reader",
        "_slow",
        "_unread",
        "closing",
        "frames",
        "on_binary",
        "on_end",
        "on_flood",
        "on_slow",
        "on_text",
        "pace",
        "partial",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.on_text: Callable[[str], None] = _ignore
        self.on_binary: Callable[[], None] = _nothing
        self.on_end: Callable[[], None] = _nothing
        self.on_slow: Callable[[], None] = _nothing
        self.on_flood: Callable[[], None] = _nothing
        self.pace: Pace | None = None
        self.frames = self.partial = 0
        self._partial_since = 0.0
        self._unread = b""
        # Reading stands still: its owner holds it; others have their turn, or it sends too fast.
        self._held = self._in_line = False
        self._pause: asyncio.Handle | None = None
        self._paused_s = self._paused_at = 0.0
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
        self._forget_unread()
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
        if self.closing:
            self._overhear(len(data))
        elif self._unread or self._held or self._pause is not None:
            self._unread += data  # read before the pause took hold
        elif len(data) <= SLICE:
            self._feed(data)
        else:
            self._unread = data
            self._stand_in_line()

    def hold(self) -> None:
        """Read nothing more until `release`."""
        self._held = True
        self.transport.pause_reading()

    def release(self) -> None:
        self._held = False
        self._go_on()

    def is_stuck(self) -> bool:
        """Whether a large message has been on its way for too long."""
        late = self.partial > LARGE_PART and not self.closing
        return late and time.monotonic() - self._partial_since > WHOLE_WITHIN_S

    def _stand_in_line(self) -> None:
        self.transport.pause_reading()
        self._in_line = True
        LINE.join(self)

    def take_turn(self) -> None:
        """Its turn in the line has come: the next slice is read, and no more for now."""
        self._in_line = False
        if self._unread and not (self.closing or self._held or self._pause):
            data, self._unread = self._unread[:SLICE], self._unread[SLICE:]
            self._feed(data)
        self._go_on()

    def _go_on(self) -> None:
        """Have more read, in its turn, unless something stands against it."""
        if self.closing or self._held or self._pause or self._in_line:
            return
        if self._unread:
            self._stand_in_line()
        else:
            self.transport.resume_reading()

    def _feed(self, data: bytes) -> None:
        assert self._reader is not None
        now = time.monotonic()
        if not self.partial:
            self._partial_since = now
        self.partial += len(data)
        before = self.frames
        self._reader.feed_data(data)
        if self.pace is not None and not self.closing:
            # A kilobyte weighs as much as a packet.
            wait = self.pace.spend(now, self.frames - before + len(data) / 1024)
            if wait > SHORTEST_PAUSE_S:
                self._slow_down(now, wait)

    def _slow_down(self, now: float, seconds: float) -> None:
        if now - self._paused_at > FORGIVEN_AFTER_S:
            self._paused_s = 0.0
        self._paused_at, self._paused_s = now, self._paused_s + seconds
        if self._paused_s > PAUSED_AT_MOST_S:
            self.on_flood()
            return
        self.transport.pause_reading()
        self._pause = asyncio.get_running_loop().call_later(seconds, self._end_pause)

    def _end_pause(self) -> None:
        self._pause = None
        self._go_on()

    def _overhear(self, size: int) -> None:
        """Let it go on talking while it is being closed, but not for ever."""
        self.partial += size
        if self.partial > OVERHEARD_AT_MOST:
            self.transport.abort()

    def _forget_unread(self) -> None:
        self._unread, self.partial, self._held = b"", 0, False
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _received(self, kind: WSMsgType, data: Any) -> None:
        if self.closing:
            return
        if kind is _PING:
            # For who does not read its answers there are none.
            self.write(control_frame(10, bytes(data)), volatile=True)
        elif kind is _BINARY:
            self.partial = 0
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
        self.on_flood, self.pace, self._reader = _nothing, None, None
        self._forget_unread()
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
    # Much that came early made aiohttp stop reading; whoever takes it over begins anew.
    transport.resume_reading()
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
