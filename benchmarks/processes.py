"""What a process costs, as the kernel tells it. Linux only, as all benchmarks are."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_STATUS = re.compile(r"(\w+):\s+(\d+)")


def cpu_s(pid: int) -> float:
    """CPU time so far, of all threads that there are, in seconds; 0 when it has ended."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except FileNotFoundError:
        return 0.0
    return total / 1e9


def family_cpu_s(pid: int) -> float:
    """CPU time so far of a process, of those that it has started, and of those that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = children_of(pid, far=False)
    except FileNotFoundError:
        return 0.0
    ended = (int(fields[13]) + int(fields[14])) / _TICKS
    return cpu_s(pid) + ended + sum(map(family_cpu_s, children))


def memory_kib(pid: int, kind: str = "VmRSS") -> int:
    """Resident memory in KiB; `VmHWM` is the most that it has had."""
    return dict(_figures(pid))[kind]


def private_kib(pid: int) -> int:
    """Resident memory that is its own, without what it shares with others; 0 when it has ended."""
    try:
        # One that has ended and was not waited for yet has none.
        return dict(_figures(pid)).get("RssAnon", 0)
    except FileNotFoundError:
        return 0


def open_files(pid: int) -> int:
    """How many file descriptors it has."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def name_of(pid: int) -> str:
    """The program that it runs; "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def children_of(pid: int, *, far: bool = True) -> list[int]:
    """The processes that it has started, and unless not `far`, those that they have."""
    found = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return found + [one for child in found for one in children_of(child)] if far else found


class Meter:
    """CPU time of servers, and of the embedded Postgres and Valkey of this process."""

    def __init__(self, servers: Iterable[int]) -> None:
        self._of = {"server": list(servers), "postgres": list[int](), "redis": list[int]()}
        for pid in children_of(os.getpid(), far=False):
            program = name_of(pid)
            if program in _DATABASES:
                self._of[_DATABASES[program]].append(pid)
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        return {who: sum(map(family_cpu_s, pids)) for who, pids in self._of.items()}

    def take(self) -> dict[str, float]:
        """Seconds by `server`, `postgres` and `redis` since it was made, or taken last."""
        before, self._before = self._before, self._now()
        return {who: self._before[who] - before[who] for who in before}


_DATABASES = {"postgres": "postgres", "valkey-server": "redis"}


def _figures(pid: int) -> list[tuple[str, int]]:
    text = Path(f"/proc/{pid}/status").read_text()
    return [(name, int(figure)) for name, figure in _STATUS.findall(text)]
