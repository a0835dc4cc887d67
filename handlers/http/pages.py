"""Lists that go on: cursors, and the headers that carry the next one."""

import base64
from typing import TypeVar

import msgspec
from aiohttp import web

from rooms.errors import Invalid

T = TypeVar("T")


def encode_cursor(position: object) -> str:
    """An opaque text for a position in a list."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(text: str | None, shape: type[T]) -> T | None:
    """The position that a cursor stands for; None without one. Raises Invalid."""
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=shape)
    except (ValueError, RecursionError):
        raise Invalid.field("cursor", "is not one that this list gave") from None


def next_page(request: web.Request, cursor: str | None) -> dict[str, str]:
    """The headers that lead to the next page; none on the last one."""
    if cursor is None:
        return {}
    url = request.rel_url.update_query(cursor=cursor)
    return {"Link": f'<{url}>; rel="next"', "X-Next-Cursor": cursor}
