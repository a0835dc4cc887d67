"""One instance: everything that serves, made in order and taken down in the opposite one."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis.asyncio as aioredis
import structlog

from handlers.actions.room_core import settle_due_of
from handlers.actions.services import Services
from handlers.http.call import Door
from handlers.jobs.outside import Outside
from handlers.socket.attendance import Attendance
from handlers.socket.boards import LiveBoards
from handlers.socket.deadlines import Deadlines
from handlers.socket.gateway import Gateway
from handlers.socket.hub import Hub
from handlers.socket.limits import EventLimits
from handlers.socket.presence import Presence
from rooms.errors import DomainError
from rooms.rules.badge_catalogue import CATALOGUE
from server import metrics
from server.job_queue import JobQueue
from server.loops import Loops
from server.services import make_queue, make_services
from server.settings import Settings
from server.transport import SocketServer
from storage.badges import put_built_in
from storage.cache import connect_redis
from storage.channels import ChannelEvent, keep_partitions, read_epoch
from storage.database import Pool, connect_pool
from storage.hints import Ephemeral, Hints
from storage.presence import PresenceBook
from storage.replica import open_history

log = structlog.get_logger(__name__)
ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class Instance:
    """What one process serves with, from `open_instance` to `close`."""

    settings: Settings
    db: Pool
    # One connection, by which to ask whether the database is there: all others may be busy.
    pulse: Pool
    redis: "aioredis.Redis"
    services: Services
    hub: Hub
    hints: Hints
    presence: Presence
    attendance: Attendance
    deadlines: Deadlines
    gateway: Gateway
    sockets: SocketServer
    loops: Loops
    door: Door
    jobs: JobQueue
    outside: Outside
    # It goes, by `drain.py`; `replaced`: another process of this machine has taken its place.
    draining: bool = False
    replaced: bool = False

    async def close(self) -> None:
        """Stop everything. `drain.py` comes before, where clients are to be spared."""
        self.draining = True
        self.attendance.end()
        await self.loops.close()
        await self.jobs.stop()
        await self.outside.__aexit__(None, None, None)
        await self.deadlines.close()
        await self.services.timers.close()
        await self.sockets.stop()
        with contextlib.suppress(DomainError):  # others will notice
            await self.attendance.close()
        await self.presence.close()
        await self.hints.close()
        if self.services.oidc is not None:
            await self.services.oidc.close()
        self.services.passwords.close()
        self.services.images.close()
        await self.services.media.close()
        await self.redis.aclose()
        await self.services.history.close()
        self.pulse.terminate()
        try:
            async with asyncio.timeout(5):
                await self.db.close()
        except TimeoutError:
            self.db.terminate()


async def open_instance(
    settings: Settings, database_url: str, redis_url: str, jwt_secret: str
) -> Instance:
    """Connect and start the loops. The database has been migrated."""
    db = await connect_pool(database_url)
    pulse = await connect_pool(database_url, min_size=0, max_size=1)
    await keep_partitions(db)
    epoch = await read_epoch(db)
    await put_built_in(db, CATALOGUE)
    redis = connect_redis(redis_url)
    terms = settings.terms

    def announce(events: Sequence[ChannelEvent]) -> None:
        hub.announce(events)
        hints.publish(events)

    def whisper(event: Ephemeral) -> None:
        hub.receive(event)
        hints.publish([event])

    presence = Presence(PresenceBook(redis, epoch), terms)
    services = make_services(settings, db, redis, epoch, jwt_secret, announce, whisper)
    services.presence = presence
    services.history = await open_history(db, settings.database_replica_url, services.clock.now)
    hints = Hints(redis, epoch, lambda event: hub.receive(event), lambda: hub.missed())
    hub = Hub(services, hints, presence)
    presence.attach(hub)
    hub.watch(presence.saw)
    services.live_boards = LiveBoards(services, hub)
    door = Door(frozenset(settings.frontend_url), settings.public_url)
    limits = EventLimits(
        on=settings.rate_limits == "on",
        per_user=services.limits.rates["events"],
        most=settings.max_connections_per_user,
    )
    attendance = Attendance(db)
    deadlines = Deadlines(partial(settle_due_of, services), services.clock.now)
    hub.watch(deadlines.saw)
    hub.on_leave(attendance.left)
    gateway = Gateway(services, hub, attendance, deadlines, limits, metrics.count_event)
    sockets = SocketServer(
        ping_every_s=terms.ping.total_seconds(), pong_within_s=terms.pong.total_seconds()
    )
    sockets.gateway = gateway
    sockets.eio.shared_with = frozenset(settings.frontend_url)
    loops = Loops(services, hub, gateway, hints, presence, attendance)
    # Before anybody is served: a login that ended must not live again for a moment, and who comes
    # into a room by this instance must find it alive.
    await loops.take_revocations()
    await loops.heart.beat()
    await services.limits.prepare()
    outside = await Outside(allow_private=settings.webhook_allow_private).__aenter__()
    jobs = make_queue(settings, services, outside)
    services.timers.start()
    hints.start()
    if settings.jobs == "on":
        jobs.start()
    loops.start()
    sockets.start()
    return Instance(
        settings,
        db,
        pulse,
        redis,
        services,
        hub,
        hints,
        presence,
        attendance,
        deadlines,
        gateway,
        sockets,
        loops,
        door,
        jobs,
        outside,
    )
