"""[Bad input] Who sends too much is read as fast as others can bear, and ended if it goes on."""

import asyncio
import json
from pathlib import Path

from tests.abuse.attackers import HANDSHAKE, PATIENCE_S, PING, PONG, TEXT, Attacker, frame
from tests.support.product import Person, Product
from tests.support.raw import Raw

# What each floods with: packets that cost it nothing, and are refused by no limit of events.
FLOODS = {
    "pings of websockets": frame(PING, b"x" * 125) * 500,
    "pongs of websockets": frame(PONG, b"") * 5000,
    "pongs": frame(TEXT, "3") * 5000,
    "nothing": frame(TEXT, "6") * 5000,
    "acks that nobody asked for": frame(TEXT, "430[]") * 5000,
    "events": frame(TEXT, '421["clock:sync",{"t0":1}]') * 2000,
    "events without an ack": frame(TEXT, '42["clock:sync",{"t0":1}]') * 2000,
    "large events": frame(TEXT, '421["room:say",{"text":"' + "x" * 15_000 + '"}]') * 4,
    "too large events": frame(TEXT, '421["room:say",{"text":"' + "x" * 120_000 + '"}]'),
    "deep events": frame(TEXT, '421["room:say",' + "[" * 8000 + "]" * 8000 + "]") * 4,
}
# What is no packet, or larger than any that is answered: the third ends it.
BROKEN = {
    "malformed frames": frame(TEXT, "4x") * 10_000,
    "frames of a megabyte": frame(TEXT, b"4" + b"x" * 1_000_000) * 3,
    "frames of two megabytes": frame(TEXT, b"4" + b"x" * 2_000_000),
    "binary frames": frame(2, b"\0" * 100) * 10_000,
    "reserved opcodes": frame(3, b"x") * 10_000,
    "no frames": b"\xff" * 100_000,
}
# What the process may grow by under all of this at once. It is measured in `tests.abuse`; this
# only tells what is bounded from what is not: without bounds it is hundreds of megabytes.
BOUNDED = 150 * 1024 * 1024


def memory_of(product: Product) -> int:
    """Bytes of the server's process that are in memory."""
    assert product.process is not None
    text = Path(f"/proc/{product.process.pid}/statm").read_text()
    return int(text.split()[1]) * 4096


async def test_whoever_floods_is_ended_and_the_others_are_served(guarded: Product) -> None:
    """All kinds at once, by users who read nothing and by nobody one knows; the server's memory
    stays what it is, and who listens is told why."""
    bystander = await (await guarded.person("bo")).connect()
    before = memory_of(guarded)
    kinds = FLOODS | BROKEN
    attackers = [(name, await signed_in(guarded)) for name in kinds]
    attackers += [(name, await Attacker.websocket(guarded)) for name in FLOODS]
    listening = [(name, await signed_in(guarded)) for name in ("events", "malformed frames")]
    heard = [asyncio.create_task(one.hear_all()) for _, one in listening]
    attackers += listening
    floods = asyncio.gather(*(one.flood(kinds[name]) for name, one in attackers))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not floods.done():
                assert (await bystander.do("timer:current"))["entry"] is None
                assert memory_of(guarded) - before < BOUNDED
                await asyncio.wait([floods], timeout=0.1)
        await floods
        for answer in await asyncio.gather(*heard):
            told = answer.partition(b'42["connection:closing",')[2].partition(b"]")[0]
            assert json.loads(told)["code"] == "too_many_errors"
            assert json.loads(told)["reconnect"] is False
    finally:
        for _, attacker in attackers:
            attacker.close()


async def signed_in(product: Product) -> Attacker:
    return await Attacker.websocket(product, (await product.person("flood")).token)


async def test_five_thousand_events_at_once_are_each_answered(guarded: Product) -> None:
    """In their order: done, or refused with the time to wait; and the connection stays."""
    ada: Person = await guarded.person("ada")
    bystander = await (await guarded.person("bo")).connect()
    async with await Raw.signed_in(ada) as raw:
        for number in range(5000):
            await raw.send(f'42{number}["clock:sync",{{"t0":{number}}}]')
        await bystander.do("clock:sync", t0=1)
        codes = []
        for number in range(5000):
            answer = json.loads((await raw.until(f"43{number}["))[len(f"43{number}") :])[0]
            codes.append("ok" if answer["ok"] else answer["error"]["code"])
            assert answer["ok"] or answer["error"]["retry_after_s"] > 0
        assert set(codes) == {"ok", "rate_limited"}
        assert codes.index("rate_limited") >= 400
        async with asyncio.timeout(PATIENCE_S):
            while not (await raw.ack('427["clock:sync",{"t0":1}]'))["ok"]:
                await asyncio.sleep(0.1)


async def test_what_comes_before_the_handshake_is_answered_is_not_lost(guarded: Product) -> None:
    """However much of it: aiohttp stops reading at 64 KiB, and nobody told it to go on."""
    ada = await guarded.person("ada")
    attacker = await Attacker.connect(guarded)
    entry = frame(TEXT, "40" + json.dumps({"token": ada.token}))
    much = frame(TEXT, '421["clock:sync",{"t0":"' + "x" * 100_000 + '"}]')
    await attacker.say(HANDSHAKE + entry + much + frame(TEXT, '422["clock:sync",{"t0":2}]'))
    heard = await asyncio.wait_for(attacker.reader.readuntil(b"432["), PATIENCE_S)
    assert b"too_large" in heard
    attacker.close()
