"""[drain] Whom a server sends away comes to another one: not all at once."""

import asyncio
from itertools import pairwise

from handlers.socket.farewell import A_SECOND, LONGEST_S, in_turn, spread_of


async def test_each_is_sent_away_once_in_an_order_of_chance() -> None:
    gone: list[int] = []
    await in_turn(list(range(100)), gone.append, asyncio.Event())
    assert sorted(gone) == list(range(100))
    assert gone != sorted(gone)


async def test_who_is_hurried_sends_all_that_are_left_at_once() -> None:
    """Without giving anybody else a turn in between."""
    gone: list[int] = []
    hurried = asyncio.Event()
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count_turns())
    hurried.set()
    await in_turn(list(range(100 * A_SECOND)), gone.append, hurried)
    assert len(gone) == 100 * A_SECOND
    assert turns == 0
    counting.cancel()


def test_the_time_grows_with_their_number_and_has_an_end() -> None:
    """Ten thousand come to the others a thousand a second; a hundred go in a moment."""
    assert spread_of(0) == 0
    assert spread_of(100) <= 0.2
    assert spread_of(10_000) == 10_000 / A_SECOND <= LONGEST_S
    spreads = [spread_of(count) for count in range(0, 100_000, 1000)]
    assert all(shorter <= longer for shorter, longer in pairwise(spreads))
    assert spreads[-1] == LONGEST_S
