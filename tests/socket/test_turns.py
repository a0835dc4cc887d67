"""Rounds over all connections are taken in pieces."""

import asyncio
import time

from handlers.socket.turns import Turns


def busy(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def test_between_two_pieces_of_a_round_others_have_their_turn() -> None:
    """However long the round: somebody who needs several turns of the loop gets them early."""
    served: list[int] = []
    place = 0

    async def somebody() -> None:
        for _ in range(10):
            await asyncio.sleep(0)
        served.append(place)

    async def round_of(count: int) -> None:
        nonlocal place
        turns = Turns()
        for done in range(count):
            place = done
            busy(0.0005)
            if turns.over():
                await turns.pass_on()

    await asyncio.gather(round_of(40), *(somebody() for _ in range(3)))
    assert len(served) == 3
    assert max(served) < 39
