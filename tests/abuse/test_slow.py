"""[Bad input] Who sends slowly, or nothing, is let go, and nobody waits for them."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.abuse.attackers import PATIENCE_S, TEXT, Attacker, frame
from tests.support.product import Product

_POST = b"POST /api/auth/login HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
Attack = Callable[[Product], Awaitable[Attacker]]


async def silent(product: Product) -> Attacker:
    return await Attacker.connect(product)


async def half_a_line(product: Product) -> Attacker:
    attacker = await Attacker.connect(product)
    await attacker.say(b"GET / HT")
    return attacker


async def slow_head(product: Product) -> Attacker:
    """A header every half second, as if there were no end to them."""
    attacker = await Attacker.connect(product)
    await attacker.say(b"GET / HTTP/1.1\r\nHost: here\r\n")
    attacker.dripping = asyncio.create_task(attacker.drip(b"X-A: 1\r\n"))
    return attacker


async def second_slow_head(product: Product) -> Attacker:
    """The first request is whole."""
    attacker = await Attacker.connect(product)
    await attacker.say(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
    await attacker.reader.readuntil(b"}")
    await attacker.say(b"GET /")
    attacker.dripping = asyncio.create_task(attacker.drip(b"a"))
    return attacker


async def slow_body(product: Product) -> Attacker:
    attacker = await Attacker.connect(product)
    await attacker.say(_POST + b"Content-Length: 100000\r\n\r\n")
    attacker.dripping = asyncio.create_task(attacker.drip(b" "))
    return attacker


async def slow_chunks(product: Product) -> Attacker:
    attacker = await Attacker.connect(product)
    await attacker.say(_POST + b"Transfer-Encoding: chunked\r\n\r\n")
    attacker.dripping = asyncio.create_task(attacker.drip(b"1\r\n \r\n"))
    return attacker


async def slow_poll(product: Product) -> Attacker:
    """The body of what a client that polls says."""
    attacker = await Attacker.connect(product)
    await attacker.say(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: here\r\n\r\n")
    answer = await attacker.reader.readuntil(b'"maxPayload":131072}')
    sid = answer.partition(b'"sid":"')[2].partition(b'"')[0]
    await attacker.say(
        b"POST /socket.io/?EIO=4&transport=polling&sid=" + sid + b" HTTP/1.1\r\nHost: here\r\n"
        b"Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n40"
    )
    attacker.dripping = asyncio.create_task(attacker.drip(b" "))
    return attacker


async def slow_upgrade(product: Product) -> Attacker:
    attacker = await Attacker.connect(product)
    await attacker.say(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n"
    )
    attacker.dripping = asyncio.create_task(attacker.drip(b"X-A: 1\r\n"))
    return attacker


async def silent_websocket(product: Product) -> Attacker:
    return await Attacker.websocket(product)


async def slow_frame(product: Product) -> Attacker:
    """A large message that never becomes whole, by somebody who is signed in."""
    attacker = await Attacker.websocket(product, (await product.person("slow")).token)
    await attacker.say(frame(TEXT, b"4" + b"x" * 120_000)[:100_000])
    attacker.dripping = asyncio.create_task(attacker.drip(b"x"))
    return attacker


async def slow_fragments(product: Product) -> Attacker:
    """The same in fragments, with a ping between any two."""
    attacker = await Attacker.websocket(product, (await product.person("slow")).token)
    first = frame(TEXT, b"4" + b"x" * 30_000)
    await attacker.say(bytes((0x01,)) + first[1:])
    rest = bytes((0x00,)) + frame(TEXT, b"x")[1:] + frame(9, b"")
    attacker.dripping = asyncio.create_task(attacker.drip(rest))
    return attacker


ATTACKS: dict[Attack, bytes] = {
    silent: b"",
    half_a_line: b"HTTP/1.1 400 ",
    slow_head: b"HTTP/1.1 400 ",
    second_slow_head: b"HTTP/1.1 400 ",
    slow_body: b"HTTP/1.1 400 ",
    slow_chunks: b"HTTP/1.1 400 ",
    slow_poll: b"",
    slow_upgrade: b"HTTP/1.1 400 ",
    silent_websocket: b"",
    slow_frame: b"too_many_errors",
    slow_fragments: b"too_many_errors",
}

# They need an account.
SIGNED_IN = (slow_frame, slow_fragments)


async def test_who_is_slow_is_let_go_whatever_they_are_slow_at(guarded: Product) -> None:
    """All at once, and each of them several times; whoever is begun with a word is told why."""
    bystander = await (await guarded.person("bo")).connect()
    attackers = [(attack, await attack(guarded)) for attack in ATTACKS for _ in range(3)]
    try:
        heard = asyncio.gather(*(attacker.hear_all() for _, attacker in attackers))
        async with asyncio.timeout(PATIENCE_S):
            while not heard.done():
                assert (await bystander.do("timer:current"))["entry"] is None
                await asyncio.wait([heard], timeout=0.2)
        for (attack, _), answer in zip(attackers, await heard, strict=True):
            assert ATTACKS[attack] in answer, (attack.__name__, answer[-300:])
    finally:
        for _, attacker in attackers:
            attacker.close()


async def test_who_is_only_not_fast_is_served(guarded: Product) -> None:
    """A body in pieces over a second, on a connection that has been used and waits in between."""
    attacker = await Attacker.connect(guarded)
    for _ in range(2):
        await attacker.say(_POST + b"Content-Length: 2\r\n\r\n")
        await asyncio.sleep(0.6)
        await attacker.say(b"{")
        await asyncio.sleep(0.6)
        await attacker.say(b"}")
        head = await attacker.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 422 ")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await attacker.reader.readexactly(length)
    attacker.close()
