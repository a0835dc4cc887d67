"""The figures of bad input: `python -m tests.abuse [KIND…]`, some sixteen minutes for all.

For each kind of attack: after how many seconds its connections are ended, what the server's memory
grows by, what it computes more than before, and the 99th percentile of what others wait, before it
and under it. The attackers are a process of their own, as from other machines: it has the lowest
priority, so that it takes no processor from whom it attacks. The last of these figures means
something on a quiet machine only. All are noted with the load of the machine in a JSON report
(`FAULTS_REPORT`; by default the one in `benchmarks/results`, and then `docs/RELIABILITY.md` gets
its table), and judged by nobody but its reader.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "abuse.json"
os.environ.setdefault("FAULTS_REPORT", str(RESULTS))

from benchmarks.processes import cpu_s  # noqa: E402
from storage.embedded import Embedded  # noqa: E402
from tests.abuse import table, test_slow  # noqa: E402
from tests.abuse.attackers import Attacker  # noqa: E402
from tests.abuse.test_floods import BROKEN, FLOODS, memory_of  # noqa: E402
from tests.faults.report import REPORT, note, read  # noqa: E402
from tests.support.databases import Databases  # noqa: E402
from tests.support.folders import open_folder  # noqa: E402
from tests.support.product import Product, serving  # noqa: E402

# The first argument of the process of the attackers.
ATTACK = "--attack"
ATTACKERS = 3
BYSTANDERS = 10
# A bystander asks so often, and is watched for so long before each attack.
EVERY_S = 0.02
BEFORE_S = 5.0
# A percentile of so few seconds is half chance: the median of so many rounds is told.
ROUNDS = 3
P99S = ("before_s", "during_s")
CLOSED_WITHIN_S, GROWS_BY_MB, SLOWER_BY = 10.0, 20.0, 1.2


async def attack(url: str, kind: str, tokens: Sequence[str]) -> None:
    """What the process of the attackers does: says that it is ready, waits for a line, and prints
    the seconds until each was ended. So its own start is no part of what is measured."""
    os.nice(19)
    # Only its address is asked for.
    product = Product(url, "", "", None)  # type: ignore[arg-type]
    blob = (FLOODS | BROKEN).get(kind)
    attackers = [await Attacker.websocket(product, t) for t in tokens] if blob else []
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.monotonic()

    async def flood(attacker: Attacker) -> float:
        await attacker.flood(blob or b"")
        return time.monotonic() - began

    async def dawdle() -> float:
        slow: Callable[[Product], Awaitable[Attacker]] = getattr(test_slow, kind)
        await (await slow(product)).hear_all()
        return time.monotonic() - began

    async with asyncio.timeout(60):
        ways = [flood(attacker) for attacker in attackers] or [dawdle() for _ in tokens]
        print(json.dumps(await asyncio.gather(*ways)))


async def measure(product: Product, kinds: Sequence[str]) -> None:
    """These kinds of attack, or all of them."""
    slow = [one.__name__ for one in test_slow.ATTACKS if one not in test_slow.SIGNED_IN]
    for kind in kinds or (*FLOODS, *BROKEN, *slow):
        lives = [await (await product.person()).connect() for _ in range(BYSTANDERS)]
        await _watch(lives, asyncio.sleep(BEFORE_S))  # warm
        tell(kind, [await _round(product, kind, lives) for _ in range(ROUNDS)])
        for live in lives:
            await live.close()


@dataclass
class Round:
    """What one attack did: seconds, megabytes, share of a core, and p99s in seconds."""

    ended_s: float
    grown_mb: float
    more_cpu: float
    before_s: float
    during_s: float


async def _round(product: Product, kind: str, lives: Sequence[object]) -> Round:
    tokens = [(await product.person()).token for _ in range(ATTACKERS)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.abuse", ATTACK, product.url, kind, *tokens,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    await process.stdout.readline()
    used = cpu_of(product)
    before = await _watch(lives, asyncio.sleep(BEFORE_S))
    usual = (cpu_of(product) - used) / BEFORE_S
    memory, used, began = memory_of(product), cpu_of(product), time.monotonic()
    process.stdin.write(b"now\n")
    peak, during = await _watch_with_memory(product, lives, process)
    more = (cpu_of(product) - used) / (time.monotonic() - began) - usual
    ends = json.loads(await process.stdout.read())
    return Round(max(ends), (peak - memory) / 1024 / 1024, more, before, during)


def cpu_of(product: Product) -> float:
    """Seconds that the server's process has computed."""
    assert product.process is not None
    return cpu_s(product.process.pid)


def tell(kind: str, rounds: Sequence[Round]) -> None:
    """Note the worst end and memory, and the medians of what others waited."""
    ended, grown = max(one.ended_s for one in rounds), max(one.grown_mb for one in rounds)
    more = median(one.more_cpu for one in rounds)
    before, during = (median(getattr(one, name) for one in rounds) for name in P99S)
    scenario = table.scenario_of(kind)
    note(scenario, table.ENDED, ended, "s", most=CLOSED_WITHIN_S)
    note(scenario, table.MEMORY, grown, "MB", most=GROWS_BY_MB)
    note(scenario, table.CPU, more * 100, "%")
    note(scenario, table.BEFORE, before * 1000, "ms")
    note(scenario, table.UNDER, during * 1000, "ms")
    note(scenario, table.TIMES, during / before, "", most=SLOWER_BY)
    print(
        f"{kind:28} ended {ended:5.1f} s   memory {grown:+6.1f} MB   "
        f"{more * 100:+5.1f} % of a core   p99 {before * 1000:6.1f} → {during * 1000:6.1f} ms",
        flush=True,
    )


async def _watch(lives: Sequence[object], until: Awaitable[object]) -> float:
    """The 99th percentile, in seconds, of what others wait until this has happened."""
    waited: list[float] = []
    over = asyncio.Event()
    asking = asyncio.gather(*(_ask(live, waited, over) for live in lives))
    try:
        await until
    finally:
        over.set()
    await asking
    return sorted(waited)[int(len(waited) * 0.99)]


async def _ask(live: object, waited: list[float], over: asyncio.Event) -> None:
    while not over.is_set():
        began = time.perf_counter()
        await live.do("timer:current")  # type: ignore[attr-defined]
        waited.append(time.perf_counter() - began)
        await asyncio.sleep(EVERY_S)


async def _watch_with_memory(
    product: Product, lives: Sequence[object], process: asyncio.subprocess.Process
) -> tuple[int, float]:
    """(the most memory, the percentile) while a process runs."""
    peak = 0

    async def look() -> None:
        nonlocal peak
        while process.returncode is None:
            peak = max(peak, memory_of(product))
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    # An attack that is over at once is watched no shorter than the time before it.
    during = await _watch(lives, asyncio.gather(process.wait(), asyncio.sleep(BEFORE_S)))
    await looking
    return peak, during


async def main(kinds: Sequence[str]) -> None:
    with open_folder() as folder:
        embedded = Embedded(folder, durable=False)
        embedded.start()
        try:
            databases = Databases(embedded.database_url)
            await databases.prepare()
            url = await databases.make()
            async with serving(url, embedded.redis_url, RATE_LIMITS="on") as product:
                await measure(product, kinds)
        finally:
            embedded.stop()
    if REPORT == RESULTS:
        table.put_into(ROOT / "docs" / "RELIABILITY.md", read())


if __name__ == "__main__":
    if sys.argv[1:2] == [ATTACK]:
        asyncio.run(attack(sys.argv[2], sys.argv[3], sys.argv[4:]))
    else:
        asyncio.run(main(sys.argv[1:]))
