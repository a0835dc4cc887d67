"""What python-socketio as it comes lets a single client do to a server, and this one does not."""

import asyncio
import json
import socket
import uuid
from urllib.parse import urlsplit

import pytest

from storage.embedded import Embedded
from tests.protocol.raw import PATH, Raw, RawSocket
from tests.support.databases import Databases
from tests.support.live import Live
from tests.support.product import Person, Product, serving


async def test_deflate_is_never_negotiated(raw: Raw) -> None:
    """It costs 100 KiB a connection and half the speed."""
    ws = await raw.http.ws_connect(
        f"{raw.url}{PATH}?EIO=4&transport=websocket", compress=15, autoclose=False
    )
    assert ws.compress == 0
    await ws.close()


async def test_a_connection_is_answered_even_when_the_database_is_gone(
    servers: Embedded, databases: Databases
) -> None:
    """A stock server leaves the client without answer, and its session behind."""
    url = await databases.make()
    async with serving(url, servers.redis_url) as product:
        ada = await product.person("ada")
        async with Raw(product.url) as raw:
            living = await raw.open()
            await living.sign_in(ada.token)
            await databases.drop(url)
            waiting = await raw.open()
            await waiting.send("40" + json.dumps({"token": ada.token}))
            answer = await waiting.until("44")
            assert json.loads(answer[2:])["data"]["code"] == "unavailable"
            await living.send('421["timer:start",{}]')
            refused = json.loads((await living.until("431"))[3:])[0]
            assert refused["error"]["code"] == "unavailable"
            await living.send('422["clock:sync",{"t0":1}]')
            assert (await living.next()).startswith('432[{"ok":true')


async def test_a_reader_who_does_not_keep_up_is_dropped(product: Product) -> None:
    """Its buffer is bounded; who reads gets everything, in order."""
    owner = await product.person("owner")
    project_id = await owner.project()
    channel = f"project:{project_id}"
    watcher = await owner.connect()
    await watcher.do("channel:subscribe", channel=channel)
    reader, writer = await _slow_reader(product, owner)
    writer.write(_masked(f'421["channel:subscribe",{{"channel":"{channel}"}}]'))
    before = await _metric(product, "focushub_slow_clients")

    speakers = []
    for _ in range(12):
        person = await product.person("speaker")
        await owner.post(f"/projects/{project_id}/members", {"user_id": person.id})
        live = await person.connect()
        await live.command("timer:start", project_id=project_id)
        speakers.append(live)
    while await _metric(product, "focushub_slow_clients") == before:
        await asyncio.gather(*(_talk(live, 40) for live in speakers))
    async with asyncio.timeout(20):
        while await reader.read(65536):
            continue
    writer.close()
    await watcher.do("timer:current")
    numbers = [data["seq"] for _, data in watcher.on_channel(channel)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def _slow_reader(
    product: Product, person: Person
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection that has signed in and whose end reads as little as it can."""
    parts = urlsplit(product.url)
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (parts.hostname, parts.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
    writer.write(
        f"GET {PATH}?EIO=4&transport=websocket HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readline()
    writer.write(_masked("40" + json.dumps({"token": person.token})))
    return reader, writer


def _masked(text: str) -> bytes:
    """A text frame as a client sends it, with the mask 0."""
    payload = text.encode()
    size = len(payload)
    head = bytes((size | 0x80,)) if size < 126 else bytes((126 | 0x80,)) + size.to_bytes(2, "big")
    return b"\x81" + head + bytes(4) + payload


async def _talk(live: Live, times: int) -> None:
    for _ in range(times):
        await live.command("timer:update", description="語" * 480 + uuid.uuid4().hex[:10])


async def _metric(product: Product, name: str) -> float:
    _, text, _ = await product.request("GET", "/metrics")
    lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].split()[1])


async def test_a_flood_is_handled_in_order_and_answered(product: Product, ada: Person) -> None:
    """5,000 events at once: one at a time, each answered, while others are served."""
    async with Raw(product.url) as raw:
        flood = await raw.open()
        await flood.sign_in(ada.token)
        bystander = await (await product.person("bo")).connect()
        for number in range(5000):
            await flood.send(f'42{number}["channel:unsubscribe",{{"channel":"project:1"}}]')
        await bystander.do("clock:sync", t0=1)
        answered = [int((await flood.until("43"))[2:].partition("[")[0]) for _ in range(5000)]
        assert answered == list(range(5000))


async def test_an_event_that_goes_wrong_is_answered_and_harms_nobody(raw: Raw, ada: Person) -> None:
    """Whatever a handler raises becomes an ack with a code; the next event is served."""
    connection = await raw.open()
    await connection.sign_in(ada.token)
    deep = "[" * 4000 + "]" * 4000
    await connection.send(f'421["timer:start",{deep}]')
    await connection.send('422["channel:subscribe",{"channel":"project:99999999999999999999"}]')
    await connection.send('423["clock:sync",{"t0":1}]')
    codes = [await _code(connection, number) for number in (1, 2, 3)]
    assert codes[2] is None
    assert codes[1] == "not_found"
    assert codes[0] in ("malformed", "invalid")


async def _code(connection: RawSocket, number: int) -> str | None:
    ack = json.loads((await connection.until(f"43{number}["))[2 + len(str(number)) :])[0]
    code: str | None = None if ack["ok"] else ack["error"]["code"]
    return code


@pytest.mark.parametrize("kind", ["websocket", "polling"])
async def test_sessions_leave_nothing_behind(product: Product, kind: str) -> None:
    """However they end; a stock server keeps the id of one whose handler raised."""
    before = await _metric(product, "focushub_connections")
    people = [await product.person("guest") for _ in range(5)]
    lives = [await Live.open(product.url, p.token, transports=[kind]) for p in people]
    for live in lives[:3]:
        await live.close()
    for live in lives[3:]:
        await live.client.eio.disconnect(abort=True)
        await live.close()
    async with asyncio.timeout(15):
        while await _metric(product, "focushub_connections") > before:
            await asyncio.sleep(0.1)
