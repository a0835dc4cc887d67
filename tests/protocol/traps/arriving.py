"""Coming in: `AsyncServer._handle_connect` has no deadline, and forgets nobody who is pending."""

import asyncio

from tests.protocol.sides import Side, answered
from tests.protocol.traps.trap import trap

PINGS = 20
# Longer than either server is silent that has not given its client up.
UNHEARD_S = 3.0
ANSWERED_WITHIN_S = 8.0


@trap(ours="refused, and forgotten", stock="silence, and kept for ever")
async def a_connect_handler_raises(side: Side) -> str:
    """The exception runs past `manager.disconnect`, and so does the client's going."""
    async with side.spoiled():
        raw = await side.endpoint.open()
        await raw.send(side.entry)
        answer = "refused" if await answered(raw, "44{") else "silence"
    await raw.socket.close()
    return f"{answer}, and {'kept for ever' if await side.remains() else 'forgotten'}"


@trap(ours="refused, and forgotten", stock="silence, and kept for ever")
async def a_connect_handler_is_slower_than_the_ping(side: Side) -> str:
    """While it waits no PONG is read; who was given up meanwhile is let in afterwards."""
    async with side.stalled():
        raw = await side.endpoint.open()
        await raw.send(side.entry)
        answer = "silence"
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                while answer == "silence":
                    packet = await asyncio.wait_for(raw.any_packet(), UNHEARD_S)
                    if packet == "2":
                        await raw.send("3")
                    elif packet.startswith("44{"):
                        answer = "refused"
        except (TimeoutError, ConnectionError):
            pass
        await raw.socket.close()
    return f"{answer}, and {'kept for ever' if await side.remains() else 'forgotten'}"


@trap(ours="ended", stock=f"still there after {PINGS} pings")
async def somebody_never_says_who_they_are(side: Side) -> str:
    """No deadline for the CONNECT packet."""
    raw = await side.endpoint.open()
    try:
        for _ in range(PINGS):
            while await raw.any_packet() != "2":
                continue
            await raw.send("3")
    except ConnectionError:
        return "ended"
    return f"still there after {PINGS} pings"
