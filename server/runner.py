"""What aiohttp answers before there is a request to route: in our words, and logged in ours.

Its own words repeat the line that was wrong, which may hold an invite's code or a token.
"""

import structlog
from aiohttp import web
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from rooms.errors import DomainError, Internal, Malformed
from server.headers import harden
from server.middleware import new_request_id, problem_response

log = structlog.get_logger("server.requests")


class _BrokenBody(web.RequestPayloadError, TimeoutError):
    """The rest of a body will never come. A time-out too, since aiohttp, which reads what a
    handler has left of a body, gives that up without a word."""


class _Protocol(RequestHandler):
    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages and isinstance(self._messages[-1][0], _ErrInfo):
            # What should have been the rest of a body is no HTTP. aiohttp would let whoever
            # reads that body wait for ever. Its handler may be about to begin: then it is in
            # neither place, but will be in a moment.
            self._break_bodies()
            self._loop.call_soon(self._break_bodies)

    def _break_bodies(self) -> None:
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


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """An AppRunner that answers like this."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            loop=made._loop,
            **made._kwargs,
        )
