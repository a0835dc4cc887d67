"""`--workers N`: N serving processes on one port, started again when they die.

The supervisor owns the embedded servers; its workers end with it, and it drains them before it
stops the servers. Each worker has a unix socket, in a folder that only they can enter, for what the
others pass on to it (`workers.py`).
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from server.process import Addresses
from server.settings import SettingsError
from server.workers import FOLDER
from server.workers import WORKER as WORKER
from storage.embedded.processes import die_with_parent

log = structlog.get_logger(__name__)

# A worker that dies at once is not started again at once.
_SHORT_LIFE_S = 5.0
_DRAIN_WITHIN_S = 25.0


class Supervisor:
    """Starts workers and waits for SIGTERM or SIGINT."""

    def __init__(
        self,
        script: Path,
        count: int,
        addresses: Addresses,
        address: tuple[str, int],
        revive: Callable[[], list[str]],
    ) -> None:
        self._script = script
        self._count = count
        self._addresses = addresses
        self._address = address
        self._revive = revive
        self._workers: dict[int, subprocess.Popen[bytes]] = {}
        self._started: dict[int, float] = {}
        self._stopping = False
        self._folder = ""
        self._port = 0

    def run(self) -> None:
        """Keep the workers alive until told to stop; call from the main thread."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self._stop())
        # Held for all of them, so that port 0 is one port, and nobody takes it between two lives.
        with _reserved(self._address) as self._port:
            with tempfile.TemporaryDirectory(prefix="focushub-") as self._folder:
                self._keep_alive()
                self._drain()

    def _keep_alive(self) -> None:
        for number in range(self._count):
            self._start(number)
        while not self._stopping:
            time.sleep(0.2)
            for name in self._revive():
                log.error("an embedded server had died and was started again", server=name)
            for number, worker in list(self._workers.items()):
                if worker.poll() is not None and not self._stopping:
                    log.warning("a worker died", worker=number, exit_status=worker.returncode)
                    if time.monotonic() - self._started[number] < _SHORT_LIFE_S:
                        time.sleep(1)
                    self._start(number)

    def _stop(self) -> None:
        self._stopping = True

    def _start(self, number: int) -> None:
        environment = os.environ | {
            "DATABASE_URL": self._addresses.database_url,
            "REDIS_URL": self._addresses.redis_url,
            "JWT_SECRET": self._addresses.jwt_secret,
            WORKER: f"{number}/{self._count}",
            FOLDER: self._folder,
            "PORT": str(self._port),
        }
        self._started[number] = time.monotonic()
        self._workers[number] = subprocess.Popen(
            [sys.executable, str(self._script), "serve"],
            env=environment,
            start_new_session=True,  # Ctrl-C is the supervisor's to pass on
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def _drain(self) -> None:
        for worker in self._workers.values():
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        end = time.monotonic() + _DRAIN_WITHIN_S
        for worker in self._workers.values():
            try:
                worker.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


@contextmanager
def _reserved(address: tuple[str, int]) -> Iterator[int]:
    """Bind a port without listening on it; answers which one it is."""
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            holder.bind((host, port))
        except OSError as error:
            where = f"{host}:{port}"
            raise SettingsError(f"HOST, PORT: cannot listen on {where}: {error.strerror}") from None
        yield holder.getsockname()[1]
