"""What the text of Engine.IO v4 asks of a server, statement by statement."""

import asyncio
import json

import aiohttp
import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.live import PATIENCE_S
from tests.support.product import Person, serving
from tests.support.raw import PATH, POLLING, Endpoint, Raw


async def test_a_polling_handshake_answers_the_opening_packet(endpoint: Endpoint) -> None:
    opening = await endpoint.open_polling()
    assert opening["upgrades"] == ["websocket"]
    assert {"sid", "pingInterval", "pingTimeout", "maxPayload"} <= set(opening)
    assert opening["maxPayload"] == 128 * 1024


async def test_a_websocket_handshake_sends_the_opening_packet_first(endpoint: Endpoint) -> None:
    socket = await endpoint.open()
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
async def test_a_handshake_with_wrong_parameters_is_refused(endpoint: Endpoint, query: str) -> None:
    """Version, transport and session must be right, and a websocket must ask for one."""
    status, _ = await endpoint.ask("GET", query)
    assert status == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_handshake_by_another_method_is_refused(endpoint: Endpoint, method: str) -> None:
    status, _ = await endpoint.ask(method, "EIO=4&transport=polling", "")
    assert status in (400, 405)


@pytest.mark.parametrize(
    "query", ["transport=websocket", "EIO=abc&transport=websocket", "EIO=4&transport=abc"]
)
async def test_a_websocket_with_wrong_parameters_is_refused(endpoint: Endpoint, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await endpoint.http.ws_connect(f"{endpoint.url}{PATH}?{query}")


async def test_several_packets_travel_in_one_payload(endpoint: Endpoint, ada: Person) -> None:
    """Packets of a payload are parted by \\x1e, and handled in order."""
    sid = await entered(endpoint, ada)
    sent = [f'42{n}["clock:sync",{{"t0":{n}}}]' for n in (1, 2, 3)]
    assert await endpoint.post(sid, *sent) == (200, "ok")
    assert [packet[:4] for packet in await answers(endpoint, sid, 3)] == ["431[", "432[", "433["]


async def entered(endpoint: Endpoint, person: Person) -> str:
    """A polling session that has been let in, and has read what it was told at first."""
    sid: str = (await endpoint.open_polling())["sid"]
    assert await endpoint.post(sid, "40" + json.dumps({"token": person.token})) == (200, "ok")
    got: list[str] = []
    while not any("connection:ready" in packet for packet in got):
        got += (await endpoint.poll(sid))[1]
    return sid


async def answers(endpoint: Endpoint, sid: str, count: int) -> list[str]:
    """The next so many acks."""
    got: list[str] = []
    while len(got) < count:
        got += [packet for packet in (await endpoint.poll(sid))[1] if packet[:2] == "43"]
    return got


async def test_all_packets_of_a_payload_are_answered_however_many(
    endpoint: Endpoint, ada: Person
) -> None:
    """As what the stock client says in one go when it is back: python-engineio loses more than
    sixteen, and answers `ok`."""
    sid = await entered(endpoint, ada)
    sent = [f'42{n}["clock:sync",{{"t0":{n}}}]' for n in range(300)]
    assert await endpoint.post(sid, *sent) == (200, "ok")
    got = await answers(endpoint, sid, 300)
    assert [packet[: packet.index("[")] for packet in got] == [f"43{n}" for n in range(300)]


async def test_the_stock_python_client_may_be_told_much_between_two_polls(ada: Person) -> None:
    """It takes sixteen packets at a time, and gives up a connection that brings more."""
    live = await ada.connect(transports=["polling"])
    told = await asyncio.gather(*(live.do("clock:sync", t0=number) for number in range(100)))
    assert [one["t0"] for one in told] == list(range(100))


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_payload_that_comes_in_pieces_is_read_whole(
    endpoint: Endpoint, ada: Person, chunked: bool
) -> None:
    """python-engineio takes the first piece for all of it, and nothing of one that is chunked."""
    sid = await entered(endpoint, ada)
    payload = b'421["clock:sync",{"t0":1}]\x1e422["clock:sync",{"t0":2}]'
    reader, writer = await asyncio.open_connection(*endpoint.address)
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(payload)}"
    head = f"POST {PATH}?{POLLING}&sid={sid} HTTP/1.1\r\nHost: here\r\n{length}\r\n\r\n"
    writer.write(head.encode())
    for piece in (payload[:9], payload[9:40], payload[40:]):
        await writer.drain()
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        # The server has read it, for it has answered somebody else since.
        assert (await endpoint.ask("GET", "EIO=3&transport=polling"))[0] == 400
    if chunked:
        writer.write(b"0\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\nok"), PATIENCE_S)
    assert answer.startswith(b"HTTP/1.1 200")
    writer.close()
    assert [packet[:4] for packet in await answers(endpoint, sid, 2)] == ["431[", "432["]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"4" + b"x" * 200_000], ids=["no text", "too much"])
async def test_a_payload_that_cannot_be_read_ends_the_session(
    endpoint: Endpoint, ada: Person, body: bytes
) -> None:
    sid = await entered(endpoint, ada)
    assert (await endpoint.ask("POST", f"{POLLING}&sid={sid}", body))[0] == 400
    assert (await endpoint.poll(sid))[0] == 400


async def test_a_session_that_ends_while_a_payload_comes_is_no_fault_of_ours(
    endpoint: Endpoint, ada: Person
) -> None:
    sid = await entered(endpoint, ada)
    reader, writer = await asyncio.open_connection(*endpoint.address)
    head = f"POST {PATH}?{POLLING}&sid={sid} HTTP/1.1\r\nHost: here\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n3\r\n".encode())
    # The server has read it, for it has answered somebody else since.
    assert (await endpoint.ask("GET", "EIO=3&transport=polling"))[0] == 400
    assert await endpoint.post(sid, "1") == (200, "ok")
    writer.write(b"421no number\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE_S)
    assert not answer.startswith(b"HTTP/1.1 5"), answer
    writer.close()


async def test_packets_of_a_payload_that_are_none_are_counted(
    endpoint: Endpoint, ada: Person
) -> None:
    """Two are borne, and what comes with them is answered; the third ends the session."""
    sid = await entered(endpoint, ada)
    good = '427["clock:sync",{"t0":1}]'
    assert await endpoint.post(sid, "x", good, "9") == (200, "ok")
    assert (await answers(endpoint, sid, 1))[0].startswith("437[")
    assert await endpoint.post(sid, "x") == (200, "ok")
    told = (await endpoint.poll(sid))[1]
    assert any("too_many_errors" in packet for packet in told)


async def test_a_session_is_closed_by_a_second_poll_at_the_same_time(endpoint: Endpoint) -> None:
    sid = (await endpoint.open_polling())["sid"]
    first = asyncio.create_task(endpoint.poll(sid))
    await asyncio.sleep(0.1)
    assert (await endpoint.poll(sid))[0] == 400
    await first
    assert (await endpoint.poll(sid))[0] == 400


async def test_a_client_ends_its_polling_session(endpoint: Endpoint) -> None:
    sid = (await endpoint.open_polling())["sid"]
    assert (await endpoint.post(sid, "1"))[0] == 200
    assert (await endpoint.poll(sid))[0] == 400


async def test_a_client_ends_its_websocket_session(endpoint: Endpoint) -> None:
    socket = await endpoint.open()
    await socket.send("1")
    await socket.ended()


async def test_the_server_pings_and_ends_who_does_not_answer(
    servers: Embedded, databases: Databases
) -> None:
    """Over both transports; an answer keeps the connection, an unasked one counts for nothing."""
    times = json.dumps({"ping": 1, "pong": 1.5})
    async with serving(await databases.make(), servers.redis_url, TEST_TIMES=times) as product:
        ada = await product.person("ada")
        async with aiohttp.ClientSession() as http:
            endpoint = Endpoint(product.url, http)
            lively, silent, chatty = [await endpoint.open() for _ in range(3)]
            for socket in (lively, silent, chatty):
                await socket.sign_in(ada.token)
            sid = (await endpoint.open_polling())["sid"]
            await endpoint.post(sid, "40" + json.dumps({"token": ada.token}))
            await asyncio.gather(
                _answer_three(lively), silent.ended(), _ended_in_spite_of_pongs(chatty)
            )
            while (answer := await endpoint.poll(sid))[0] == 200:
                assert all(packet[:1] in "1246" for packet in answer[1] if packet)


async def _answer_three(socket: Raw) -> None:
    for _ in range(3):
        while await socket.any_packet() != "2":
            continue
        await socket.send("3")


async def _ended_in_spite_of_pongs(socket: Raw) -> None:
    """Answers before it is asked, and never after."""
    for _ in range(50):
        await socket.send("3")
    await socket.ended()
