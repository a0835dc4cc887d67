"""What a taken connection leaves behind at aiohttp: nothing."""

import asyncio
import gc
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from server.websocket import take_over


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async def take(request: web.Request) -> web.Response:
        take_over(request)
        raise asyncio.CancelledError

    app = web.Application()
    app.router.add_get("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_its_handler_and_task_are_let_go_without_the_collector(url: str) -> None:
    """Held by a timer or a cycle, they would weigh more than all the rest of a connection."""
    gc.collect()
    gc.disable()
    try:
        before = _handlers()
        async with aiohttp.ClientSession() as http:
            sockets = [await http.ws_connect(url) for _ in range(20)]
            await asyncio.sleep(0.05)
            assert _handlers() <= before
            for socket in sockets:
                await socket.close()
    finally:
        gc.enable()


def _handlers() -> int:
    return sum(isinstance(each, RequestHandler) for each in gc.get_objects())
