"""A server that a test may kill: at a port and in a folder that outlive its process."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.support.product import Person, Product, ready_url, start_process, stop_process
from tests.support.visitors import newcomer, sign_up


class Server:
    """One `run.py` with its own embedded servers; `product` is its address, the same for ever."""

    def __init__(self, folder: Path, http: aiohttp.ClientSession) -> None:
        self._settings = {"DATA_DIR": str(folder / "data"), "RATE_LIMITS": "off"}
        self._settings["PORT"] = str(free_port())
        self.product = Product("", "", "", http)

    async def start(self) -> None:
        process = self.product.process = start_process(**self._settings)
        self.product.url = await asyncio.to_thread(ready_url, process)

    async def kill(self) -> None:
        """kill -9, of the process and with it of its servers."""
        await asyncio.to_thread(self.product.kill)

    def freeze(self) -> None:
        """What is sent from now on is taken by the kernel and read by nobody."""
        assert self.product.process is not None
        self.product.process.send_signal(signal.SIGSTOP)

    async def person(self, **fields: str) -> Person:
        """Somebody who has signed up by the API."""
        body = newcomer(**fields)
        status, answer, _ = await sign_up(self.product, body)
        assert status == 201, answer
        user = answer["user"]
        return Person(
            self.product, user["id"], user["username"], user["email"], answer["access_token"], 0
        )


@asynccontextmanager
async def server_in(folder: Path) -> AsyncIterator[Server]:
    async with aiohttp.ClientSession() as http:
        server = Server(folder, http)
        await server.start()
        try:
            yield server
        finally:
            assert server.product.process is not None
            await asyncio.to_thread(stop_process, server.product.process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
