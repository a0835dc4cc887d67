"""Starting child processes that die with this one, and ending what an earlier one left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from storage.embedded.account import ENVIRONMENT, Account
from storage.embedded.errors import EmbeddedError

_ON_LINUX = sys.platform == "linux"
# Looked up before any fork: a child that shares its parent's locks had better import nothing.
_LIBC = ctypes.CDLL(None, use_errno=True) if _ON_LINUX else None
_PR_SET_PDEATHSIG = 1
# What a leftover server is sent, and how many seconds it then has: clean, at once, at any price.
_LEFTOVER_STEPS = ((None, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))


def spawn(
    command: list[str | Path], account: Account, log: Path, cwd: Path, last_words: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a server as `account`, its output appended to `log`.

    On Linux the kernel sends it the signal `last_words` when the thread that called this ends.
    """
    # Opened here, so that the account needs no right to the directory of the logs.
    output = account.open_file(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=ENVIRONMENT,
            user=account.uid if account.switched else None,
            group=account.gid if account.switched else None,
            extra_groups=[] if account.switched else None,
            # Ctrl-C in a terminal is for the application, which stops its servers last.
            start_new_session=True,
            preexec_fn=die_with_parent(last_words),
        )
    finally:
        os.close(output)


def die_with_parent(last_words: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` for a child to which the kernel sends `last_words` when its parent ends.

    "Parent" is the thread that started it. None where there is no such thing, as on macOS. Python
    runs it after the change of user, which would otherwise undo it.
    """
    if _LIBC is None:
        return None
    prctl, parent = _LIBC.prctl, os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, int(last_words), 0, 0, 0)
        # Valkey never unblocks what it inherits, and would not hear a request to stop.
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if os.getppid() != parent:
            os._exit(1)  # the parent ended before the kernel was told of it

    return prepare


def stop_leftovers(directories: Collection[Path], cluster: str) -> bool:
    """End every server that works in one of these directories; whether there was any.

    `cluster` is the cluster_name by which a PostgreSQL's children call themselves. Raises
    EmbeddedError for a process that cannot be ended.
    """
    left = servers_in(directories, cluster)
    if not left:
        return False
    for signum, patience_s in _LEFTOVER_STEPS:
        for pid, gentle in left.items():
            _send(pid, gentle if signum is None else signum)
        deadline = time.monotonic() + patience_s
        while left and time.monotonic() < deadline:
            if signum is None and not any(left.values()):
                break  # a dead postmaster's child, which while it computes does not notice
            time.sleep(0.01)
            left = servers_in(directories, cluster)
        if not left:
            return True
    pids = ", ".join(map(str, left))
    raise EmbeddedError(f"a server of an earlier run cannot be stopped: process {pids}")


def _send(pid: int, signum: signal.Signals | None) -> None:
    if signum is None:
        return
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        pass  # it ended by itself meanwhile
    except PermissionError:
        raise EmbeddedError(
            f"a server of another user's run still works here: process {pid}"
        ) from None


def servers_in(directories: Collection[Path], cluster: str) -> dict[int, signal.Signals | None]:
    """The pids of the servers that work in one of these directories, or belong to `cluster`.

    Each with the signal that stops it cleanly. None stands for a child of PostgreSQL's, which in
    a clean stop ends before its parent.
    """
    commands = _commands_from_proc() if _ON_LINUX else _commands_from_ps()
    found: dict[int, signal.Signals | None] = {}
    for pid, command in commands:
        if command.startswith(f"postgres: {cluster}: "):
            found[pid] = None
        # To a postmaster, SIGTERM would mean waiting for its clients to go home.
        elif any(f" -D {directory} " in command for directory in directories):
            found[pid] = signal.SIGINT
        elif any(f" --dir {directory} " in command for directory in directories):
            found[pid] = signal.SIGTERM
    return found


def _commands_from_proc() -> Iterator[tuple[int, str]]:
    """Every pid with its command line, which ends with a space."""
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            # Empty for a zombie, which holds nothing any more.
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue  # it ended meanwhile
        yield pid, os.fsdecode(command.replace(b"\0", b" "))


def _commands_from_ps() -> Iterator[tuple[int, str]]:
    listing = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True).stdout
    for line in listing.splitlines():
        pid, _, command = os.fsdecode(line).strip().partition(" ")
        yield int(pid), f"{command} "
