"""A process that serves: opens an instance, listens, and goes when a signal says so."""

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiohttp import web

from server import files
from server.app import make_app
from server.drain import GONE_AFTER_S, Leaving, Notice, UnderWay
from server.health import add_worker_metrics
from server.instance import Instance, open_instance
from server.port import BACKLOG, cannot_listen
from server.runner import Runner
from server.settings import Settings
from server.watched import Watched
from server.workers import Passing, Worker
from storage.embedded import EmbeddedError

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the facts and the hints are, and what signs the tokens."""

    database_url: str
    redis_url: str
    jwt_secret: str


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, on uvloop where there is one."""
    factory = None
    if sys.platform != "win32":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


async def serve(
    settings: Settings, addresses: Addresses, *, revive: Callable[[], list[str]] = list
) -> None:
    """Serve until told to go by a signal, then send the clients away and end (`drain.py`).

    `revive` starts the embedded servers again that have died; it is called every second.
    """
    files.prepare()
    worker = Worker.of_environment()
    notice = Notice(as_worker=worker is not None)
    notice.listen()
    instance = await open_instance(
        settings, addresses.database_url, addresses.redis_url, addresses.jwt_secret
    )
    try:
        runner, leaving = await _listen(instance, worker)
        spare_the_collector()
        reviving = asyncio.create_task(_revive_for_ever(revive), name="embedded servers")
        try:
            await notice.given.wait()
            reviving.cancel()
            await leaving.go(notice, settings.drain_pause_seconds)
        finally:
            await runner.cleanup()
    finally:
        await _close(instance, notice)


async def _close(instance: Instance, notice: Notice) -> None:
    """Whatever hangs is left behind when the time is up: nobody is served any more."""
    end = (notice.at or asyncio.get_running_loop().time()) + GONE_AFTER_S
    try:
        async with asyncio.timeout_at(end):
            await instance.close()
    except TimeoutError:
        log.warning("not everything could be closed in time")


def spare_the_collector() -> None:
    """What is here now stays: look at it no more, and at the rest more rarely.

    A full collection over ten thousand connections is a pause that all of them feel.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 25, 50)


async def _revive_for_ever(revive: Callable[[], list[str]]) -> None:
    while True:
        await asyncio.sleep(1)
        try:
            for name in revive():
                log.error("an embedded server had died and was started again", server=name)
        except EmbeddedError as error:
            log.error("an embedded server cannot be started", error=str(error))


async def _listen(instance: Instance, worker: Worker | None) -> tuple[web.AppRunner, Leaving]:
    watched = Watched(None if worker is None else worker.folder / "watched")
    app = make_app(instance, watched)
    under_way = UnderWay()
    under_way.add_to(app)
    passing = None
    if worker is not None:
        passing = Passing(worker)
        passing.add_to(app)
        worker.sign_ids(instance.sockets.eio)
        add_worker_metrics(app, worker, passing)
    runner = Runner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    doors = await (_open_door(runner, instance.settings) if worker is None else worker.open(runner))
    if worker is None:
        _say_ready(runner, instance.settings)
    else:
        worker.say_ready()
    return runner, Leaving(instance, doors, under_way, passing, watched)


async def _open_door(runner: web.AppRunner, settings: Settings) -> list[web.BaseSite]:
    site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
    try:
        await site.start()
    except OSError as error:
        raise cannot_listen(settings.host, settings.port, error) from None
    return [site]


def _say_ready(runner: web.AppRunner, settings: Settings) -> None:
    port = next(address[1] for address in runner.addresses if isinstance(address, tuple))
    say_ready(settings.host, port)


def say_ready(host: str, port: int) -> None:
    """What systemd, a test or a person waits for."""
    shown = "localhost" if host in ("0.0.0.0", "::") else host
    print(f"FocusHub is ready at http://{shown}:{port}", flush=True)
    log.info("ready", pid=os.getpid(), port=port)
