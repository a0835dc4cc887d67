"""What is no packet, or not for this server: `Packet.decode`, `_handle_eio_message`."""

import re

from tests.protocol.sides import BEYOND, FENCE, Side
from tests.protocol.traps.trap import trap
from tests.support.raw import Raw

TIMES = 100
_EVENT = '421["clock:sync",{"t0":1}]'


async def _becomes_of(raw: Raw) -> str:
    """What becomes of an event: the end, its answer, or neither before the second ping."""
    pings = 0
    try:
        await raw.send(_EVENT)
        while pings < 2:
            packet = await raw.any_packet()
            if packet.startswith("431["):
                return "answered"
            if packet == "2":
                await raw.send("3")
                pings += 1
    except ConnectionError:
        return "ended"
    return "silence"


@trap(ours="ended", stock="silence")
async def a_binary_event_announces_ten_thousand_million_parts(side: Side) -> str:
    """Ten digits are allowed, and everything after it is kept as one of its parts."""
    raw = await side.enter()
    try:
        await raw.send('459999999999-["m",{"_placeholder":true,"num":0}]')
        for _ in range(TIMES):
            await raw.socket.send_bytes(bytes(16 * 1024))
    except ConnectionError:
        return "ended"
    return await _becomes_of(raw)


@trap(ours="ended, one line in the log", stock="answered, a traceback each in the log")
async def a_hundred_packets_are_none(side: Side) -> str:
    """Counted by nobody, and each an "Unknown receive error" or a "handler error"."""
    raw = await side.enter()
    before = await side.logged()
    try:
        for _ in range(TIMES):
            await raw.send("42{")
    except ConnectionError:
        end = "ended"
    else:
        end = await _becomes_of(raw)
    lines = await side.logged() - before
    said = {1: "one line"}.get(lines, f"{lines} lines")
    return f"{end}, {'a traceback each' if lines > 5 * TIMES else said} in the log"


@trap(ours="refused", stock="taken")
async def deflate_is_offered(side: Side) -> str:
    """`web.WebSocketResponse(...)` takes it; 100 KiB a connection, and half the speed."""
    raw = await side.endpoint.open(compress=15)
    return "taken" if raw.socket.compress else "refused"


@trap(ours="answered", stock="silence")
async def an_ack_has_the_number_0(side: Side) -> str:
    """Which is where the counter of callbacks is kept: `BaseManager._generate_ack_id`."""
    raw = await side.enter()
    if not await _is_done(raw, f"421{side.asking_back()}"):
        return "silence at once"
    await raw.send("430[]")
    return "answered" if await _is_done(raw, f"421{side.asking_back()}") else "silence"


async def _is_done(raw: Raw, event: str) -> bool:
    """Whether an event is answered, or asks the client something, and is answered then."""
    await raw.send(event)
    await raw.send(FENCE)
    done = asked = beyond = False
    while not beyond or (asked and not done):
        packet = await raw.packet()
        beyond |= packet.startswith(BEYOND)
        done |= packet.startswith("431[")
        if question := re.match(r'42(\d+)\["question"', packet):
            asked = True
            await raw.send(f"43{question[1]}[]")
    return done
