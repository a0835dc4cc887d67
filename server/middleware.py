"""What every request passes: an id, one log line, metrics, problem+json, headers that protect."""

import re
import secrets
import time
from ipaddress import ip_address, ip_network

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from handlers.messages.errors import status_of, to_problem_json
from rooms.errors import (
    DomainError,
    Forbidden,
    Internal,
    Invalid,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    UnsupportedMediaType,
)
from server import metrics

log = structlog.get_logger("server.requests")

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_COMPRESSED = ("application/json", "text/", "application/javascript", "application/problem+json")
_WORTH_COMPRESSING = 1000

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self' ws: wss:",
        "img-src 'self' data: https:",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# The documentation page draws with styles of its own making; its scripts are as strict.
_CSP_DOCS = _CSP.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def trusting(proxies: tuple[str, ...]) -> Middleware:
    """Believe the forwarded address, scheme and host of these proxies, and of nobody else."""
    networks = [ip_network(proxy, strict=False) for proxy in proxies]

    def is_trusted(address: str | None) -> bool:
        try:
            return address is not None and any(ip_address(address) in n for n in networks)
        except ValueError:
            return False

    @web.middleware
    async def trust(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_trusted(request.remote):
            return await handler(request)
        # From the right: each proxy adds the address it was called from.
        hops = [h.strip() for h in request.headers.get("X-Forwarded-For", "").split(",") if h]
        while hops and is_trusted(hops[-1]):
            hops.pop()
        scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
        changed = request.clone(
            remote=hops[-1] if hops else request.remote or "",
            scheme=scheme if scheme in ("http", "https") else request.scheme,
            host=request.headers.get("X-Forwarded-Host", request.host),
        )
        return await handler(changed)

    return trust


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id (its own, if it has a sane one), a log line and a metric."""
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
    request["request_id"] = request_id
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


def _note(request: web.Request, status: int, seconds: float) -> None:
    route = _route_of(request)
    if route == "/socket.io/":
        return
    metrics.http_requests.labels(request.method, route, str(status)).observe(seconds)
    say = log.warning if status >= 500 else log.debug if route in _QUIET else log.info
    say("request", method=request.method, path=request.path[:200], status=status,
        ms=round(seconds * 1000, 1))  # fmt: skip


_QUIET = ("/healthz", "/readyz", "/metrics")


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
    except Exception:
        log.exception("a request failed", path=request.path[:200])
        error = Internal()
    return _problem(request, error, allow)


def _problem(request: web.Request, error: DomainError, allow: str | None) -> web.Response:
    response = web.Response(
        body=to_problem_json(error, request.get("request_id", "")),
        status=status_of(error.code),
        content_type="application/problem+json",
    )
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if response.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if allow:
        response.headers["Allow"] = allow
    return response


def _refusal_of(raised: web.HTTPException) -> DomainError:
    match raised.status:
        case 403:
            return Forbidden(raised.reason)
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
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        csp = _CSP_DOCS if request.path.startswith("/api-docs") else _CSP
        response.headers.setdefault("Content-Security-Policy", csp)
        response.headers.setdefault("X-Request-ID", request.get("request_id", ""))
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        _compress(response)
    return response


def _compress(response: web.StreamResponse) -> None:
    if not response.content_type.startswith(_COMPRESSED):
        return
    response.headers["Vary"] = ", ".join(
        filter(None, (response.headers.get("Vary"), "Accept-Encoding"))
    )
    body = getattr(response, "body", None)
    if isinstance(body, bytes) and len(body) >= _WORTH_COMPRESSING:
        response.enable_compression()
