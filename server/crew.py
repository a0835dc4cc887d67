"""The workers that a supervisor looks after: each in its place, with a listening socket of its own.

A place goes on when its worker does not: who died is followed by another, later each time that this
fails; who is to be replaced stays until the next one serves. `look` takes one step of all this and
never waits.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol

import structlog

from server.port import Port, close_all
from server.summed import fold
from server.workers import READY

log = structlog.get_logger(__name__)

# A worker that was ready for so long is followed by another at once.
_SHORT_LIFE_S = 5.0
_LONGEST_PAUSE_S = 30.0
# So often in a row no worker of any place got ready: it is no accident.
_TRIES = 5
_READY_WITHIN_S = 120.0
# Longer than a worker takes that drains.
_DRAINED_WITHIN_S = 28.0


class CrewFailed(Exception):
    """No worker can be started; the message says so, and theirs says why."""


# What a worker is given: its number, the descriptors on which to listen, and where to say "ready".
Given = tuple[int, list[int], int]


class Start(Protocol):
    """Starts `run.py` with a command, as a worker or for everybody."""

    def __call__(self, command: str, given: Given | None) -> "subprocess.Popen[bytes]": ...


@dataclass(eq=False)
class Life:
    """One process of a worker."""

    number: int
    process: "subprocess.Popen[bytes]"
    report: int
    began: float
    ready_at: float | None = None
    told_to_go: float | None = None

    @property
    def over(self) -> bool:
        return self.process.poll() is not None

    def notice_ready(self) -> bool:
        """Whether it has become ready since it was looked at last."""
        if self.ready_at is not None:
            return False
        with contextlib.suppress(BlockingIOError):
            if os.read(self.report, 16) == READY:
                self.ready_at = time.monotonic()
        return self.ready_at is not None

    def tell(self, signum: signal.Signals) -> None:
        if self.told_to_go is None:
            self.told_to_go = time.monotonic()
        if not self.over:
            self.process.send_signal(signum)

    def kill_if_late(self) -> None:
        if self.told_to_go is not None and time.monotonic() > self.told_to_go + _DRAINED_WITHIN_S:
            log.error("a worker did not end in time", worker=self.number)
            self.process.kill()
            self.process.wait()


@dataclass(eq=False)
class Place:
    """Where one worker serves, after it another. `next`: who is to follow, and is not ready yet;
    `leaving`: who was followed, and is not gone yet."""

    sockets: list[socket.socket] = field(default_factory=list)
    life: Life | None = None
    next: Life | None = None
    leaving: Life | None = None
    failures: int = 0
    start_at: float = 0.0

    @property
    def lives(self) -> list[Life]:
        return [life for life in (self.life, self.next, self.leaving) if life is not None]

    @property
    def serves(self) -> bool:
        return self.life is not None and self.life.ready_at is not None


class Crew:
    """As many places as workers were asked for."""

    def __init__(
        self, size: int, folder: Path, port: Port, start: Start, *, first_pause_s: float = 1.0
    ) -> None:
        self._first_pause_s = first_pause_s
        self._folder = folder
        self._port = port
        self._start_process = start
        self._places = [Place() for _ in range(size)]
        self._numbers = count()
        self._complete = False
        self._going = False
        # Places whose worker is to be replaced, and what brings the database to the new version.
        self._to_replace: list[Place] = []
        self._migrating: subprocess.Popen[bytes] | None = None
        self._again = False

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def complete(self) -> bool:
        """Whether all places have had a worker that was ready."""
        return self._complete

    def start(self) -> None:
        for place in self._places:
            place.life = self._begin(place)

    def look(self) -> None:
        """See who is ready and who is gone, and do what follows. Raises CrewFailed."""
        for place in self._places:
            self._look_at(place)
        self._complete = self._complete or all(place.serves for place in self._places)
        self._go_on_replacing()

    # -- one place

    def _begin(self, place: Place) -> Life:
        if not place.sockets:
            place.sockets = self._port.listen()
        number = next(self._numbers)
        report, told = os.pipe()
        os.set_blocking(report, False)
        try:
            listening = [one.fileno() for one in place.sockets]
            process = self._start_process("serve", (number, listening, told))
        finally:
            os.close(told)
        return Life(number, process, report, time.monotonic())

    def _look_at(self, place: Place) -> None:
        for life in place.lives:
            life.kill_if_late()
            if life.notice_ready():
                log.info("a worker is ready", worker=life.number, process=life.process.pid)
        if place.leaving is not None and place.leaving.over:
            self._bury(place.leaving)
            place.leaving = None
        if place.life is not None and place.life.over:
            self._after_death(place, place.life)
        elif not place.life and not place.next and time.monotonic() >= place.start_at:
            place.life = self._begin(place)
        if place.next is not None:
            self._look_at_next(place, place.next)

    def _after_death(self, place: Place, life: Life) -> None:
        self._bury(life)
        place.life = None
        status = life.process.returncode
        if not self._complete:
            raise CrewFailed(f"a worker could not be started (exit status {status}), see above")
        lived = life.ready_at is not None and time.monotonic() - life.ready_at > _SHORT_LIFE_S
        place.failures = 0 if lived else place.failures + 1
        pause = 0.0
        if place.failures:
            pause = min(_LONGEST_PAUSE_S, self._first_pause_s * 2.0 ** (place.failures - 1))
        log.warning("a worker died", worker=life.number, exit_status=status, next_in_s=pause)
        if pause:
            # Nobody is to wait here so long: what connects now goes to the others.
            close_all(place.sockets)
        place.start_at = time.monotonic() + pause
        if all(p.failures >= _TRIES and not p.serves for p in self._places):
            raise CrewFailed(f"no worker can be started (exit status {status}), see above")

    def _bury(self, life: Life) -> None:
        os.close(life.report)
        fold(self._folder, life.number)
        (self._folder / f"{life.number}.sock").unlink(missing_ok=True)

    # -- replacing

    def replace_all(self) -> None:
        """Replace the workers, one after the other; again, if that is under way."""
        under_way = self._to_replace or any(place.next or place.leaving for place in self._places)
        if under_way or self._migrating is not None or not self._complete:
            self._again = True
            return
        log.info("the workers are replaced")
        self._migrating = self._start_process("migrate", None)

    def _go_on_replacing(self) -> None:
        if self._migrating is not None:
            if self._migrating.poll() is None:
                return
            status, self._migrating = self._migrating.returncode, None
            if status:
                self._give_up_replacing("the database could not be brought to the new version")
                return
            self._to_replace = list(self._places)
        if any(place.next or place.leaving for place in self._places):
            return
        while self._to_replace:
            place = self._to_replace.pop(0)
            if place.life is not None:  # else the next one is new anyway
                place.next = self._begin(place)
                return
        if self._again and self._complete:
            self._again = False
            self.replace_all()

    def _look_at_next(self, place: Place, following: Life) -> None:
        late = time.monotonic() > following.began + _READY_WITHIN_S
        if following.over or (late and following.ready_at is None):
            following.process.kill()
            following.process.wait()
            self._bury(following)
            place.next = None
            self._give_up_replacing("a new worker could not be started")
        elif following.ready_at is not None:
            place.next, place.leaving, place.life = None, place.life, following
            place.failures = 0
            if place.leaving is not None:
                place.leaving.tell(signal.SIGHUP)

    def _give_up_replacing(self, why: str) -> None:
        log.error("the workers are not replaced: the old ones go on", why=why)
        self._to_replace, self._again = [], False

    # -- the end

    def stop(self, signum: signal.Signals) -> None:
        """Tell all to go. Each closes its own door in its time, the supervisor its own now."""
        if self._going:
            return
        self._going = True
        if self._migrating is not None:
            self._migrating.terminate()
        for place in self._places:
            close_all(place.sockets)
            for life in place.lives:
                life.tell(signum)

    def hurry(self, signum: signal.Signals) -> None:
        for place in self._places:
            for life in place.lives:
                life.tell(signum)

    def gone(self) -> bool:
        """Whether all have ended; those that are late are killed."""
        for place in self._places:
            for life in place.lives:
                life.kill_if_late()
        over = all(life.over for place in self._places for life in place.lives)
        return over and (self._migrating is None or self._migrating.poll() is not None)
