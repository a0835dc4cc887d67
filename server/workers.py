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
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.socket.farewell import in_turn
from server.port import BACKLOG
from server.websocket import take_connection

# What the supervisor tells its workers: the number, which no other worker of its life has had; the
# folder of their unix sockets; the descriptors on which to listen, and where to say "ready".
WORKER = "FOCUSHUB_WORKER"
FOLDER = "FOCUSHUB_WORKERS_FOLDER"
LISTENING = "FOCUSHUB_WORKER_LISTENING"
REPORT = "FOCUSHUB_WORKER_REPORT"
READY = b"ready"

PATH = "/socket.io/"
_REACHED_WITHIN_S = 2.0
# What is left for a client that does not read is given up after this.
_FLUSHED_WITHIN_S = 5.0
_OWNER = re.compile(r"([0-9]{1,9})-")
# These concern one connection, or are made anew for the next one; compression is the door's.
_OF_ONE_HOP = frozenset(
    "connection keep-alive transfer-encoding te trailer upgrade content-length host date server"
    " accept-encoding content-encoding".split()
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One of several workers: its number, and the folder in which each has its unix socket.

    `listening`: descriptors of sockets that listen; `report`: one that hears when it is ready.
    """

    number: int
    folder: Path
    listening: tuple[int, ...] = ()
    report: int | None = None

    @classmethod
    def of_environment(cls) -> "Worker | None":
        """The worker that this process is; None for one that serves alone."""
        number, folder = os.environ.get(WORKER), os.environ.get(FOLDER)
        if not number or not folder:
            return None
        listening = tuple(map(int, os.environ[LISTENING].split(",")))
        return cls(int(number), Path(folder), listening, int(os.environ[REPORT]))

    async def open(self, runner: web.BaseRunner) -> list[web.BaseSite]:
        """Take connections, at the unix socket too; answers the doors to the outside."""
        await web.UnixSite(runner, self.socket_of(self.number), backlog=1024).start()
        doors: list[web.BaseSite] = []
        for descriptor in self.listening:
            doors.append(web.SockSite(runner, socket.socket(fileno=descriptor), backlog=BACKLOG))
            await doors[-1].start()
        return doors

    def say_ready(self) -> None:
        """Tell the supervisor that people are served here."""
        assert self.report is not None
        with contextlib.suppress(BrokenPipeError):  # it is dead, and so is this worker soon
            os.write(self.report, READY)
        os.close(self.report)

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
        self._pipes: set[_End] = set()

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
                await _pipe(request, self._worker.socket_of(owner), self._pipes)
                # The connection is the pipe's now: aiohttp's task ends without an answer.
                raise asyncio.CancelledError
            return await _ask(request, self.link_to(owner))
        except (OSError, TimeoutError, aiohttp.ClientError):
            # It died, and its sessions with it; the client begins a new one.
            return web.json_response("Invalid session", status=400)

    async def end_pipes(self, hurried: asyncio.Event) -> None:
        """End what passes through here, in turn; their clients come back to another worker.

        They are told nothing: only their own worker knows where one of its frames ends.
        """
        await in_turn(list(self._pipes), _End.part, hurried)

    def link_to(self, number: int) -> aiohttp.ClientSession:
        """Where to ask another worker."""
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


async def _pipe(request: web.Request, path: str, pipes: "set[_End]") -> None:
    """Join the request's connection to another worker, beginning with the request itself."""
    loop = asyncio.get_running_loop()
    far, ours = _End(pipes), _End(pipes)
    async with asyncio.timeout(_REACHED_WITHIN_S):
        transport, _ = await loop.create_unix_connection(lambda: far, path)
    try:
        client, early = take_connection(request)
    except ConnectionError:
        transport.abort()
        raise
    far.other, ours.other = client, transport
    pipes.add(ours)
    transport.write(_head_of(request) + early)
    client.set_protocol(ours)


def _head_of(request: web.Request) -> bytes:
    lines = [f"{request.method} {request.raw_path} HTTP/1.1".encode()]
    lines += [name + b": " + value for name, value in request.raw_headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class _End(asyncio.Protocol):
    """One end of a pipe: what comes in here goes out at the other."""

    other: asyncio.Transport

    def __init__(self, pipes: "set[_End]") -> None:
        self._pipes = pipes

    def part(self) -> None:
        """End the pipe: by its other end, and then by itself."""
        self.other.close()

    def data_received(self, data: bytes) -> None:
        self.other.write(data)

    def pause_writing(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.other.pause_reading()

    def resume_writing(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._pipes.discard(self)
        other = getattr(self, "other", None)
        if other is not None and not other.is_closing():
            other.close()
            asyncio.get_running_loop().call_later(_FLUSHED_WITHIN_S, other.abort)
