"""Headers that protect whoever looks at an answer, and compression by Accept-Encoding."""

import re

from aiohttp import web

_COMPRESSED = ("application/json", "text/", "application/problem+json")
WORTH_COMPRESSING = 1000  # bytes

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
    # Not the versions of what it runs on.
    "Server": "FocusHub",
}


def harden(response: web.StreamResponse, path: str, request_id: str) -> None:
    """Add the headers that every answer has; those of the API are kept by no cache."""
    headers = response.headers
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    csp = _CSP_DOCS if path.startswith("/api-docs") else _CSP
    headers.setdefault("Content-Security-Policy", csp)
    headers.setdefault("X-Request-ID", request_id)
    if path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
        # Other pages get other permissions (aiohttp-cors does not say so itself).
        vary(response, "Origin")


def compress(request: web.Request, response: web.StreamResponse) -> None:
    """Compress what is text, not compressed already, and long enough to gain by it."""
    if not response.content_type.startswith(_COMPRESSED):
        return
    vary(response, "Accept-Encoding")
    body = getattr(response, "body", None)
    long = isinstance(body, bytes) and len(body) >= WORTH_COMPRESSING
    if long and "Content-Encoding" not in response.headers and takes_gzip(request):
        response.enable_compression(web.ContentCoding.gzip)


def takes_gzip(request: web.Request) -> bool:
    """Whether Accept-Encoding has gzip, and not with a weight of nought (aiohttp reads none)."""
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def vary(response: web.StreamResponse, name: str) -> None:
    """Tell caches that the answer depends on this header of the request."""
    there = [part for part in response.headers.get("Vary", "").split(", ") if part]
    if name not in there:
        response.headers["Vary"] = ", ".join([*there, name])
