"""What all benchmarks share: a folder for a while, what they ran on, and the report they leave."""

import asyncio
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from storage.embedded import Embedded

RESULTS = Path(__file__).resolve().parent / "results"
# (what, which figure with its unit, its value)
Rows = list[tuple[str, str, float]]
T = TypeVar("T")


def results_of(name: str) -> Path:
    """Where the last report of a benchmark lies."""
    return RESULTS / f"{name}.json"


def write_report(path: Path, **told: Any) -> None:
    """Leave a report, with the machine that it was measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine()} | told, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What the figures were measured on; `load` is of the last five minutes."""
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    if shutil.which("node"):
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        told["node"] = node.stdout.strip()
    return told


def read_report(path: Path) -> dict[str, Any]:
    """A report that was left."""
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def put_between(document: Path, begin: str, end: str, text: str) -> None:
    """Put a text between two marks of a document. Raises ValueError when it has none."""
    before, _, rest = document.read_text("utf-8").partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"{document.name} has no {begin} … {end}")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def between(document: Path, begin: str, end: str) -> str:
    """What stands there."""
    return document.read_text("utf-8").partition(begin)[2].partition(end)[0].strip()


@contextmanager
def folder_for(name: str, parent: Path | None = None) -> Iterator[Path]:
    """A folder for what a benchmark needs meanwhile; on the disk to measure with."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def embedded_in(folder: Path, **options: Any) -> Iterator[Embedded]:
    """Postgres and Valkey in a folder, stopped at the end."""
    embedded = Embedded(folder, **options)
    embedded.start()
    try:
        yield embedded
    finally:
        embedded.stop()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, on uvloop. SIGTERM ends it in order, as Ctrl-C does: servers are
    stopped, and folders removed."""

    async def endable() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await main

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(endable())


def raise_file_limit() -> int:
    """Let this process, and those that it starts, have as many open files as they may; how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def spread(name: str, took_s: list[float]) -> Rows:
    """The middle and the end of how long something took."""
    return [
        (name, "p50, ms", percentile(took_s, 0.5) * 1e3),
        (name, "p99, ms", percentile(took_s, 0.99) * 1e3),
    ]


def table(rows: Rows) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | figure | |", "|---|---|---:|"]
    lines += [f"| {name} | {unit} | {value:,.2f} |" for name, unit, value in rows]
    return "\n".join(lines)
