"""Those of whom more was read than a slice take turns, and everybody else has the loop between."""

import asyncio
import time

import pytest

from server.line import WITHIN_S, Line


class Talker:
    """Has so many slices to be read; each takes `takes_s`."""

    def __init__(self, name: str, line: Line, log: list[str], slices: int, takes_s: float = 0.0):
        self.name, self.line, self.log = name, line, log
        self.slices, self.takes_s = slices, takes_s
        self.done = asyncio.Event()

    def take_turn(self) -> None:
        until = time.monotonic() + self.takes_s
        while time.monotonic() < until:
            pass
        self.log.append(self.name)
        self.slices -= 1
        if self.slices:
            self.line.join(self)
        else:
            self.done.set()


class Broken:
    def take_turn(self) -> None:
        raise RuntimeError("broken")


async def test_who_waits_is_read_in_turn() -> None:
    line, log = Line(), list[str]()
    talkers = [Talker(name, line, log, 3) for name in "abc"]
    for talker in talkers:
        line.join(talker)
    assert log == [], "not before others have had their turn"
    for talker in talkers:
        await talker.done.wait()
    assert log == [*"abc"] * 3


async def test_others_have_the_loop_between_the_slices_of_a_crowd() -> None:
    line, log = Line(), list[str]()
    talkers = [Talker("x", line, log, 4, WITHIN_S) for _ in range(3)]
    for talker in talkers:
        line.join(talker)
    turns = [0] * 13
    while len(log) < 12:
        turns[len(log)] += 1
        await asyncio.sleep(0)
    assert min(turns[1:12]) >= 1, turns


async def test_one_that_fails_costs_the_others_nothing() -> None:
    line, log = Line(), list[str]()
    failed = list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, told: failed.append(told))
    last = Talker("last", line, log, 2)
    line.join(Broken())
    line.join(last)
    await last.done.wait()
    assert len(failed) == 1


def test_a_loop_that_has_ended_with_some_in_the_line_keeps_nobody_waiting() -> None:
    line, log = Line(), list[str]()

    async def leave() -> None:
        line.join(Talker("of before", line, log, 1))

    async def stay() -> None:
        talker = Talker("now", line, log, 1)
        line.join(talker)
        await talker.done.wait()

    with asyncio.Runner() as runner:
        runner.get_loop().run_until_complete(leave())
    asyncio.run(asyncio.wait_for(stay(), 10))
    assert log == ["of before", "now"]


@pytest.mark.parametrize("slices", [1, 50])
async def test_the_line_can_be_joined_again_when_it_has_been_empty(slices: int) -> None:
    line, log = Line(), list[str]()
    for _ in range(2):
        talker = Talker("x", line, log, slices)
        line.join(talker)
        await talker.done.wait()
    assert len(log) == 2 * slices
