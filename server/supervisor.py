"""`--workers N`: N serving processes on one port, started again when they die.

The supervisor owns the embedded servers and the port; its workers end with it, and it drains them
before it stops the servers. Each worker has a unix socket, in a folder that only they can enter,
for what the others pass on to it (`workers.py`).

SIGHUP replaces the workers one after the other by new processes, of whatever code is on the disk
then: the new one serves from the same listening socket before the old one goes, so that there is no
moment in which a connection would be refused.
"""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from server.crew import Crew, Given, Start
from server.crew import CrewFailed as CrewFailed
from server.port import Port
from server.process import Addresses, say_ready
from server.workers import FOLDER, LISTENING, REPORT, WORKER
from storage.embedded.processes import die_with_parent

log = structlog.get_logger(__name__)

_LOOK_EVERY_S = 0.2
_REVIVE_EVERY_S = 1.0
_STOP, _HANG_UP = (signal.SIGTERM, signal.SIGINT), signal.SIGHUP


class Supervisor:
    """Starts workers and looks after them until SIGTERM or SIGINT."""

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
        self._host, self._port = address
        self._revive = revive
        self._heard: list[signal.Signals] = []
        self._has_terminal = _has_terminal()

    def run(self) -> None:
        """Keep the workers alive until told to stop; call from the main thread.

        Raises SettingsError when the port is taken, and CrewFailed when no worker can be started.
        """
        port = Port(self._host, self._port)
        try:
            with tempfile.TemporaryDirectory(prefix="focushub-") as folder:
                crew = Crew(self._count, Path(folder), port, self._starter(folder, port.number))
                with self._listening() as wakes:
                    try:
                        self._look_after(crew, wakes)
                    finally:
                        crew.stop(signal.SIGTERM)
                        self._see_off(crew, wakes)
        finally:
            port.close()

    def _look_after(self, crew: Crew, wakes: int) -> None:
        crew.start()
        ready, revive_at = False, 0.0
        while True:
            _wait(wakes, _LOOK_EVERY_S)
            crew.look()
            if crew.complete and not ready:
                ready = True
                say_ready(self._host, crew.port)
            for signum in self._take_heard():
                if signum != _HANG_UP or self._terminal_is_gone():
                    crew.stop(signum if signum in _STOP else signal.SIGTERM)
                    return
                crew.replace_all()
            if time.monotonic() > revive_at:
                revive_at = time.monotonic() + _REVIVE_EVERY_S
                for name in self._revive():
                    log.error("an embedded server had died and was started again", server=name)

    def _see_off(self, crew: Crew, wakes: int) -> None:
        """Wait for the workers to end; another signal hurries them."""
        while not crew.gone():
            _wait(wakes, _LOOK_EVERY_S)
            for signum in self._take_heard():
                crew.hurry(signum)

    def _starter(self, folder: str, port: int) -> Start:
        shared = os.environ | {
            "DATABASE_URL": self._addresses.database_url,
            "REDIS_URL": self._addresses.redis_url,
            "JWT_SECRET": self._addresses.jwt_secret,
        }

        def start(command: str, given: Given | None) -> "subprocess.Popen[bytes]":
            environment, passed = dict(shared), list[int]()
            if given is not None:
                number, listening, report = given
                environment |= {
                    WORKER: str(number),
                    FOLDER: folder,
                    LISTENING: ",".join(map(str, listening)),
                    REPORT: str(report),
                    "PORT": str(port),
                }
                passed = [*listening, report]
            return subprocess.Popen(
                [sys.executable, str(self._script), command],
                env=environment,
                pass_fds=passed,
                start_new_session=True,  # Ctrl-C is the supervisor's to pass on
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

        return start

    # -- signals

    @contextmanager
    def _listening(self) -> Iterator[int]:
        """Note signals; what is answered can be read whenever there was one."""
        wakes, waker = os.pipe()
        os.set_blocking(wakes, False)
        os.set_blocking(waker, False)
        for signum in (*_STOP, _HANG_UP, signal.SIGCHLD):
            signal.signal(signum, self._hear)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        try:
            yield wakes
        finally:
            signal.set_wakeup_fd(-1)
            os.close(wakes)
            os.close(waker)

    def _hear(self, signum: int, _frame: object) -> None:
        if signum != signal.SIGCHLD:
            self._heard.append(signal.Signals(signum))

    def _take_heard(self) -> list[signal.Signals]:
        heard, self._heard = self._heard, []
        return heard

    def _terminal_is_gone(self) -> bool:
        """Whether SIGHUP means that the terminal was closed in which this was started."""
        return self._has_terminal and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _wait(wakes: int, seconds: float) -> None:
    if select.select([wakes], [], [], seconds)[0]:
        os.read(wakes, 4096)
