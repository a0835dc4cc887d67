"""What aiohttp answers before there is a request to route: in our words, and logged in ours.

Its own words repeat the line that was wrong, which may hold an invite's code or a token.
"""

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from rooms.errors import DomainError, Internal, Malformed
from server.headers import harden
from server.middleware import new_request_id, problem_response

log = structlog.get_logger("server.requests")


class _Protocol(RequestHandler):
    __slots__ = ()

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
