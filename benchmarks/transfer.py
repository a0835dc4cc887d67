"""What moving costs: `python -m benchmarks.transfer [--rows 1000000] [--lines 100000]`.

A server of its own exports 10,000 entries and then so many more, as CSV and JSON, to a reader who
keeps none of it; and takes in a file of Toggl Track. Meanwhile somebody asks it for its health, one
call after the other: how long those take says how long its loop was held up.
"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import asyncpg

from benchmarks import processes, report
from benchmarks.report import Rows, percentile, table
from benchmarks.world import Target, database, target
from storage.embedded import Embedded
from storage.migrations import migrate

FEW = 10_000
WARM, LITTLE, MUCH, NEW = 1, 2, 3, 4  # the users, by their ids
_PEOPLE = """
    insert into users (email, username)
    select 'u' || n || '@example.org', 'user' || n from generate_series(1, 4) n;
    insert into logins (user_id, expires_at)
    select n, now() + interval '2 days' from generate_series(1, 4) n;
    insert into projects (owner_id, name, color)
    select n, 'Project ' || p, '#336699' from generate_series(1, 4) n, generate_series(1, 20) p;
    insert into project_members (project_id, user_id, role)
    select id, owner_id, 'owner' from projects;
"""
# Twelve entries of 20 minutes begin in an hour.
_ENTRIES = """
    insert into time_entries (user_id, project_id, description, tags, started_at, ended_at,
        ended_by, source, timezone, day_starts_at)
    select $1::bigint, ($1 - 1) * 20 + 1 + n % 20, 'What was done in piece ' || n,
        array['deep', 'tag ' || n % 7], x.at, x.at + interval '20 minutes', 'log', 'manual',
        'Europe/Berlin', 0
    from generate_series(1, $2::int) n
    cross join lateral (select timestamptz '2026-11-01' - n * interval '5 minutes' as at) x
"""


async def prepare(embedded: Embedded, rows: int) -> None:
    """The database, and in it people with few entries and with many."""
    connection = await asyncpg.connect(embedded.database_url)
    await connection.execute("create database focushub")
    await connection.close()
    url = database(embedded, "focushub")
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute(_PEOPLE)
    for user_id, count in ((WARM, 2000), (LITTLE, FEW), (MUCH, rows)):
        await connection.execute(_ENTRIES, user_id, count, timeout=600)
    await connection.execute("vacuum analyze time_entries", timeout=600)
    await connection.close()


class Memory:
    """The most that the server's process has had at once, since it was asked to begin."""

    def __init__(self, server: Target) -> None:
        self._pid = server.pid

    def begin(self) -> int:
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")
        return self.peak_kib

    @property
    def peak_kib(self) -> int:
        return processes.memory_kib(self._pid, "VmHWM")


@asynccontextmanager
async def asking(http: aiohttp.ClientSession, server: Target) -> AsyncIterator[list[float]]:
    """How long, in seconds, the server takes to say that it is well, while something goes on."""
    took: list[float] = []

    async def ask() -> None:
        while True:
            began = time.perf_counter()
            async with http.get(f"{server.url}/healthz") as response:
                await response.read()
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.002)

    task = asyncio.create_task(ask())
    try:
        yield took
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def waits(name: str, took: list[float]) -> Rows:
    return [
        (f"{name}: others wait", "p50, ms", percentile(took, 0.5) * 1e3),
        (f"{name}: others wait", "p99, ms", percentile(took, 0.99) * 1e3),
        (f"{name}: others wait", "most, ms", max(took) * 1e3),
    ]


async def export(http: aiohttp.ClientSession, server: Target, user_id: int, kind: str) -> int:
    """Read a whole export; answers its bytes."""
    url = f"{server.url}/api/export/time-entries?format={kind}"
    size = 0
    async with http.get(url, headers=bearer(server, user_id)) as response:
        assert response.status == 200
        async for chunk in response.content.iter_any():
            size += len(chunk)
    return size


def bearer(server: Target, user_id: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.token(user_id)}"}


async def measure_exports(http: aiohttp.ClientSession, server: Target, many: int) -> Rows:
    memory = Memory(server)
    rows: Rows = []
    for kind in ("csv", "json"):
        await export(http, server, WARM, kind)
        for user_id, count in ((LITTLE, FEW), (MUCH, many)):
            name = f"export of {count:,} entries as {kind.upper()}"
            before, cpu = memory.begin(), server.cpu_s()
            async with asking(http, server) as took:
                began = time.perf_counter()
                size = await export(http, server, user_id, kind)
                seconds = time.perf_counter() - began
            rows += [
                (name, "s", seconds),
                (name, "entries a second", count / seconds),
                (name, "server CPU, µs an entry", (server.cpu_s() - cpu) / count * 1e6),
                (name, "MiB", size / 2**20),
                (name, "growth of the peak memory, MiB", (memory.peak_kib - before) / 1024),
                *waits(name, took),
            ]
    return rows


def toggl(lines: int) -> bytes:
    """A detailed report, the newest first as Toggl writes it; two entries an hour."""
    head = "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,"
    head += "End date,End time,Duration,Tags,Amount ()\n"
    latest, step, length = datetime(2026, 11, 1), timedelta(minutes=30), timedelta(minutes=20)
    rows = []
    for n in range(lines):
        start = latest - n * step
        end = start + length
        rows.append(
            f"Ada,ada@example.org,,Project {n % 20 + 1},,What was done in piece {n},No,"
            f'{start:%Y-%m-%d,%H:%M:%S},{end:%Y-%m-%d,%H:%M:%S},00:20:00,"deep, tag {n % 7}",\n'
        )
    return (head + "".join(rows)).encode()


async def send(http: aiohttp.ClientSession, server: Target, body: bytes, **query: str) -> int:
    """Import a file; answers how many entries it made."""
    headers = bearer(server, NEW) | {"Content-Type": "text/csv"}
    url = f"{server.url}/api/import/time-entries"
    async with http.post(
        url, params={"format": "toggl"} | query, data=body, headers=headers
    ) as response:
        report = await response.json()
        assert response.status == 200, report
    created: int = report["created"]
    return created


async def measure_imports(http: aiohttp.ClientSession, server: Target, lines: int) -> Rows:
    body, memory = toggl(lines), Memory(server)
    rows: Rows = []
    for name, expected, query in (
        ("dry run", lines, {"dry_run": "true"}),
        ("import", lines, {}),
        ("the same file again", 0, {}),
    ):
        title = f"{name}, {lines:,} lines"
        before = memory.begin()
        async with asking(http, server) as took:
            began = time.perf_counter()
            assert await send(http, server, body, **query) == expected
            seconds = time.perf_counter() - began
        rows += [
            (title, "s", seconds),
            (title, "lines a second", lines / seconds),
            (title, "growth of the peak memory, MiB", (memory.peak_kib - before) / 1024),
            *waits(title, took),
        ]
    return rows


async def main(many: int, lines: int, path: Path, folder: Path) -> None:
    timeout = aiohttp.ClientTimeout(total=None)
    with report.embedded_in(folder) as embedded:
        await prepare(embedded, many)
        async with (
            target("focushub", embedded) as server,
            aiohttp.ClientSession(timeout=timeout) as http,
        ):
            async with asking(http, server) as calm:
                await asyncio.sleep(2)
            rows = waits("nothing goes on", calm)
            rows += await measure_exports(http, server, many)
            rows += await measure_imports(http, server, lines)
    print(table(rows))
    report.write_report(path, rows=rows, entries=many, lines=lines)


def run() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--json", type=Path, default=report.results_of("transfer"))
    parser.add_argument("--dir", type=Path, default=None, help="where the database goes meanwhile")
    arguments = parser.parse_args()
    with report.folder_for("transfer", arguments.dir) as folder:
        report.run(main(arguments.rows, arguments.lines, arguments.json, folder))


if __name__ == "__main__":
    run()
