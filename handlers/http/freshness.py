"""What a client has already is not sent again: ETag, If-None-Match and 304 (RFC 9110)."""

import base64
import hashlib
from collections.abc import Mapping

from aiohttp import web

from handlers.http.operation import Operation

# Longer answers are not worth reading twice.
BIGGEST = 256 * 1024


def keep_fresh(operation: Operation, request: web.Request, response: web.Response) -> web.Response:
    """Name what a GET answers, or answer 304 if the caller has just that.

    Clients may keep it, but must ask each time whether it still holds.
    """
    body = response.body
    if not operation.may_be_kept or response.status != 200:
        return response
    if not isinstance(body, bytes) or len(body) > BIGGEST:
        return response
    headers = response.headers
    headers.setdefault("Cache-Control", "private, no-cache")
    headers["Vary"] = "Authorization, Cookie, Accept-Encoding"
    headers.setdefault("ETag", _tag_of(headers, body))
    if not is_known(request, headers["ETag"]):
        return response
    # With everything that stands in the headers: what is kept is brought up to date by it.
    return web.Response(status=304, headers={k: v for k, v in headers.items() if k not in _OF_BODY})


_OF_BODY = ("Content-Type", "Content-Length")


def _tag_of(headers: Mapping[str, str], body: bytes) -> str:
    """A weak tag of body and headers: compressed it is the same answer. It has a letter before
    its digits, so that it is never taken for a version (If-Match)."""
    told = hashlib.blake2b(digest_size=15)
    for name in ("Link", "X-Unread-Count"):
        told.update(headers.get(name, "").encode() + b"\0")
    told.update(body)
    return f'W/"b{base64.urlsafe_b64encode(told.digest()).decode()}"'


def is_known(request: web.Request, tag: str) -> bool:
    """Whether If-None-Match names the tag; compared weakly, as it is to be."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    if given.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    return any(part.strip().removeprefix("W/") == opaque for part in given.split(","))
