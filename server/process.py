"""A process that serves: opens an instance, listens, and drains it on SIGTERM or SIGINT."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aiohttp import web

from server.app import make_app
from server.instance import Instance, open_instance
from server.runner import Runner
from server.settings import Settings, SettingsError
from server.workers import Worker
from storage.embedded import EmbeddedError

log = structlog.get_logger(__name__)
T = TypeVar("T")

DRAIN_WITHIN_S = 20.0


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
    settings: Settings,
    addresses: Addresses,
    *,
    share_port: bool = False,
    revive: Callable[[], list[str]] = list,
) -> None:
    """Serve until SIGTERM or SIGINT, then send the clients away and end.

    `revive` starts the embedded servers again that have died; it is called every second.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    instance = await open_instance(
        settings, addresses.database_url, addresses.redis_url, addresses.jwt_secret
    )
    try:
        runner = await _listen(instance, share_port=share_port)
        spare_the_collector()
        reviving = asyncio.create_task(_revive_for_ever(revive), name="embedded servers")
        try:
            await stop.wait()
            reviving.cancel()
            log.info("draining")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_WITHIN_S):
                    await instance.drain()
        finally:
            await runner.cleanup()
    finally:
        await instance.close()


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


async def _listen(instance: Instance, *, share_port: bool) -> web.AppRunner:
    settings = instance.settings
    worker = Worker.of_environment()
    runner = Runner(make_app(instance, worker), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    if worker is not None:
        worker.sign_ids(instance.sockets.eio)
        await web.UnixSite(runner, worker.socket_of(worker.number), backlog=1024).start()
    site = web.TCPSite(
        runner, settings.host, settings.port, reuse_port=share_port or None, backlog=4096
    )
    try:
        await site.start()
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"HOST, PORT: cannot listen on {where}: {error.strerror}") from None
    # What systemd, a test or a person waits for.
    port = next(address[1] for address in runner.addresses if isinstance(address, tuple))
    host = "localhost" if settings.host in ("0.0.0.0", "::") else settings.host
    print(f"FocusHub is ready at http://{host}:{port}", flush=True)
    log.info("ready", pid=os.getpid(), port=port)
    return runner
