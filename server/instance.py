"""One instance: everything that serves, made in order and taken down in the opposite one."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis.asyncio as aioredis
import structlog

from handlers.actions.board_shelf import Shelf
from handlers.actions.committer import Committer
from handlers.actions.identity import Revoked, Tokens
from handlers.actions.passwords import Passwords
from handlers.actions.room_core import settle_due_of
from handlers.actions.services import Earning, Services
from handlers.actions.timers import decide_batch
from handlers.actions.together import Together
from handlers.http.api import Door
from handlers.socket.attendance import Attendance
from handlers.socket.boards import LiveBoards
from handlers.socket.deadlines import Deadlines
from handlers.socket.gateway import Gateway
from handlers.socket.hub import Hub
from handlers.socket.limits import EventLimits
from handlers.socket.presence import Presence
from rooms.errors import DomainError
from rooms.rules.badge_catalogue import CATALOGUE
from rooms.rules.periods import DayRule
from server import metrics
from server.loops import Loops
from server.settings import Settings
from server.transport import SocketServer
from storage.arrivals import read_arrivals
from storage.badges import put_built_in
from storage.boards import BoardBook
from storage.cache import connect_redis
from storage.channels import ChannelEvent, keep_partitions, read_epoch
from storage.database import Pool, connect_pool
from storage.hints import Ephemeral, Hints
from storage.presence import PresenceBook

log = structlog.get_logger(__name__)
ROOT = Path(__file__).resolve().parent.parent


@dataclass(slots=True)
class Instance:
    """What one process serves with, from `open_instance` to `close`."""

    settings: Settings
    db: Pool
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
    draining: bool = False

    async def drain(self) -> None:
        """Take no new connections, finish commands, and send the clients elsewhere."""
        self.draining = True
        self.sockets.eio.draining = True
        self.attendance.end()
        await self.services.timers.close()
        self.gateway.close_all("draining", "The server is going down.")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3):
                while self.gateway.sessions:
                    await asyncio.sleep(0.02)

    async def close(self) -> None:
        """Stop everything. `drain` comes before, where clients are to be spared."""
        self.draining = True
        self.attendance.end()
        await self.loops.close()
        await self.deadlines.close()
        await self.services.timers.close()
        await self.sockets.stop()
        with contextlib.suppress(DomainError):  # others will notice
            await self.attendance.close()
        await self.presence.close()
        await self.hints.close()
        self.services.passwords.close()
        await self.redis.aclose()
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
    await keep_partitions(db)
    epoch = await read_epoch(db)
    await put_built_in(db, CATALOGUE)
    redis = connect_redis(redis_url)
    terms = settings.terms
    revoked = Revoked(terms.access_token)

    def announce(events: Sequence[ChannelEvent]) -> None:
        hub.announce(events)
        hints.publish(events)

    def whisper(event: Ephemeral) -> None:
        hub.receive(event)
        hints.publish([event])

    presence = Presence(PresenceBook(redis, epoch), terms)
    services = Services(
        db=db,
        epoch=epoch,
        timers=Committer(db, decide_batch, announce),
        arrivals=Together(partial(read_arrivals, db)),
        announce=announce,
        whisper=whisper,
        passwords=Passwords(),
        tokens=Tokens(jwt_secret, terms.access_token, revoked),
        revoked=revoked,
        terms=terms,
        hidden_by_default=settings.leaderboard_opt_in,
        earning=Earning(settings.leaderboard_counts, settings.streak_min_seconds),
        presence=presence,
        boards=Shelf(
            BoardBook(redis, epoch, DayRule(settings.board_timezone)), settings.board_timezone
        ),
    )
    hints = Hints(redis, epoch, lambda event: hub.receive(event), lambda: hub.missed())
    hub = Hub(services, hints, presence)
    presence.attach(hub)
    hub.watch(presence.saw)
    services.live_boards = LiveBoards(services, hub)
    door = Door(frozenset(settings.frontend_url), settings.public_url)
    limits = EventLimits(on=settings.rate_limits == "on")
    attendance = Attendance(db)
    hub.watch_losses(attendance.lost)
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
    services.timers.start()
    hints.start()
    loops.start()
    sockets.start()
    return Instance(
        settings,
        db,
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
    )
