"""What every request passes: an id, one log line, metrics, problem+json, headers that protect."""

import math
import re
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from handlers.http.limited import tell_limit
from handlers.messages.errors import status_of, to_problem_json
from rooms.errors import (
    DomainError,
    Forbidden,
    Internal,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    UnsupportedMediaType,
)
from server import metrics
from server.headers import compress, harden

log = structlog.get_logger("server.requests")

REQUEST_ID = web.RequestKey("request_id", str)
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id (its own, if it has a sane one), a log line and a metric."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _ID.fullmatch(given) else new_request_id()
    request[REQUEST_ID] = request_id
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    started = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        _note(request, status, time.perf_counter() - started)


def new_request_id() -> str:
    return secrets.token_hex(8)


def _note(request: web.Request, status: int, seconds: float) -> None:
    route = _route_of(request)
    if route == "/socket.io/":
        return
    # A label is kept for ever, so what clients make up is not one.
    method = request.method if request.method in _METHODS else "other"
    metrics.http_requests.labels(method, route, str(status)).observe(seconds)
    say = log.warning if status >= 500 else log.debug if route in _QUIET else log.info
    say("request", method=method, path=_loggable(request.path), status=status,
        ms=round(seconds * 1000, 1))  # fmt: skip


_QUIET = ("/healthz", "/readyz", "/metrics")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SECRET = re.compile(r"(/(?:invites|calendar)/)[^/]+", re.IGNORECASE)


def without_secrets(address: str) -> str:
    """The address without codes of invites and links of calendars, as good as passwords."""
    return _SECRET.sub(r"\1***", address)


def _loggable(path: str) -> str:
    return without_secrets(path)[:200]


def _route_of(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


@web.middleware
async def refuse_in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error, from every layer, becomes application/problem+json with its code."""
    allow = None
    try:
        return await handler(request)
    except DomainError as refusal:
        error = refusal
    except web.HTTPException as raised:
        if raised.status < 400:
            raise
        allow = raised.headers.get("Allow")
        error = _refusal_of(raised)
    except (ConnectionResetError, BrokenPipeError):
        raise
    except (web.RequestPayloadError, HttpProcessingError):
        # Chunks that are none, or a Content-Encoding that the body does not have.
        error = Malformed("The body of the request cannot be read.")
    except Exception:
        log.exception("a request failed", path=_loggable(request.path))
        error = Internal()
    response = problem_response(error, request.get(REQUEST_ID, ""))
    if allow:
        response.headers["Allow"] = allow
    return response


def problem_response(error: DomainError, request_id: str) -> web.Response:
    """The refusal as a client of REST sees it."""
    response = web.Response(
        body=to_problem_json(error, request_id),
        status=status_of(error.code),
        content_type="application/problem+json",
    )
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    if response.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _refusal_of(raised: web.HTTPException) -> DomainError:
    match raised.status:
        case 403:
            return Forbidden(raised.text)
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            return MethodNotAllowed()
        case 413:
            return TooLarge("The body of a request may have 1 MiB.")
        case 415:
            return UnsupportedMediaType()
        case _:
            return Invalid(raised.reason or "The request is not valid.")


@web.middleware
async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers that protect whoever looks at the answer, and compression by Accept-Encoding."""
    response = await handler(request)
    if not response.prepared:
        _dress(request, response)
        compress(request, response)
    return response


async def dress_streams(request: web.Request, response: web.StreamResponse) -> None:
    """The same for what a handler begins to send by itself, which `protect` sees too late."""
    if "X-Request-ID" not in response.headers and response.status != 101:
        _dress(request, response)


def _dress(request: web.Request, response: web.StreamResponse) -> None:
    harden(response, request.path, request.get(REQUEST_ID, ""))
    tell_limit(response, request)
