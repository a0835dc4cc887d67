"""What the two servers have in common: a child process that gets ready, may die, and is stopped."""

import contextlib
import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from storage.embedded import processes
from storage.embedded.account import Account
from storage.embedded.errors import EmbeddedError

_LOG_LINES = 8
_LOG_BYTES = 8 * 1024 * 1024


class Server(ABC):
    """One server; `launch` once, then poll `ready`, and at the end `ask_to_stop` and `wait`."""

    name: ClassVar[str]
    # Each signal with the seconds that it is given; the first is also what a dead parent sends.
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]]

    def __init__(self, account: Account, directory: Path, log: Path) -> None:
        self.account = account
        self.directory = directory
        self.log = log
        self.ready_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0
        self._launched_at = 0.0

    @abstractmethod
    def launch(self) -> None:
        """Start the process, making its directory when there is none. Raises EmbeddedError."""

    @abstractmethod
    def answers(self, pid: int) -> bool:
        """Whether the server, which has this pid, takes connections by now."""

    def ready(self) -> bool:
        """Whether clients may come. Raises EmbeddedError, with its log, when it has ended."""
        assert self._process is not None
        status = self._process.poll()
        if status is not None:
            return self.refused(status)
        if not self.answers(self._process.pid):
            return False
        self.ready_s = time.monotonic() - self._launched_at
        return True

    def refused(self, status: int) -> bool:
        """The server ended with `status` instead of getting ready: raise, or try once more."""
        how = f"signal {-status}" if status < 0 else f"status {status}"
        raise EmbeddedError(f"{self.name} did not start, it ended with {how}{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of what the server has said since its launch, to be put after a message."""
        with open(self.log, "rb") as log:
            log.seek(self._log_start)
            lines = log.read()[-16384:].decode(errors="replace").splitlines()[-_LOG_LINES:]
        return "\n".join([f"; the end of {self.log}:", *lines]) if lines else ""

    @property
    def died(self) -> bool:
        """Whether the process has ended since it was launched."""
        return self._process is not None and self._process.poll() is not None

    def ask_to_stop(self) -> None:
        """Ask for a clean stop, and return at once."""
        if self._process is not None:
            self._process.send_signal(self.stop_steps[0][0])

    def wait(self) -> None:
        """Wait until the process has ended, asking ever less politely."""
        if self._process is None:
            return
        for step, (signum, patience_s) in enumerate(self.stop_steps):
            if step:
                self._process.send_signal(signum)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
                break
        self._process = None

    def start_process(self, command: list[str | Path], cwd: Path) -> subprocess.Popen[bytes]:
        """Start the server's process, or one that prepares for it, and remember it."""
        self._roll_log()
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._launched_at = time.monotonic()
        self._process = processes.spawn(command, self.account, self.log, cwd, self.stop_steps[0][0])
        return self._process

    def _roll_log(self) -> None:
        """Nobody else rotates these logs, so the one that grew large becomes the previous one."""
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > _LOG_BYTES:
                os.replace(self.log, self.log.with_name(f"{self.log.name}.1"))
