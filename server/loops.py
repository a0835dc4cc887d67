"""The background loops of an instance. Each step is a function of its own, which tests call."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from handlers.actions.room_core import ROOMS_AT_ONCE, settle_due
from handlers.actions.services import Services
from handlers.actions.settling import settle_all
from handlers.jobs import boards
from handlers.jobs.attendance import Heart, end_memberships, succeed_hosts
from handlers.jobs.credit import credit_rooms
from handlers.jobs.detach import detach_deleted
from handlers.jobs.earn import MANY, backfill, earn
from handlers.jobs.forgotten import MANY as FORGOTTEN_AT_ONCE
from handlers.jobs.forgotten import doubt_forgotten
from handlers.jobs.limits import end_overlong
from handlers.jobs.webhook_log import tend_webhooks
from handlers.socket.attendance import Attendance
from handlers.socket.gateway import Gateway
from handlers.socket.hub import Hub
from handlers.socket.presence import Presence
from rooms.errors import DomainError
from server import metrics
from storage.attendance import forget_instances
from storage.backup.noted import last_backup
from storage.channels import keep_partitions
from storage.database import CONNECTION_LOST, acquired
from storage.hints import Hints
from storage.logins import revoked_since
from storage.mail_links import forget_old_links
from storage.users import forget_results, note_seen

SEEN_AT_ONCE = 200

log = structlog.get_logger(__name__)
Step = Callable[[], Awaitable[object]]


class Loops:
    """Owns the background tasks of one instance, from `start` to `close`."""

    def __init__(
        self,
        services: Services,
        hub: Hub,
        gateway: Gateway,
        hints: Hints,
        presence: Presence,
        attendance: Attendance,
    ) -> None:
        self._services = services
        self._hub = hub
        self._gateway = gateway
        self._hints = hints
        self._presence = presence
        self._attendance = attendance
        self.heart = Heart(services, attendance)
        self._looked_at = datetime.now(UTC) - services.tokens.lifetime
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        terms = self._services.terms
        plan: list[tuple[str, timedelta, Step]] = [
            ("revocations", terms.revocation_check, self.take_revocations),
            ("positions", terms.position_check, self.check_positions),
            ("settling", terms.settle, self.settle),
            ("earning", terms.settle, self.earn),
            ("clock", terms.clock_check, self.set_clock),
            ("phase ends", terms.room_sweep, self.end_phases),
            ("heartbeat", terms.heartbeat, self.heart.beat),
            ("departures", terms.departures, self._attendance.close_gone),
            ("the dead", terms.room_sweep, self.heart.close_dead),
            ("absent members", terms.room_sweep, self.end_memberships),
            ("credit", terms.credit, self.credit),
            ("the seen", terms.seen_every, self.note_seen),
            ("forgotten timers", terms.forgotten_check, self.doubt_forgotten),
            ("presence", terms.presence_tick, self._presence.tick),
            ("boards", terms.board_tick, self.tend_boards),
            ("filling boards", terms.board_tick, self.fill_boards),
            ("live boards", terms.board_tick, self._services.live_boards.tick),
            ("leases", terms.presence_renewal, self._presence.renew),
            ("webhooks", terms.webhook_tick, self.tend_webhooks),
            ("connections", timedelta(seconds=1), self.tend_connections),
            ("limits", timedelta(seconds=1), self._gateway.settle_limits),
            ("metrics", timedelta(seconds=1), self.measure),
            ("backups", timedelta(minutes=1), self.note_backup),
            ("housekeeping", terms.housekeeping, self.keep_house),
        ]
        self._tasks = [
            asyncio.create_task(self._repeat(name, every, step), name=name)
            for name, every, step in plan
        ]
        self._tasks.append(asyncio.create_task(self._hub.catch_up_for_ever(), name="catching up"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def take_revocations(self) -> None:
        """Learn which logins ended on other instances."""
        async with acquired(self._services.db) as connection:
            # Some seconds back, since an instant is taken before it is committed.
            since = self._looked_at - timedelta(seconds=5)
            found = await revoked_since(connection, since)
        for login_id, revoked_at in found:
            self._services.revoked.add([login_id], revoked_at)
            self._looked_at = max(self._looked_at, revoked_at)
        self._services.revoked.forget_old()

    async def check_positions(self) -> None:
        """Find events whose hint was lost."""
        await self._hub.check_positions()

    async def settle(self) -> None:
        """Work off the marked users until few are left."""
        await settle_all(self._services)

    async def earn(self) -> None:
        """See what those have earned whose days were counted."""
        while await earn(self._services) >= MANY:
            continue

    async def set_clock(self) -> None:
        """Learn how far the database's clock is from ours."""
        await self._services.clock.measure(self._services.db)

    async def end_phases(self) -> None:
        """Make the transitions of rooms that no timer made [R4]."""
        while await settle_due(self._services) >= ROOMS_AT_ONCE:
            continue

    async def end_memberships(self) -> None:
        """Let others host for those who are gone, and end their memberships [R5, R7].

        Not while Redis or Postgres is away, or has been so lately: they may not be able to come.
        """
        terms = self._services.terms
        if self._hints.connected and self.heart.steady_for(terms.room_grace):
            await succeed_hosts(self._services)
            await end_memberships(self._services)

    async def credit(self) -> None:
        """Make entries of what people worked in rooms [C2]."""
        await credit_rooms(self._services)

    async def note_seen(self) -> None:
        """Note who is connected here, a few at a time: their commands wait meanwhile [T7]."""
        users = sorted({one.client.user_id for one in self._gateway.sessions.values()})
        for start in range(0, len(users), SEEN_AT_ONCE):
            await note_seen(self._services.db, users[start : start + SEEN_AT_ONCE])

    async def doubt_forgotten(self) -> None:
        """Ask for timers that seem to be forgotten [T7].

        Nobody is missed before Postgres has been there for a while: they may be on their way back.
        """
        miss = self.heart.steady_for(self._services.terms.return_within)
        while await doubt_forgotten(self._services, miss=miss) >= FORGOTTEN_AT_ONCE:
            continue

    async def tend_boards(self) -> None:
        """Tell Redis what nobody told it, and find the boards that it has not got [L1]."""
        while await boards.push_left(self._services) >= boards.MANY:
            continue
        await boards.look_after_boards(self._services)

    async def fill_boards(self) -> None:
        """Fill the boards that Redis has not got."""
        await boards.fill_boards(self._services)

    async def tend_webhooks(self) -> None:
        """Have sent what came for webhooks."""
        await tend_webhooks(self._services)

    async def tend_connections(self) -> None:
        """Beat, and end the connections whose login has ended or token has run out."""
        now = asyncio.get_running_loop().time()
        await self._hub.beat(now, self._services.terms.beat.total_seconds())
        await self._gateway.close_ended()

    async def measure(self) -> None:
        """Bring the gauges up to date."""
        metrics.connections.set(len(self._gateway.sessions))
        metrics.tasks.set(len(asyncio.all_tasks()))
        metrics.channels.set(self._hub.channel_count)
        metrics.deliveries.set(self._hub.delivered)
        metrics.batches.set(self._services.timers.batches)
        metrics.commands.set(self._services.timers.commands)
        metrics.hints_dropped.set(self._hints.dropped)
        metrics.redis_connected.set(1 if self._hints.connected else 0)
        metrics.replica_reads.set(self._services.history.from_replica)
        metrics.replica_misses.set(self._services.history.from_primary)

    async def note_backup(self) -> None:
        """Learn when a backup was last made: `run.py backup` is a process of its own."""
        made_at = await last_backup(self._services.db)
        metrics.last_backup.set(0 if made_at is None else made_at.timestamp())

    async def keep_house(self) -> None:
        """What can wait: partitions, forgotten answers, deleted projects. The job "retention" lets
        go of what its settings say."""
        services = self._services
        await keep_partitions(services.db)
        now = datetime.now(UTC)
        while await forget_results(services.db, now - services.terms.command_memory) >= 10_000:
            continue
        await forget_old_links(services.db)
        await forget_instances(services.db, timedelta(days=1))
        await end_overlong(services)
        await backfill(services)
        await boards.forget_scores(services)
        await detach_deleted(services)

    async def _repeat(self, name: str, every: timedelta, step: Step) -> None:
        pause = every.total_seconds()
        while True:
            due = time.monotonic() + pause
            try:
                await step()
            except (*CONNECTION_LOST, DomainError) as error:
                log.warning("a loop waits for the database", loop=name, error=repr(error))
            except Exception:
                log.exception("a loop failed", loop=name)
            await asyncio.sleep(max(0.01, due - time.monotonic()))
            metrics.loop_lag.set(max(0.0, time.monotonic() - due))
