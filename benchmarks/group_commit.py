"""What group commit is worth: `python -m benchmarks.group_commit [--seconds 3] [--json PATH]`.

The same timer commands (start and stop, on a project, with tags, and everything that they write)
against one Postgres with fsync, in turn: by the committer, as the product does it, and each in a
transaction of its own, decided by the very same function, on a pool of 16 connections. One table
with ratios; believe those rather than the figures, since both ran on the same noisy machine.
"""

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks import report
from handlers.actions.committer import Committer
from handlers.actions.timers import TimerCommand, decide_batch
from rooms.timer import Command, StartTimer, StopTimer
from storage.channels import keep_partitions
from storage.database import Pool, connect_pool
from storage.migrations import migrate

CALLERS = (1, 16, 64, 256)
TEAM = 8  # users on one project, whose channel they share
CONNECTIONS = 16

Submit = Callable[[TimerCommand], Awaitable[object]]


@dataclass(frozen=True)
class Result:
    """One way at one number of callers; latencies in ms, CPU of this process in µs a command."""

    way: str
    callers: int
    commands_per_s: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    mean_batch: float


@dataclass
class Batches:
    """Counts the batches of a way, to know how large they are."""

    batches: int = 0
    commands: int = 0


async def main(seconds: float, path: Path, data_dir: Path) -> None:
    with report.embedded_in(data_dir, valkey=False) as embedded:
        await migrate(embedded.database_url)
        pool = await connect_pool(embedded.database_url, min_size=CONNECTIONS, max_size=CONNECTIONS)
        async with pool:
            await keep_partitions(pool)
            await make_world(pool, max(CALLERS))
            results = await compare(pool, seconds)
            version = await pool.fetchval("show server_version")
    print(table(results))
    report.write_report(path, postgres=version, results=[asdict(result) for result in results])


async def make_world(pool: Pool, users: int) -> None:
    """As many users as callers, in teams, each team with a project."""
    await pool.execute(
        "insert into users (email, username) select 'user' || n || '@example.org', 'user' || n"
        " from generate_series(1, $1::integer) n",
        users,
    )
    await pool.execute(
        "insert into projects (owner_id, name, color)"
        " select n, 'p' || n, '#336699' from generate_series(1, $1::integer) n",
        users // TEAM,
    )
    await pool.execute(
        "insert into project_members (project_id, user_id, role)"
        " select (n - 1) / $2 + 1, n, 'contributor' from generate_series(1, $1::integer) n",
        users,
        TEAM,
    )
    await pool.execute("vacuum analyze")


async def compare(pool: Pool, seconds: float) -> list[Result]:
    """Both ways in turn, twice each at every number of callers; the better of two runs counts."""
    results = []
    for callers in CALLERS:
        apart: list[Result] = []
        grouped: list[Result] = []
        for _ in range(2):
            apart.append(await run_apart(pool, callers, seconds))
            grouped.append(await run_grouped(pool, callers, seconds))
        results += [max(runs, key=lambda run: run.commands_per_s) for runs in (apart, grouped)]
    return results


async def run_apart(pool: Pool, callers: int, seconds: float) -> Result:
    done = Batches()

    async def submit(command: TimerCommand) -> object:
        async with pool.acquire() as connection:
            async with connection.transaction():
                outcomes, _events = await decide_batch(connection, [command])
        done.batches += 1
        done.commands += 1
        return outcomes[0]

    return await measure("own transaction", submit, done, callers, seconds)


async def run_grouped(pool: Pool, callers: int, seconds: float) -> Result:
    committer = Committer(pool, decide_batch, lambda _events: None)
    committer.start()
    try:
        return await measure("group commit", committer.submit, committer, callers, seconds)
    finally:
        await committer.close()


async def measure(
    way: str, submit: Submit, done: Batches | Committer, callers: int, seconds: float
) -> Result:
    latencies: list[float] = []
    await asyncio.gather(*(call(user, submit, 0.3, []) for user in range(1, callers + 1)))
    gc.collect()
    batches, commands = done.batches, done.commands
    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(
        *(call(user, submit, seconds, latencies) for user in range(1, callers + 1))
    )
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    cuts = statistics.quantiles(latencies, n=100)
    return Result(
        way,
        callers,
        round(len(latencies) / took, 1),
        round(cuts[49] * 1000, 2),
        round(cuts[98] * 1000, 2),
        round(cpu / len(latencies) * 1e6, 1),
        round((done.commands - commands) / max(1, done.batches - batches), 1),
    )


async def call(user_id: int, submit: Submit, seconds: float, latencies: list[float]) -> None:
    """Start and stop one's timer, again and again."""
    clock = time.perf_counter
    until = clock() + seconds
    start: Command = StartTimer((user_id - 1) // TEAM + 1, "Write the report", ("deep", "writing"))
    while clock() < until:
        for command in (start, StopTimer()):
            sent = clock()
            answer = await submit(TimerCommand(user_id, uuid4(), command))
            latencies.append(clock() - sent)
            if not isinstance(answer, str):
                raise RuntimeError(f"{command} was refused: {answer!r}")


def table(results: list[Result]) -> str:
    lines = [
        f"{'callers':>7}  {'way':<16}{'commands/s':>11}{'p50 ms':>9}{'p99 ms':>9}"
        f"{'CPU µs':>9}{'batch':>7}{'ratio':>8}{'latency':>9}"
    ]
    for apart, grouped in zip(results[::2], results[1::2], strict=True):
        for result in (apart, grouped):
            line = (
                f"{result.callers:>7}  {result.way:<16}{result.commands_per_s:>11,.0f}"
                f"{result.p50_ms:>9.2f}{result.p99_ms:>9.1f}{result.cpu_us:>9.0f}"
                f"{result.mean_batch:>7.1f}"
            )
            if result is grouped:
                line += f"{grouped.commands_per_s / apart.commands_per_s:>7.1f}x"
                line += f"{grouped.p50_ms / apart.p50_ms:>8.2f}x"
            lines.append(line)
    return "\n".join(lines)


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each of the 16 runs")
    parser.add_argument(
        "--json", type=Path, default=report.results_of("group_commit"), help="where the results go"
    )
    # Where temporary files live in memory, fsync costs nothing and the figures mean little.
    parser.add_argument("--dir", type=Path, help="on the disk to measure with")
    arguments = parser.parse_args()
    with report.folder_for("group-commit", arguments.dir) as folder:
        report.run(main(arguments.seconds, arguments.json, folder))


if __name__ == "__main__":
    run()
