"""The metrics of several workers as one: whichever of them is asked answers for all (ADR 0016).

A worker asks the others over their unix sockets and adds up what they say. What only grows must
not shrink when a worker ends, or whoever watches would take the whole sum for new. So what a worker
has told is also in a file of its own: that stands for it while it does not answer, and when it has
ended the supervisor adds it to one of all that have gone.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.samples import Sample

from server.metrics import SINCE_START, TOGETHER
from server.workers import Worker

OWN_PATH = "/metrics/own"
# Who does not answer by then is told by what it said last.
_ANSWERED_WITHIN_S = 1.0
_GROWING = ("counter", "histogram", "summary")


class Family(msgspec.Struct, array_like=True):
    """A metric: its name, type and help, and its samples as (name, labels, value)."""

    name: str
    kind: str
    help: str
    samples: list[tuple[str, tuple[tuple[str, str], ...], float]]

    @property
    def grows(self) -> bool:
        """Whether its values are counted since the start, so that they outlive their worker."""
        return self.kind in _GROWING or self.name in SINCE_START


class Gone(msgspec.Struct):
    """What the workers with these numbers had counted when they ended."""

    numbers: list[int] = []
    families: list[Family] = []


_families = msgspec.msgpack.Decoder(list[Family])
_gone = msgspec.msgpack.Decoder(Gone)
_encode = msgspec.msgpack.Encoder().encode


def own_families(registry: CollectorRegistry = REGISTRY) -> list[Family]:
    """The metrics of this process."""
    return [
        Family(
            metric.name,
            metric.type,
            metric.documentation,
            [(s.name, tuple(s.labels.items()), s.value) for s in metric.samples],
        )
        for metric in registry.collect()
    ]


class Collected:
    """What `generate_latest` takes, of families that were added up."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.help, family.kind)
            metric.samples = [Sample(n, dict(labels), v) for n, labels, v in family.samples]
            yield metric


def add_up(parts: Iterable[list[Family]]) -> list[Family]:
    """One family for all of a name; values of the same labels are added, or as TOGETHER says."""
    whole: dict[str, Family] = {}
    values: dict[str, dict[Any, float]] = {}
    for family in (family for part in parts for family in part):
        known = whole.setdefault(family.name, family)
        found = values.setdefault(known.name, {})
        join = TOGETHER.get(family.name, _sum)
        for name, labels, value in family.samples:
            before = found.get((name, labels))
            how = min if name.endswith("_created") else join
            found[name, labels] = value if before is None else how(before, value)
    return [
        Family(f.name, f.kind, f.help, [(*key, value) for key, value in values[f.name].items()])
        for f in whole.values()
    ]


def _sum(one: float, other: float) -> float:
    return one + other


class Summed:
    """The metrics of all workers, asked by one of them."""

    def __init__(self, worker: Worker, link_to: Callable[[int], aiohttp.ClientSession]) -> None:
        self._worker = worker
        self._link_to = link_to

    async def families(self) -> list[Family]:
        # First the gone: who goes after this is in the folder for long enough.
        gone = _read_gone(self._worker.folder)
        others = _numbers(self._worker.folder) - {self._worker.number, *gone.numbers}
        answers = await asyncio.gather(*(self._of(number) for number in sorted(others)))
        return add_up([_decoded(self.tell()), *answers, gone.families])

    def tell(self) -> bytes:
        """This worker's own, encoded, and kept for when it cannot be asked any more."""
        told = _encode(own_families())
        _write(_file_of(self._worker.folder, self._worker.number), told)
        return told

    async def _of(self, number: int) -> list[Family]:
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN_S):
                async with self._link_to(number).get(f"http://worker{OWN_PATH}") as answer:
                    return _decoded(await answer.read())
        except (OSError, TimeoutError, aiohttp.ClientError, msgspec.DecodeError):
            return last_told(self._worker.folder, number)


def last_told(folder: Path, number: int) -> list[Family]:
    """What a worker had counted when it was asked last; not what it was like at that moment."""
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        told = _decoded(_file_of(folder, number).read_bytes())
        return [family for family in told if family.grows]
    return []


def fold(folder: Path, number: int) -> None:
    """A worker has ended: keep what it had counted. Only the supervisor calls this."""
    gone = _read_gone(folder)
    families = add_up([gone.families, last_told(folder, number)])
    _write(folder / "gone", _encode(Gone([*gone.numbers, number], families)))
    # Not its own file, which somebody may be about to read: those that went before it.
    for before in gone.numbers:
        _file_of(folder, before).unlink(missing_ok=True)


def _read_gone(folder: Path) -> Gone:
    try:
        return _gone.decode((folder / "gone").read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return Gone()


def _numbers(folder: Path) -> set[int]:
    """The workers that have told something, or can be asked."""
    return {int(path.stem) for pattern in ("*.sock", "*.told") for path in folder.glob(pattern)}


def _decoded(told: bytes) -> list[Family]:
    return _families.decode(told)


def _file_of(folder: Path, number: int) -> Path:
    return folder / f"{number}.told"


def _write(path: Path, content: bytes) -> None:
    """Whole, or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)
