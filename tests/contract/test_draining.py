"""[drain] A server that is told to go: who is told, what is finished, and what is cut."""

import asyncio
import json
import signal
from contextlib import suppress

import aiohttp
import asyncpg

from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.product import Person, Product, serving
from tests.support.raw import PATH, POLLING, Endpoint, Raw

PATIENCE_S = 60.0
LONG = "10"


async def test_balancers_are_told_first_and_people_are_served_meanwhile(
    servers: Embedded, database_url: str
) -> None:
    """Whoever asks /readyz; another signal says that it has been long enough."""
    async with serving(database_url, servers.redis_url, DRAIN_PAUSE_SECONDS=LONG) as product:
        ada = await product.person("ada")
        before = await ada.connect()
        assert (await product.request("GET", "/readyz"))[0] == 200
        tell(product)
        async with asyncio.timeout(PATIENCE_S):
            while (await product.request("GET", "/readyz"))[0] == 200:
                await asyncio.sleep(0.01)
        status, answer, headers = await product.request("GET", "/readyz")
        assert (status, answer["status"], headers["Connection"]) == (503, "draining", "close")
        newcomer = await Live.open(product.url, ada.token)
        started = await newcomer.command("timer:start")
        await before.expect("timer:started", lambda e: e["data"]["entry"] == started["entry"])
        assert (await product.request("GET", "/healthz"))[0] == 200
        tell(product)
        for live in (before, newcomer):
            closing = await live.expect("connection:closing", patience_s=PATIENCE_S)
            assert (closing["code"], closing["reconnect"]) == ("draining", True)
        await ended(product)


async def test_whom_nobody_watches_goes_at_once(servers: Embedded, database_url: str) -> None:
    """By SIGTERM, and whom people stop, by SIGINT."""
    for asked, signum in ((False, signal.SIGTERM), (True, signal.SIGINT)):
        changes = {"DRAIN_PAUSE_SECONDS": LONG, "LOG_LEVEL": "info"}
        async with serving(database_url, servers.redis_url, **changes) as product:
            if asked:
                await product.request("GET", "/readyz")
            tell(product, signum)
            said = await ended(product)
            (draining,) = [line for line in said if line.get("event") == "draining"]
            assert draining["pause_s"] == 0
            assert [line for line in said if line.get("event") == "drained"]


async def test_what_is_under_way_is_finished_or_cut_so_that_it_is_seen(
    servers: Embedded, database_url: str
) -> None:
    """A command is acknowledged before its connection goes, by 1012; a poll says goodbye; of what
    takes too long, or is hurried, what has not begun to be answered is `unavailable`, and the end
    of what has is missing."""
    async with serving(database_url, servers.redis_url) as product:
        ada, bo = await product.person("ada"), await product.person("bo")
        raw = await Raw.signed_in(ada)
        polling = await open_polling(product, bo)
        export, writer = await begin_export(product, bo)
        upload = asyncio.create_task(begin_upload(bo))
        async with held(product, ada):
            await raw.send('421["timer:start",{}]')
            await raw.send('422["timer:start",{}]')
            tell(product)
            # The one is under way, the other behind it.
            packets, code = await to_the_end(raw)
        names = [packet.partition("[")[0] for packet in packets]
        assert names == ["31", "2"], packets
        assert '"connection:closing",{"code":"draining"' in packets[1]
        assert code == 1012
        assert '"connection:closing",{"code":"draining"' in await polling
        assert not upload.done()
        tell(product)
        status, problem, retry_after = await upload
        assert (status, problem["code"], retry_after) == (503, "unavailable", "1")
        await ended(product)
        rest = await export.read()
        assert len(rest) > 1000
        assert not rest.endswith(b"0\r\n\r\n")
        writer.close()


def tell(product: Product, signum: signal.Signals = signal.SIGTERM) -> None:
    assert product.process is not None
    product.process.send_signal(signum)


async def ended(product: Product) -> list[dict[str, object]]:
    """Wait for its end, which must be in order; the lines of its log."""
    assert product.process is not None
    said, _ = await asyncio.to_thread(product.process.communicate, timeout=PATIENCE_S)
    assert product.process.returncode == 0, said
    lines = []
    for line in said.splitlines():
        with suppress(ValueError):
            lines.append(json.loads(line))
    return lines


class held:  # noqa: N801
    """Somebody else holds the person's row: a command of theirs waits."""

    def __init__(self, product: Product, person: Person) -> None:
        self._url, self._id = product.database_url, person.id

    async def __aenter__(self) -> None:
        self._sql = await asyncpg.connect(self._url)
        await self._sql.execute("begin")
        await self._sql.execute("select from users where id = $1 for update", self._id)

    async def __aexit__(self, *_error: object) -> None:
        await self._sql.close()


async def to_the_end(raw: Raw) -> tuple[list[str], int | None]:
    """What comes from now on of acks and closings, and the code of the close."""
    packets = [
        packet
        for packet in await raw.rest()
        if packet.startswith("3") or "connection:closing" in packet
    ]
    return packets, raw.socket.close_code


async def open_polling(product: Product, person: Person) -> "asyncio.Task[str]":
    """Somebody who polls, and goes on to do so until nobody answers: what the last ones said."""
    endpoint = Endpoint(product.url, product.http)
    sid = (await endpoint.open_polling())["sid"]
    await endpoint.post(sid, "40" + json.dumps({"token": person.token}))
    seen = ""
    while "connection:ready" not in seen:
        seen += "".join((await endpoint.poll(sid))[1])

    async def poll_on() -> str:
        heard = ""
        async with aiohttp.ClientSession() as http:
            with suppress(aiohttp.ClientError):
                while True:
                    url = f"{product.url}{PATH}?{POLLING}&sid={sid}"
                    async with http.get(url) as answer:
                        if answer.status != 200:
                            break
                        heard += await answer.text()
        return heard

    return asyncio.create_task(poll_on())


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def begin_export(product: Product, person: Person) -> Connection:
    """A long export, of which only the head is read."""
    connection = await asyncpg.connect(product.database_url)
    await connection.execute(
        "insert into time_entries (user_id, started_at, ended_at, description, source, timezone,"
        " day_starts_at, ended_by)"
        " select $1, now() - n * interval '10 s', now() - n * interval '10 s' + interval '1 s',"
        " repeat('x', 500), 'manual', 'UTC', 0, 'stop' from generate_series(1, 30000) n",
        person.id,
    )
    await connection.close()
    host, port = product.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**16)
    writer.write(
        b"GET /api/export/time-entries?format=csv HTTP/1.1\r\nHost: x\r\n"
        b"Authorization: Bearer " + person.token.encode() + b"\r\n\r\n"
    )
    assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def begin_upload(person: Person) -> tuple[int, dict[str, str], str | None]:
    """An import whose file never ends; (status, problem, Retry-After) of its answer."""
    never = asyncio.Event()

    async def chunks():  # type: ignore[no-untyped-def]
        yield b'[{"started_at": "2026-01-01T08:00:00.000Z", '
        await never.wait()

    async with aiohttp.ClientSession() as http:
        url = f"{person.product.url}/api/import/time-entries?format=focushub"
        headers = {
            "Authorization": f"Bearer {person.token}",
            "Content-Type": "application/json",
        }
        async with http.post(url, data=chunks(), headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers.get("Retry-After")
