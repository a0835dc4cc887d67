"""What the text of Engine.IO v4 asks of a server, statement by statement."""

import asyncio
import json

import aiohttp
import pytest

from storage.embedded import Embedded
from tests.protocol.raw import PATH, Raw
from tests.support.databases import Databases
from tests.support.product import Person, serving


async def test_a_polling_handshake_answers_the_opening_packet(raw: Raw) -> None:
    opening = await raw.open_polling()
    assert opening["upgrades"] == ["websocket"]
    assert {"sid", "pingInterval", "pingTimeout", "maxPayload"} <= set(opening)
    assert opening["maxPayload"] == 128 * 1024


async def test_a_websocket_handshake_sends_the_opening_packet_first(raw: Raw) -> None:
    socket = await raw.open()
    assert socket.opening["upgrades"] == []
    assert {"sid", "pingInterval", "pingTimeout", "maxPayload"} <= set(socket.opening)


@pytest.mark.parametrize(
    "query",
    [
        "transport=polling",
        "EIO=abc&transport=polling",
        "EIO=3&transport=polling",
        "EIO=4&transport=abc",
        "EIO=4&transport=polling&sid=unknown",
        "EIO=4&transport=websocket",
    ],
)
async def test_a_handshake_with_wrong_parameters_is_refused(raw: Raw, query: str) -> None:
    """Version, transport and session must be right, and a websocket must ask for one."""
    status, _ = await raw.ask("GET", query)
    assert status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_handshake_by_another_method_is_refused(raw: Raw, method: str) -> None:
    status, _ = await raw.ask(method, "EIO=4&transport=polling", "")
    assert status in (400, 405)


@pytest.mark.parametrize(
    "query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4&transport=abc"]
)
async def test_a_websocket_with_wrong_parameters_is_refused(raw: Raw, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await raw.http.ws_connect(f"{raw.url}{PATH}?{query}")


async def test_several_packets_travel_in_one_payload(raw: Raw, ada: Person) -> None:
    """Packets of a payload are parted by \\x1e, and handled in order."""
    sid = (await raw.open_polling())["sid"]
    assert await raw.post(sid, "40" + json.dumps({"token": ada.token})) == (200, "ok")
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await raw.poll(sid))[1]
    sent = [f'42{n}["clock:sync",{{"t0":{n}}}]' for n in (1, 2, 3)]
    assert await raw.post(sid, *sent) == (200, "ok")
    got = []
    while len(got) < 3:
        got += (await raw.poll(sid))[1]
    assert [packet[:4] for packet in got] == ["431[", "432[", "433["]


async def test_a_session_is_closed_by_a_second_poll_at_the_same_time(raw: Raw) -> None:
    sid = (await raw.open_polling())["sid"]
    first = asyncio.create_task(raw.poll(sid))
    await asyncio.sleep(0.1)
    assert (await raw.poll(sid))[0] == 400
    await first
    assert (await raw.poll(sid))[0] == 400


async def test_a_client_ends_its_polling_session(raw: Raw) -> None:
    sid = (await raw.open_polling())["sid"]
    assert (await raw.post(sid, "1"))[0] == 200
    assert (await raw.poll(sid))[0] == 400


async def test_a_client_ends_its_websocket_session(raw: Raw) -> None:
    socket = await raw.open()
    await socket.send("1")
    await socket.ended()


async def test_the_server_pings_and_ends_who_does_not_answer(
    servers: Embedded, databases: Databases
) -> None:
    """Over both transports; an answer keeps the connection, an unasked one counts for nothing."""
    times = json.dumps({"ping": 1, "pong": 1.5})
    async with serving(await databases.make(), servers.redis_url, TEST_TIMES=times) as product:
        ada = await product.person("ada")
        async with Raw(product.url) as raw:
            lively, silent, chatty = [await raw.open() for _ in range(3)]
            for socket in (lively, silent, chatty):
                await socket.sign_in(ada.token)
            sid = (await raw.open_polling())["sid"]
            await raw.post(sid, "40" + json.dumps({"token": ada.token}))
            await asyncio.gather(
                _answer_three(lively), silent.ended(), _ended_in_spite_of_pongs(chatty)
            )
            while (answer := await raw.poll(sid))[0] == 200:
                assert all(packet[:1] in "1246" for packet in answer[1] if packet)


async def _answer_three(socket) -> None:  # type: ignore[no-untyped-def]
    for _ in range(3):
        while await socket.next_of_any() != "2":
            continue
        await socket.send("3")


async def _ended_in_spite_of_pongs(socket) -> None:  # type: ignore[no-untyped-def]
    """Answers before it is asked, and never after."""
    for _ in range(50):
        await socket.send("3")
    await socket.ended()


async def test_a_session_is_upgraded(raw: Raw, ada: Person) -> None:
    """2probe is answered 3probe; after 5 everything travels by the websocket, nothing is lost."""
    sid = (await raw.open_polling())["sid"]
    await raw.post(sid, "40" + json.dumps({"token": ada.token}))
    socket = await raw.upgrade(sid)
    await socket.send("2probe")
    assert await socket.next() == "3probe"
    got = []
    while "6" not in got:
        got += (await raw.poll(sid))[1]
    await socket.send("5")
    await socket.send('427["clock:sync",{"t0":1}]')
    rest = await socket.until("437[")
    assert json.loads(rest[3:])[0]["ok"]


async def test_what_was_not_polled_arrives_after_the_upgrade(raw: Raw, ada: Person) -> None:
    sid = (await raw.open_polling())["sid"]
    await raw.post(sid, "40" + json.dumps({"token": ada.token}))
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await raw.poll(sid))[1]
    socket = await raw.upgrade(sid)
    await socket.send("2probe")
    assert await socket.next() == "3probe"
    await raw.post(sid, '421["timer:start",{}]')
    await socket.send("5")
    packets = {(await socket.next())[:18] for _ in range(2)}
    assert {packet[:3] for packet in packets} == {"431", "42["}


async def test_an_upgraded_session_takes_no_other_requests(raw: Raw, ada: Person) -> None:
    """Neither a poll nor a second websocket, and it goes on."""
    sid = (await raw.open_polling())["sid"]
    socket = await raw.upgrade(sid)
    await socket.send("2probe")
    assert await socket.next() == "3probe"
    await socket.send("5")
    await socket.sign_in(ada.token)
    assert (await raw.poll(sid))[0] == 400
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await raw.upgrade(sid)
    await socket.send('421["clock:sync",{"t0":1}]')
    await socket.until("431[")


async def test_an_upgrade_that_is_never_finished_is_given_up(raw: Raw, ada: Person) -> None:
    """However often it is probed; and the session goes on polling."""
    sid = (await raw.open_polling())["sid"]
    await raw.post(sid, "40" + json.dumps({"token": ada.token}))
    socket = await raw.upgrade(sid)
    await socket.send("2probe")
    assert await socket.next() == "3probe"
    await asyncio.gather(socket.ended(), _polled_until_ready(raw, sid))
    assert (await raw.post(sid, '421["clock:sync",{"t0":1}]'))[0] == 200
    got: list[str] = []
    while not any(packet.startswith("431[") for packet in got):
        got += (await raw.poll(sid))[1]


async def _polled_until_ready(raw: Raw, sid: str) -> None:
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await raw.poll(sid))[1]


async def test_a_session_that_ends_takes_its_upgrade_along(raw: Raw) -> None:
    sid = (await raw.open_polling())["sid"]
    socket = await raw.upgrade(sid)
    await socket.send("2probe")
    assert await socket.next() == "3probe"
    await raw.post(sid, "1")
    await socket.ended()


async def test_a_failed_upgrade_leaves_the_session_polling(raw: Raw, ada: Person) -> None:
    sid = (await raw.open_polling())["sid"]
    socket = await raw.upgrade(sid)
    await socket.send("nonsense")
    await socket.ended()
    assert (await raw.post(sid, "40" + json.dumps({"token": ada.token})))[0] == 200
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        status, packets = await raw.poll(sid)
        assert status == 200
        got += packets
