"""Answers that are sent while they are made: nothing of them is kept, and none ends too early
without its reader noticing."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from handlers.http.call import Call
from rooms.errors import DomainError

log = structlog.get_logger(__name__)

# Who takes nothing for so long is given up.
_READ_WITHIN_S = 60.0


async def stream(
    call: Call, chunks: AsyncIterator[bytes], media: str, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    """Send the chunks as they come, no faster than they are read.

    What fails before the first one is answered as an error like any other. After it the connection
    is broken off, because a body that ends in order would look whole.
    """
    named = {"Content-Type": media, **(headers or {})}
    if call.request.method == "HEAD":
        return web.Response(headers=named)
    first = await anext(chunks, b"")
    response = web.StreamResponse(headers=named)
    try:
        await response.prepare(call.request)
        await _send(response, first)
        async for chunk in chunks:
            await _send(response, chunk)
        await response.write_eof()
    except (ConnectionResetError, TimeoutError):
        _break_off(call.request)  # its reader is gone
    except DomainError as error:
        log.warning("an answer was broken off", error=repr(error))
        _break_off(call.request)
    except Exception:
        log.exception("an answer was broken off")
        _break_off(call.request)
    return response


async def _send(response: web.StreamResponse, chunk: bytes) -> None:
    async with asyncio.timeout(_READ_WITHIN_S):
        await response.write(chunk)


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
