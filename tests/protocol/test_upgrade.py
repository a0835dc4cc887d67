"""What the text of Engine.IO v4 asks of a server when a session that polls gets a websocket."""

import asyncio
import json

import aiohttp
import pytest

from tests.support.product import Person
from tests.support.raw import Endpoint


async def test_a_session_is_upgraded(endpoint: Endpoint, ada: Person) -> None:
    """2probe is answered 3probe; after 5 everything travels by the websocket, nothing is lost."""
    sid = (await endpoint.open_polling())["sid"]
    await endpoint.post(sid, "40" + json.dumps({"token": ada.token}))
    socket = await endpoint.upgrade(sid)
    await socket.send("2probe")
    assert await socket.packet() == "3probe"
    got = []
    while "6" not in got:
        got += (await endpoint.poll(sid))[1]
    await socket.send("5")
    await socket.send('427["clock:sync",{"t0":1}]')
    rest = await socket.until("437[")
    assert json.loads(rest[3:])[0]["ok"]


async def test_what_was_not_polled_arrives_after_the_upgrade(
    endpoint: Endpoint, ada: Person
) -> None:
    sid = (await endpoint.open_polling())["sid"]
    await endpoint.post(sid, "40" + json.dumps({"token": ada.token}))
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await endpoint.poll(sid))[1]
    socket = await endpoint.upgrade(sid)
    await socket.send("2probe")
    assert await socket.packet() == "3probe"
    await endpoint.post(sid, '421["timer:start",{}]')
    await socket.send("5")
    packets = {(await socket.packet())[:18] for _ in range(2)}
    assert {packet[:3] for packet in packets} == {"431", "42["}


async def test_an_upgraded_session_takes_no_other_requests(endpoint: Endpoint, ada: Person) -> None:
    """Neither a poll nor a second websocket, and it goes on."""
    sid = (await endpoint.open_polling())["sid"]
    socket = await endpoint.upgrade(sid)
    await socket.send("2probe")
    assert await socket.packet() == "3probe"
    await socket.send("5")
    await socket.sign_in(ada.token)
    assert (await endpoint.poll(sid))[0] == 400
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await endpoint.upgrade(sid)
    await socket.send('421["clock:sync",{"t0":1}]')
    await socket.until("431[")


async def test_an_upgrade_that_is_never_finished_is_given_up(
    endpoint: Endpoint, ada: Person
) -> None:
    """However often it is probed; and the session goes on polling."""
    sid = (await endpoint.open_polling())["sid"]
    await endpoint.post(sid, "40" + json.dumps({"token": ada.token}))
    socket = await endpoint.upgrade(sid)
    await socket.send("2probe")
    assert await socket.packet() == "3probe"
    await asyncio.gather(socket.ended(), _polled_until_ready(endpoint, sid))
    assert (await endpoint.post(sid, '421["clock:sync",{"t0":1}]'))[0] == 200
    got: list[str] = []
    while not any(packet.startswith("431[") for packet in got):
        got += (await endpoint.poll(sid))[1]


async def _polled_until_ready(endpoint: Endpoint, sid: str) -> None:
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await endpoint.poll(sid))[1]


async def test_a_session_that_ends_takes_its_upgrade_along(endpoint: Endpoint) -> None:
    sid = (await endpoint.open_polling())["sid"]
    socket = await endpoint.upgrade(sid)
    await socket.send("2probe")
    assert await socket.packet() == "3probe"
    await endpoint.post(sid, "1")
    await socket.ended()


async def test_a_failed_upgrade_leaves_the_session_polling(endpoint: Endpoint, ada: Person) -> None:
    sid = (await endpoint.open_polling())["sid"]
    socket = await endpoint.upgrade(sid)
    await socket.send("nonsense")
    await socket.ended()
    assert (await endpoint.post(sid, "40" + json.dumps({"token": ada.token})))[0] == 200
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        status, packets = await endpoint.poll(sid)
        assert status == 200
        got += packets
