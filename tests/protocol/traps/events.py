"""Events: `async_handlers=True` makes a task of each, whatever becomes of it."""

import asyncio
import json

from tests.protocol.sides import Side, answered
from tests.protocol.traps.trap import trap

MANY, BIG = 1500, 16_000
# Who takes nothing for so long takes nothing more, however busy the machine is.
UNTAKEN_S = 1.5


@trap(ours="in order", stock="the other way round")
async def a_slow_event_comes_before_a_fast_one(side: Side) -> str:
    raw = await side.enter()
    async with side.stalled():
        await raw.send('421["timer:current",{}]')
        await raw.send('422["clock:sync",{"t0":1}]')
        first = asyncio.create_task(raw.until("43"))
        # Who does not wait for the first event has the second one's answer by then.
        await asyncio.wait([first], timeout=0.5)
    return "in order" if (await first).startswith("431[") else "the other way round"


@trap(ours="reads no more, and answers all in order", stock="takes all")
async def events_come_faster_than_they_are_done(side: Side) -> str:
    """24 MiB of them, which is more than two sockets' buffers take."""
    raw = await side.enter()
    event = json.dumps(["timer:current", {"x": "x" * BIG}])
    sent = 0
    acks: list[int] = []

    async def send_all() -> None:
        nonlocal sent
        for sent in range(1, MANY):
            await raw.send(f"42{sent}{event}")

    async def read_all() -> None:
        while len(acks) < MANY:
            acks.append(int((await raw.until("43"))[2:].partition("[")[0]))

    async with side.stalled():
        await raw.send('420["timer:current",{}]')
        sending, reading = asyncio.create_task(send_all()), asyncio.create_task(read_all())
        before = -1
        while not (sending.done() or acks or sent == before):
            before = sent
            await asyncio.wait([sending], timeout=UNTAKEN_S)
        takes_all = sending.done() and not acks
    await asyncio.gather(sending, reading)
    if takes_all:
        return "takes all"
    in_order = acks == list(range(MANY))
    return f"reads no more, and answers all {'in order' if in_order else 'out of order'}"


@trap(ours="answered", stock="silence")
async def an_event_handler_raises(side: Side) -> str:
    """`_handle_event_internal` sends the ack after the handler, if it comes so far."""
    raw = await side.enter()
    async with side.spoiled():
        await raw.send('421["timer:current",{}]')
        return "answered" if await answered(raw, "431[") else "silence"
