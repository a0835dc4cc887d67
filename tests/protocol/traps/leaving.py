"""Going, or not: queues without a bound, and the goodbye after which nobody comes back."""

import asyncio
import json
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.protocol.deaf import Deaf
from tests.protocol.sides import Side
from tests.protocol.traps.trap import trap
from tests.support.node import prepare

QUESTIONS = 40
# Longer than the stock server's ping and its answer may take together.
DEAF_S = 4.0


@trap(ours="told too_slow, and dropped", stock="all is kept for it")
async def a_reader_only_says_that_it_is_there(side: Side) -> str:
    """Answers of 20 MiB are asked for and not read, beyond the time for several pings.

    `AsyncSocket.queue` has no bound, and any PONG counts for the PING that waits in it.
    """
    much = await side.asking_much()
    deaf = await Deaf.open(side.endpoint.url)
    deaf.send(side.entry)
    for number in range(QUESTIONS):
        deaf.send(f"42{number}{much}")
    saying = asyncio.create_task(_say_on(deaf))
    await asyncio.sleep(DEAF_S)
    heard = [""]
    with suppress(ConnectionError):
        while not heard[-1].startswith(f"43{QUESTIONS - 1}["):
            heard.append(await deaf.hear())
    saying.cancel()
    deaf.close()
    if heard[-1].startswith('42["connection:closing",{"code":"too_slow"'):
        return "told too_slow, and dropped"
    acks = sum(packet.startswith("43") for packet in heard)
    return "all is kept for it" if acks == QUESTIONS else f"{acks} answers, then the end"


async def _say_on(deaf: Deaf) -> None:
    while True:
        deaf.send("3")
        await asyncio.sleep(0.1)


@trap(ours="transport close: comes back", stock="io server disconnect: stays away")
async def the_server_sends_its_clients_away(side: Side) -> str:
    """`sio.disconnect()` says it by a packet, which `socket.io-client` takes for a dismissal."""
    prepare()
    process = await asyncio.create_subprocess_exec(
        "node",
        str(Path(__file__).parents[1] / "goodbye.mjs"),
        side.endpoint.url,
        json.loads(side.entry[2:])["token"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert json.loads(await process.stdout.readline())["step"] == "there"
        await side.drain()
        gone = json.loads(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()
    return f"{gone['reason']}: {'comes back' if gone['active'] else 'stays away'}"
