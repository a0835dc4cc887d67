"""What keeping answers saves: `python -m benchmarks.cached [--json PATH]`.

One server, once with its Redis and once without, answers the calls that are kept for a minute, to
people with 5,000 entries on 1,000 days and to members of a project with 200. Of what is written
nothing is measured here: writes do not know of what is kept.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg

from benchmarks import processes, report
from benchmarks.report import percentile
from benchmarks.world import ROOT, database, ready_url, servers, tokens_of
from storage.embedded import Embedded
from storage.migrations import migrate

NOWHERE = "redis://127.0.0.1:1/0"
PEOPLE, MEMBERS, CALLS, TOGETHER = 20, 200, 600, 16
PATHS = {
    "profile": "/users/{id}/profile",
    "activity": "/users/{id}/activity",
    "badges, with progress": "/badges",
    "badges of somebody": "/users/{id}/badges",
    "daily and weekly metrics": "/focus-metrics",
    "project": "/projects/1",
}
_PEOPLE = f"""
    insert into users (email, username) select 'u' || n || '@example.org', 'user' || n
    from generate_series(1, {MEMBERS}) n;
    insert into logins (user_id, expires_at) select id, now() + interval '1 day' from users
    order by id;
    insert into projects (owner_id, name, color)
    select 1, 'Project ' || n, '#4f7cff' from generate_series(1, 5) n;
    insert into project_members (project_id, user_id, role)
    select p, n, case n when 1 then 'owner' else 'contributor' end
    from generate_series(1, {MEMBERS}) n, generate_series(1, 5) p;
    insert into time_entries (user_id, project_id, description, tags, started_at, ended_at,
        ended_by, source, timezone, day_starts_at)
    select u, 1 + n % 5, 'entry ' || n, '{{}}', at, at + interval '50 minutes', 'stop', 'timer',
        'UTC', 0
    from generate_series(1, {PEOPLE}) u, generate_series(1, 5000) n,
        lateral (select date_trunc('day', now()) - (n / 5) * interval '1 day'
            - (1 + n % 5) * interval '1 hour' as at) x;
    insert into dirty_users (user_id, from_on, to_on)
    select u, (now() - interval '1010 days')::date, now()::date from generate_series(1, {PEOPLE}) u;
    analyze;
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A `run.py` process, the database's processes that work for it, and its callers' tokens."""

    url: str
    pid: int
    sql: "asyncpg.Connection[asyncpg.Record]"
    tokens: list[str]

    def cpu_s(self) -> float:
        return processes.cpu_s(self.pid)

    async def postgres_cpu_s(self) -> float:
        rows = await self.sql.fetch(
            "select pid from pg_stat_activity where application_name = 'focushub'"
        )
        return sum(processes.cpu_s(row["pid"]) for row in rows)


@asynccontextmanager
async def server_on(embedded: Embedded, url: str, redis_url: str) -> AsyncIterator[Server]:
    secret = "of more than thirty-two characters, for a benchmark"
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "run.py")],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "REDIS_URL": redis_url,
             "JWT_SECRET": secret, "HOST": "127.0.0.1", "PORT": "0", "RATE_LIMITS": "off",
             "LOG_LEVEL": "error"},
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    sql = await asyncpg.connect(url)
    try:
        address = await asyncio.to_thread(ready_url, process)
        yield Server(address, process.pid, sql, tokens_of(secret, PEOPLE))
    finally:
        await sql.close()
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


async def until_counted(server: Server) -> None:
    """The days of everybody are counted by the server itself, as they would be."""
    while await server.sql.fetchval(
        "select exists (select from dirty_users) or exists (select from dirty_earnings)"
    ):
        await asyncio.sleep(0.2)


async def measure(server: Server, path: str) -> dict[str, float]:
    """Figures of one call: alone, one after the other; and sixteen at a time."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        times: list[float] = []

        async def ask(number: int) -> None:
            user = 1 + number % PEOPLE
            headers = {"Authorization": f"Bearer {server.tokens[user - 1]}"}
            began = time.perf_counter()
            async with http.get(f"{server.url}/api{path.format(id=user)}", headers=headers) as got:
                await got.read()
                assert got.status == 200, await got.text()
            times.append(time.perf_counter() - began)

        await _run(ask, 2 * PEOPLE, 1)  # to begin with
        times.clear()
        await _run(ask, CALLS, 1)
        alone = sorted(times)
        times.clear()
        cpu, postgres, began = server.cpu_s(), await server.postgres_cpu_s(), time.perf_counter()
        await _run(ask, CALLS * 2, TOGETHER)
        took = time.perf_counter() - began
        return {
            "p50_ms": percentile(alone, 0.5) * 1000,
            "p99_ms": percentile(alone, 0.99) * 1000,
            "per_s": len(times) / took,
            "cpu_us": (server.cpu_s() - cpu) / len(times) * 1e6,
            "postgres_us": (await server.postgres_cpu_s() - postgres) / len(times) * 1e6,
        }


async def _run(ask: Callable[[int], Awaitable[None]], calls: int, together: int) -> None:
    numbers = iter(range(calls))

    async def caller() -> None:
        for number in numbers:
            await ask(number)

    await asyncio.gather(*(caller() for _ in range(together)))


async def run() -> dict[str, dict[str, dict[str, float]]]:
    """figures[call]["kept" or "read"]"""
    rows: dict[str, dict[str, dict[str, float]]] = {name: {} for name in PATHS}
    async with servers() as embedded:
        connection = await asyncpg.connect(embedded.database_url)
        await connection.execute("create database cached")
        await connection.close()
        url = database(embedded, "cached")
        await migrate(url)
        connection = await asyncpg.connect(url)
        await connection.execute(_PEOPLE)
        await connection.close()
        for name, redis_url in (("read", NOWHERE), ("kept", embedded.redis_url)):
            async with server_on(embedded, url, redis_url) as server:
                await until_counted(server)
                for call, path in PATHS.items():
                    print(f"{call}, {name}", file=sys.stderr)
                    rows[call][name] = await measure(server, path)
    return rows


_UNITS = {
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "per_s": "a second, 16 at a time",
    "cpu_us": "server CPU, µs",
    "postgres_us": "Postgres CPU, µs",
}


def table(rows: dict[str, dict[str, dict[str, float]]]) -> str:
    lines = ["| call | figure | kept | read | ratio |", "|---|---|---:|---:|---:|"]
    for call, both in rows.items():
        for unit, text in _UNITS.items():
            kept, read = both["kept"][unit], both["read"][unit]
            lines.append(f"| {call} | {text} | {kept:,.2f} | {read:,.2f} | {kept / read:.2f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cached", description=__doc__)
    parser.add_argument("--json", type=Path, default=report.results_of("cached"))
    arguments = parser.parse_args()
    rows = report.run(run())
    print(table(rows))
    report.write_report(arguments.json, rows=rows)


if __name__ == "__main__":
    main()
