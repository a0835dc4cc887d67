"""What aiohttp answers before there is a request to route: in our words, and logged in ours.

Its own words repeat the line that was wrong, which may hold an invite's code or a token.
"""

import asyncio
from typing import Any

import structlog
from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from rooms.errors import DomainError, Internal, Malformed, RateLimited
from server.guard import GUARD, Guard, Seen
from server.headers import harden
from server.middleware import new_request_id, problem_response

log = structlog.get_logger("server.requests")


class _BrokenBody(web.RequestPayloadError, TimeoutError):
    """The rest of a body will never come. A time-out too, since aiohttp, which reads what a
    handler has left of a body, gives that up without a word."""


class _Protocol(RequestHandler):
    """One connection, with what the guard asks of it (`guard.Connection`)."""

    __slots__ = ("_body", "_guard", "address", "head_open", "received", "seen")

    def __init__(self, manager: web.Server, guard: Guard | None, **options: Any) -> None:
        super().__init__(manager, **options)
        self._guard = guard
        self._body: StreamReader = EMPTY_PAYLOAD
        self.address: str | None = None
        self.received = 0
        self.head_open = False
        self.seen = Seen(self._loop.time())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.address = peer_of(transport)
        assert self._manager is not None
        if self._guard is not None and not self._guard.admits(
            self.address, len(self._manager._connections)
        ):
            self._turn_away(transport)
            return
        super().connection_made(transport)

    def _turn_away(self, transport: Any) -> None:
        """Say so as cheaply as can be, and keep nothing."""
        self._force_close, self._manager = True, None
        transport.write(_head_of_refusal(RateLimited("There are too many connections.")))
        transport.close()

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        in_body = self.awaits_body()
        super().data_received(data)
        if self._messages:
            self._body, self.head_open = self._messages[-1][1], False
        elif data and not in_body and not self._upgraded:  # aiohttp calls itself with nothing
            self.head_open = True
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            # What should have been the rest of a body is no HTTP. aiohttp would let whoever
            # reads that body wait for ever. Its handler may be about to begin: then it is in
            # neither place, but will be in a moment.
            self.break_bodies()
            self._loop.call_soon(self.break_bodies)

    def awaits_body(self) -> bool:
        """Whether a request has come whose body has not."""
        return not self._body.is_eof() and self._body.exception() is None

    def is_idle(self) -> bool:
        """Whether nothing was asked that is not answered."""
        return self._waiter is not None and not self._waiter.done()

    def reads(self) -> bool:
        """Whether we take what is sent: a handler that is behind stops it."""
        return not (self._reading_paused or self._buffer_paused)

    def give_up(self) -> None:
        """Wait for the head of a request no more; whoever has begun one is told so."""
        if self.transport is not None and self.head_open and self.is_idle():
            self.transport.write(_head_of_refusal(Malformed("The request did not come in time.")))
        self.force_close()

    def break_bodies(self) -> None:
        """Let whoever reads a body know that the rest of it will not come."""
        bodies = [payload for _, payload in self._messages]
        if self._current_request is not None:
            bodies.append(self._current_request.content)
        for body in bodies:
            if body is not EMPTY_PAYLOAD and not body.is_eof() and body.exception() is None:
                body.set_exception(_BrokenBody("the body is no HTTP"))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no HTTP, or to what no middleware has caught."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer is under way already")
        request_id = new_request_id()
        if status < 500:
            # Not the exception itself: it quotes.
            log.info("no request", error=type(exc).__name__, request_id=request_id)
            error: DomainError = Malformed("This is no HTTP request that can be read.")
        else:
            log.error("a request failed", exc_info=exc, request_id=request_id)
            error = Internal()
        response = problem_response(error, request_id)
        harden(response, "", request_id)
        response.force_close()
        return response


def peer_of(transport: asyncio.BaseTransport) -> str | None:
    """The address at the other end; None for a unix socket."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else None


def _head_of_refusal(error: DomainError) -> bytes:
    """A whole answer, for whom there is no request to answer."""
    request_id = new_request_id()
    response = problem_response(error, request_id)
    harden(response, "", request_id)
    body = response.body
    assert isinstance(body, bytes)
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


class _Server(web.Server):
    """Knows who is connected, from where, until their connection ends or is taken over."""

    def __init__(self, *args: Any, guard: Guard | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._guard = guard
        self._watching: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Begin to look at the connections; ends with `shutdown`."""
        if self._guard is not None:
            watching = self._guard.watch_for_ever(self._connections.keys)  # type: ignore[arg-type]
            self._watching = asyncio.create_task(watching, name="connections")

    async def shutdown(self, timeout: float | None = None) -> None:
        if self._watching is not None:
            self._watching.cancel()
        await super().shutdown(timeout)

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if self._guard is not None:
            self._guard.arrived(handler.address)

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        if self._guard is not None and handler in self._connections:
            self._guard.departed(handler.address)
        super().connection_lost(handler, exc)

    def __call__(self) -> RequestHandler:
        return _Protocol(self, self._guard, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An AppRunner that answers like this, and whose connections the application's guard sees."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        server = _Server(
            made.request_handler,
            guard=self._app.get(GUARD),
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )
        server.watch()
        return server
