"""`python -m benchmarks.soak --minutes 30`: everything at once for a while, and whether it grows.

One server with databases of its own is lived in: connections that come and go (some begin by
polling, some break off), timers, rooms, boards, reads, exports, imports. Every few seconds a
sample is taken; what must not grow is judged by its slope after the first third. At the end all
leave at once, and what was theirs must be gone. Exit status 1 when something grows or stays.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import redis.asyncio as aioredis

from benchmarks import report
from benchmarks.soak.load import BUSY, FAILURES, Town
from benchmarks.soak.plot import svg
from benchmarks.soak.samples import JUDGED, Sampler
from benchmarks.soak.trend import Verdict, judge
from benchmarks.world import database, prepare, servers, target

PEOPLE = 400
# With limits, since they remember too; all come from one address, which must not be one of them.
SETTINGS = {
    "RATE_LIMITS": "on",
    "RATES": "read.address=900000/60, write.address=900000/60, costly.address=900000/60",
}
# Longer than anybody who has gone is remembered for (presence 10 s, a session that polls 45 s).
GONE_WITHIN_S = 75.0
MOST_BUSY = 0.01
SETTLED_AFTER_S = 5.0
# Loops begin and end tasks while they look after things.
TASKS_OF_ITS_OWN = 8


@dataclass(slots=True)
class Soak:
    """What came of it. `series` has (seconds, value) by figure; `left` what stayed at the end."""

    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    growth_bytes: dict[str, int] = field(default_factory=dict)
    left: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def busy_share(self) -> float:
        """How much of what was asked came to nothing because there was too much to do."""
        asked = sum(self.done.values()) + sum(self.refused.values())
        return sum(self.refused.get(code, 0) for code in BUSY) / max(1, asked)

    @property
    def faults(self) -> list[str]:
        """What should not be, a line each."""
        told = [
            f"{name} grows by {verdict.per_h:.1f} {verdict.unit} an hour"
            f" ({verdict.allowed_per_h:.1f} is allowed)"
            for name, verdict in self.verdicts.items()
            if not verdict.flat
        ]
        told += [
            f"{count} times {code}" for code, count in self.refused.items() if code in FAILURES
        ]
        if self.busy_share > MOST_BUSY:
            told.append(f"{self.busy_share:.1%} of what was asked was not answered in time")
        told += [
            f"{name}: {before:.0f} before anybody came, {after:.0f} when all had gone"
            for name, (before, after) in self.left.items()
            if after > before + (TASKS_OF_ITS_OWN if name == "focushub_tasks" else 0)
        ]
        return told


async def soak(minutes: float, clients: int, every_s: float) -> Soak:
    """Live in a server for so long."""
    result = Soak()
    async with _watched() as (sampler, town):
        await town.settle()
        await asyncio.sleep(SETTLED_AFTER_S)
        before = await sampler.gauges()
        tables = await sampler.tables()
        began = time.monotonic()
        async with town.bustle(clients):
            while (at := time.monotonic() - began) < minutes * 60:
                for name, value in (await sampler.take()).items():
                    result.series.setdefault(name, []).append((round(at, 1), round(value, 3)))
                await asyncio.sleep(every_s)
        await town.http.close()  # what it keeps open for its next call is a task there
        result.left = await _gone(sampler, before)
        result.left["keys without an end"] = 0, await sampler.for_ever()
        result.tables = await sampler.tables()
    result.growth_bytes = {
        name: sums["bytes"] - tables.get(name, {"bytes": 0})["bytes"]
        for name, sums in result.tables.items()
    }
    result.done, result.refused = dict(town.done), dict(town.refused)
    result.verdicts = {name: judge(result.series[name], bound) for name, bound in JUDGED.items()}
    return result


@asynccontextmanager
async def _watched() -> AsyncIterator[tuple[Sampler, Town]]:
    async with servers() as embedded:
        await prepare(embedded, ["focushub"])
        sql = await asyncpg.connect(database(embedded, "focushub"))
        redis = aioredis.from_url(embedded.redis_url)
        connector = aiohttp.TCPConnector(limit=0)
        try:
            async with (
                target("focushub", embedded, **SETTINGS) as server,
                aiohttp.ClientSession() as watching,
                aiohttp.ClientSession(connector=connector) as http,
            ):
                yield Sampler(server, watching, redis, sql), Town(server, http, PEOPLE)
        finally:
            await redis.aclose()
            await sql.close()


async def _gone(sampler: Sampler, before: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Wait until nothing of those who left is there any more, or for long enough."""
    names = ("focushub_connections", "focushub_channels", "focushub_tasks")
    end = time.monotonic() + GONE_WITHIN_S
    while True:
        gauges = await sampler.gauges()
        left = {name: (before[name], gauges[name]) for name in names}
        if all(now <= then for then, now in left.values()) or time.monotonic() > end:
            return left
        await asyncio.sleep(1)


def told(result: Soak) -> str:
    """The verdicts as a Markdown table."""
    lines = ["| figure | least | middle | most | growth an hour | allowed |",
             "|---|---:|---:|---:|---:|---:|"]  # fmt: skip
    for name, v in result.verdicts.items():
        unit = f", {v.unit}" if v.unit else ""
        lines.append(
            f"| {name.replace('_', ' ')}{unit} | {v.least:,.0f} | {v.middle:,.0f} | {v.most:,.0f} |"
            f" {v.per_h:+,.1f} | {v.allowed_per_h:,.1f} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=150, help="live at a time (default 150)")
    parser.add_argument("--every", type=float, default=5.0, help="seconds from sample to sample")
    parser.add_argument("--json", type=Path, default=report.results_of("soak"))
    arguments = parser.parse_args()
    report.raise_file_limit()
    result = report.run(soak(arguments.minutes, arguments.clients, arguments.every))
    print(told(result))
    leave(result, arguments.json, minutes=arguments.minutes, clients=arguments.clients)
    for fault in result.faults:
        print(fault, file=sys.stderr)
    return 1 if result.faults else 0


def leave(result: Soak, path: Path, **asked: Any) -> None:
    """The report, and the plot beside it."""
    verdicts = {name: asdict(v) | {"flat": v.flat} for name, v in result.verdicts.items()}
    rest = {
        name: getattr(result, name)
        for name in ("done", "refused", "left", "growth_bytes", "tables", "series")
    }
    report.write_report(
        path, **asked, busy_share=result.busy_share, faults=result.faults, verdicts=verdicts, **rest
    )
    path.with_suffix(".svg").write_text(svg(result.series, result.verdicts), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
