"""[--workers] What a supervisor does when its workers die, or cannot begin."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.crew import Crew, CrewFailed, Given
from server.port import Port

PATIENCE_S = 60.0
# Under nohup a shell would take no SIGHUP, and keep to that.
SHELL = ("env", "--default-signal=HUP", "sh", "-c")
SERVES = "printf ready > /dev/fd/$REPORT; exec sleep 600"
FAILS = "exit 7"


class Script:
    """Starts shells in place of workers: what `text` says, whenever one is started."""

    def __init__(self) -> None:
        self.text = SERVES
        self.migration = "exit 0"
        self.started: list[subprocess.Popen[bytes]] = []

    def __call__(self, command: str, given: Given | None) -> "subprocess.Popen[bytes]":
        if given is None:
            assert command == "migrate"
            return subprocess.Popen([*SHELL, self.migration])
        number, listening, report = given
        environment = os.environ | {"REPORT": str(report), "NUMBER": str(number)}
        process = subprocess.Popen(
            [*SHELL, self.text], env=environment, pass_fds=[*listening, report]
        )
        self.started.append(process)
        return process

    @property
    def alive(self) -> "list[subprocess.Popen[bytes]]":
        return [process for process in self.started if process.poll() is None]


@pytest.fixture
def port() -> Iterator[Port]:
    made = Port("127.0.0.1", 0)
    yield made
    made.close()


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    for process in made.alive:
        process.kill()
        process.wait()


@pytest.fixture
def crew(tmp_path: Path, port: Port, script: Script) -> Crew:
    return Crew(2, tmp_path, port, script, first_pause_s=0.01)


async def until(crew: Crew, what: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            crew.look()
            await asyncio.sleep(0.01)


async def start(crew: Crew) -> None:
    crew.start()
    await until(crew, lambda: crew.complete)


def takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


async def test_who_dies_is_followed_by_another(crew: Crew, script: Script) -> None:
    """And nobody is refused meanwhile: the socket is the supervisor's."""
    await start(crew)
    script.started[0].kill()
    script.started[0].wait()
    assert takes_connections(crew.port)
    await until(crew, lambda: len(script.started) == 3)
    assert len(script.alive) == 2


async def test_who_cannot_begin_stops_the_whole_at_once(crew: Crew, script: Script) -> None:
    script.text = FAILS
    crew.start()
    with pytest.raises(CrewFailed, match=r"a worker could not be started \(exit status 7\)"):
        await until(crew, lambda: False)


async def test_when_none_can_begin_any_more_the_whole_stops(crew: Crew, script: Script) -> None:
    """After some tries, each later than the one before; while one serves, it is tried for ever."""
    await start(crew)
    script.text = FAILS
    first, second = script.started
    first.kill()
    await until(crew, lambda: len(script.started) > 2 + 6)
    assert second.poll() is None
    second.kill()
    with pytest.raises(CrewFailed, match=r"no worker can be started \(exit status 7\)"):
        await until(crew, lambda: False)


async def test_a_place_whose_worker_cannot_begin_keeps_nobody_waiting(
    crew: Crew, script: Script
) -> None:
    """What connects goes to the others: none of many is left in a queue that nobody takes from."""
    await start(crew)
    script.text = "sleep 0.01; exit 7"
    script.started[0].kill()
    await until(crew, lambda: len(script.started) > 3)
    held = [place.sockets for place in crew._places if place.life is None]
    assert all(sockets == [] for sockets in held)


async def test_workers_are_replaced_one_after_the_other(crew: Crew, script: Script) -> None:
    """Each goes when its follower is ready, and the second only when the first is gone."""
    await start(crew)
    old = list(script.started)
    crew.replace_all()
    await until(crew, lambda: old[0].poll() is not None)
    assert old[0].returncode == -signal.SIGHUP
    assert old[1].poll() is None
    await until(crew, lambda: old[1].poll() is not None and len(script.alive) == 2)
    assert len(script.started) == 4
    assert takes_connections(crew.port)


@pytest.mark.parametrize("what", ["migration", "text"])
async def test_workers_that_cannot_be_replaced_stay(crew: Crew, script: Script, what: str) -> None:
    """Because the database cannot be brought to the new version, or that does not start."""
    await start(crew)
    old = list(script.started)
    setattr(script, what, FAILS)
    crew.replace_all()
    tried = 2 if what == "migration" else 3
    migrating = crew._migrating
    assert migrating is not None
    await until(crew, lambda: migrating.poll() is not None and len(script.started) == tried)
    await until(crew, lambda: len(script.alive) == 2 and crew._migrating is None)
    crew.look()
    assert script.alive == old
    # And another time it works.
    setattr(script, what, SERVES if what == "text" else "exit 0")
    crew.replace_all()
    await until(crew, lambda: all(one.poll() is not None for one in old))


async def test_all_are_told_to_go_and_the_door_is_shut(crew: Crew, script: Script) -> None:
    await start(crew)
    crew.stop(signal.SIGTERM)
    await until(crew, crew.gone)
    assert [process.returncode for process in script.started] == [-signal.SIGTERM] * 2
    assert not takes_connections(crew.port)
