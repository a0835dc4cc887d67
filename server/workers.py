"""Several workers on one port: whoever meets the wrong one is passed on to the right one.

A client that polls sends each request over whatever connection it has, and any worker may get it.
So the id of an Engine.IO session begins with its worker's number, and a request for somebody
else's session goes on to that worker over its unix socket: polls as requests, and the upgrade to a
websocket as bytes, both ways, until either end closes. Connections that begin with a websocket
never come here.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from server.websocket import take_connection

# What the supervisor tells its workers: "number/count", and the folder of their sockets.
WORKER = "FOCUSHUB_WORKER"
FOLDER = "FOCUSHUB_WORKERS_FOLDER"

PATH = "/socket.io/"
_REACHED_WITHIN_S = 2.0
# What is left for a client that does not read is given up after this.
_FLUSHED_WITHIN_S = 5.0
_OWNER = re.compile(r"([0-9]{1,3})-")
# These concern one connection, or are made anew for the next one; compression is the door's.
_OF_ONE_HOP = frozenset(
    "connection keep-alive transfer-encoding te trailer upgrade content-length host date server"
    " accept-encoding content-encoding".split()
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One of several workers: its number, and the folder in which each has its unix socket."""

    number: int
    folder: Path

    @classmethod
    def of_environment(cls) -> "Worker | None":
        """The worker that this process is; None for one that serves alone."""
        number, folder = os.environ.get(WORKER), os.environ.get(FOLDER)
        return cls(int(number.partition("/")[0]), Path(folder)) if number and folder else None

    def socket_of(self, number: int) -> str:
        """Where a worker takes what others pass on to it."""
        return str(self.folder / f"{number}.sock")

    def sign_ids(self, engine: Any) -> None:
        """Let all ids that this Engine.IO server makes begin with the worker's number."""
        make: Callable[[], str] = engine.generate_id
        engine.generate_id = lambda: f"{self.number}-{make()}"

    def other_owner(self, request: web.Request) -> int | None:
        """The worker that has the session of this request, if it is not this one."""
        if request.path != PATH:
            return None
        match = _OWNER.match(request.query.get("sid", ""))
        return None if match is None or int(match[1]) == self.number else int(match[1])


class Passing:
    """Passes requests for the sessions of other workers on to them."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._links: dict[int, aiohttp.ClientSession] = {}

    def add_to(self, app: web.Application) -> None:
        """Look at the requests of this application, after its other middlewares."""

        @web.middleware
        async def pass_on(request: web.Request, handler: Handler) -> web.StreamResponse:
            owner = self._worker.other_owner(request)
            return await (handler(request) if owner is None else self._pass_on(request, owner))

        app.middlewares.append(pass_on)
        app.on_cleanup.append(self._close)

    async def _pass_on(self, request: web.Request, owner: int) -> web.Response:
        try:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                await _pipe(request, self._worker.socket_of(owner))
                # The connection is the pipe's now: aiohttp's task ends without an answer.
                raise asyncio.CancelledError
            return await _ask(request, self._link_to(owner))
        except (OSError, TimeoutError, aiohttp.ClientError):
            # It died, and its sessions with it; the client begins a new one.
            return web.json_response("Invalid session", status=400)

    def _link_to(self, number: int) -> aiohttp.ClientSession:
        if number not in self._links:
            self._links[number] = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(self._worker.socket_of(number), limit=0),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_REACHED_WITHIN_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
            )
        return self._links[number]

    async def _close(self, _app: web.Application) -> None:
        for link in self._links.values():
            await link.close()


async def _ask(request: web.Request, link: aiohttp.ClientSession) -> web.Response:
    headers = [(n, v) for n, v in request.headers.items() if n.lower() not in _OF_ONE_HOP]
    async with link.request(
        request.method,
        f"http://{request.host}{request.raw_path}",
        data=await request.read() or None,
        headers=[*headers, ("Host", request.host)],
        skip_auto_headers=("User-Agent", "Content-Type", "Accept-Encoding"),
        allow_redirects=False,
    ) as answer:
        kept = [(n, v) for n, v in answer.headers.items() if n.lower() not in _OF_ONE_HOP]
        return web.Response(body=await answer.read(), status=answer.status, headers=kept)


async def _pipe(request: web.Request, path: str) -> None:
    """Join the request's connection to another worker, beginning with the request itself."""
    loop = asyncio.get_running_loop()
    far, ours = _End(), _End()
    async with asyncio.timeout(_REACHED_WITHIN_S):
        transport, _ = await loop.create_unix_connection(lambda: far, path)
    try:
        client, early = take_connection(request)
    except ConnectionError:
        transport.abort()
        raise
    far.other, ours.other = client, transport
    transport.write(_head_of(request) + early)
    client.set_protocol(ours)


def _head_of(request: web.Request) -> bytes:
    lines = [f"{request.method} {request.raw_path} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in request.raw_headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class _End(asyncio.Protocol):
    """One end of a pipe: what comes in here goes out at the other."""

    other: asyncio.Transport

    def data_received(self, data: bytes) -> None:
        self.other.write(data)

    def pause_writing(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.other.pause_reading()

    def resume_writing(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        other = getattr(self, "other", None)
        if other is not None and not other.is_closing():
            other.close()
            asyncio.get_running_loop().call_later(_FLUSHED_WITHIN_S, other.abort)
