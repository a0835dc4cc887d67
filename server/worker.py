"""`run.py worker`: works on jobs beside the instances that serve, and serves nobody.

With a port it answers /healthz and /metrics there.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_async.aio.web import server_stats

from handlers.actions.services import Services
from handlers.jobs.outside import Outside
from rooms.errors import DomainError
from server.health import healthz
from server.process import Addresses
from server.services import make_queue, make_services, publishing
from server.settings import Settings, SettingsError
from storage.cache import connect_redis
from storage.channels import keep_partitions, read_epoch
from storage.database import CONNECTION_LOST, connect_pool
from storage.hints import Hints

log = structlog.get_logger(__name__)


async def work(settings: Settings, addresses: Addresses, port: int | None) -> None:
    """Work until SIGTERM or SIGINT, finish what is under way, and end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with _queue(settings, addresses), _listening(settings.host, port):
        print("FocusHub works on jobs.", flush=True)
        await stop.wait()
        log.info("draining")


@asynccontextmanager
async def _queue(settings: Settings, addresses: Addresses) -> AsyncIterator[None]:
    db = await connect_pool(addresses.database_url)
    redis = connect_redis(addresses.redis_url)
    await keep_partitions(db)
    epoch = await read_epoch(db)
    hints = Hints(redis, epoch, lambda event: None, lambda: None)
    announce, whisper = publishing(hints.publish)
    services = make_services(settings, db, redis, epoch, addresses.jwt_secret, announce, whisper)
    async with Outside(allow_private=settings.webhook_allow_private) as outside:
        queue = make_queue(settings, services, outside)
        hints.start()
        queue.start()
        clock = asyncio.create_task(_keep_clock(services), name="clock")
        try:
            yield
        finally:
            await queue.stop()
            clock.cancel()
            await hints.close()
            services.passwords.close()
            services.images.close()
            await services.media.close()
            await redis.aclose()
            db.terminate()


async def _keep_clock(services: Services) -> None:
    """Learn how far the database's clock is from ours."""
    while True:
        with contextlib.suppress(*CONNECTION_LOST, DomainError):
            await services.clock.measure(services.db)
        await asyncio.sleep(services.terms.clock_check.total_seconds())


@asynccontextmanager
async def _listening(host: str, port: int | None) -> AsyncIterator[None]:
    """Answer who watches, if a port is given."""
    if port is None:
        yield
        return
    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", server_stats)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield
    except OSError as error:
        where = f"{host}:{port}"
        raise SettingsError(f"--port: cannot listen on {where}: {error.strerror}") from None
    finally:
        await runner.cleanup()
