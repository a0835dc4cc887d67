"""What is looked at every few seconds: the process, Redis, Postgres."""

import re
from typing import Any

import aiohttp
import asyncpg

from benchmarks import processes
from benchmarks.soak.trend import Bound
from benchmarks.world import Target

# A figure may waver by so much in an hour. What follows the load (connections, channels, tasks) is
# as steady as the load is: a busy machine moves it, while a leak of one in a hundred connections
# would be some hundreds an hour. Entries, events and the like are meant to grow, and are not
# judged; nor are boards in Redis, which end with their period.
JUDGED: dict[str, Bound] = {
    "memory": Bound("MiB", 0.06, 6.0),
    "tasks": Bound("", 0.0, 60.0),
    "open_files": Bound("", 0.0, 60.0),
    "connections": Bound("", 0.0, 60.0),
    "channels": Bound("", 0.0, 60.0),
    "redis_keys": Bound("", 0.0, 400.0),
    "redis_memory": Bound("MiB", 0.2, 6.0),
    "redis_clients": Bound("", 0.0, 6.0),
    "redis_pubsub_channels": Bound("", 0.0, 60.0),
    "postgres_connections": Bound("", 0.0, 4.0),
    # Of some sixteen processes, each of which is ended and begun anew after five idle minutes.
    "postgres_memory": Bound("MiB", 0.0, 250.0),
    "dirty_users": Bound("rows", 0.0, 300.0),
    "dirty_earnings": Bound("rows", 0.0, 300.0),
    "jobs_waiting": Bound("rows", 0.0, 300.0),
    "open_presences": Bound("rows", 0.0, 150.0),
    "members_of_rooms": Bound("rows", 0.0, 300.0),
}

_COUNTS = """
    select (select count(*) from pg_stat_activity where application_name = 'focushub')
            as postgres_connections,
        (select count(*) from dirty_users) as dirty_users,
        (select count(*) from dirty_earnings) as dirty_earnings,
        (select count(*) from pgqueuer where status = 'queued' and execute_after <= now())
            as jobs_waiting,
        (select count(*) from room_presence where to_at is null) as open_presences,
        (select count(*) from room_members) as members_of_rooms
"""
TABLES = """
    select c.relname as name, pg_total_relation_size(c.oid) as bytes,
        coalesce(s.n_live_tup, 0) as live, coalesce(s.n_dead_tup, 0) as dead,
        coalesce(s.autovacuum_count, 0) as vacuums
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_user_tables s on s.relid = c.oid
    where n.nspname = 'public' and c.relkind = 'r' order by bytes desc
"""
_GAUGE = re.compile(r"^(focushub_\w+)(?:\{[^}]*\})? ([0-9.e+-]+)$", re.MULTILINE)


class Sampler:
    """Looks at one server and what it stands on."""

    def __init__(
        self,
        server: Target,
        http: aiohttp.ClientSession,
        redis: Any,
        sql: "asyncpg.Connection[asyncpg.Record]",
    ) -> None:
        self._server = server
        self._http = http
        self._redis = redis
        self._sql = sql

    async def take(self) -> dict[str, float]:
        """One sample; memory in MiB."""
        gauges = await self.gauges()
        info = await self._redis.info()
        counts = await self._sql.fetchrow(_COUNTS)
        pids = await self._sql.fetch(
            "select pid from pg_stat_activity where application_name = 'focushub'"
        )
        assert counts is not None
        names = [name async for name in self._redis.scan_iter(count=1000)]
        others = [name for name in names if b"}:board:" not in name]
        private = [processes.private_kib(row["pid"]) for row in pids]
        return {
            "memory": self._server.rss_kib() / 1024,
            "open_files": processes.open_files(self._server.pid),
            "tasks": gauges["focushub_tasks"],
            "connections": gauges["focushub_connections"],
            "channels": gauges["focushub_channels"],
            "commands": gauges["focushub_commands"],
            "deliveries": gauges["focushub_deliveries"],
            "redis_keys": float(len(others)),
            "redis_boards": float(len(names) - len(others)),
            # Without the buffers of its clients, which come and go with the load.
            "redis_memory": info["used_memory_dataset"] / 2**20,
            "redis_clients": info["connected_clients"],
            "redis_pubsub_channels": info["pubsub_channels"],
            "postgres_memory": sum(private) / 1024,
            **{name: float(value) for name, value in counts.items()},
        }

    async def for_ever(self) -> int:
        """How many keys of Redis would stay for ever: each must end by itself."""
        names = [name async for name in self._redis.scan_iter(count=1000)]
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.ttl(name)
            return sum(1 for left in await pipe.execute() if left == -1)

    async def gauges(self) -> dict[str, float]:
        """What the server says of itself, workers and labels summed up."""
        async with self._http.get(f"{self._server.url}/metrics") as response:
            text = await response.text()
        sums: dict[str, float] = {}
        for name, value in _GAUGE.findall(text):
            sums[name] = sums.get(name, 0.0) + float(value)
        return sums

    async def tables(self) -> dict[str, dict[str, int]]:
        """Bytes, rows and dead rows of each table, the largest first; of the log, its days added
        up."""
        found: dict[str, dict[str, int]] = {}
        for row in await self._sql.fetch(TABLES):
            name = re.sub(r"_\d{8}$", "", row["name"])
            sums = found.setdefault(name, {"bytes": 0, "live": 0, "dead": 0, "vacuums": 0})
            for key in sums:
                sums[key] += row[key]
        return found
