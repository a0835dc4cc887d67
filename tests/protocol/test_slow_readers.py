"""A reader that does not keep up (docs/PROTOCOL.md, limits; docs/ARCHITECTURE.md, "Bounded")."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from server.app import make_app
from server.engine_socket import EngineSocket
from server.instance import Instance
from server.runner import Runner
from server.websocket import WebSocket
from storage.channels import ChannelEvent, Draft, append
from storage.hints import Ephemeral
from tests.protocol.deaf import Deaf
from tests.support import schemas
from tests.support.product import Person, Product
from tests.support.raw import Endpoint

SIZE = 16 * 1024
# As the documents have them.
VOLATILE_UP_TO, DURABLE_UP_TO = 256 * 1024, 1024 * 1024


@dataclass
class Stage:
    """A server in this process, and a project with one follower, who does not read."""

    instance: Instance
    owner: Person
    channel: str
    deaf: Deaf
    ws: WebSocket

    @property
    def waiting(self) -> int:
        return self.ws.transport.get_write_buffer_size()

    async def log(self, count: int) -> list[ChannelEvent]:
        """Durable events of the channel, committed and not announced yet."""
        drafts = [Draft(self.channel, "timer:updated", json.dumps({"n": "x" * SIZE}))] * count
        async with self.instance.db.acquire() as connection, connection.transaction():
            return list(await append(connection, drafts))

    async def tell(self, count: int = 1) -> None:
        """Durable events, committed and announced."""
        self.instance.services.announce(await self.log(count))

    def whisper(self, note: str) -> None:
        """An event that is in no log."""
        data = json.dumps({"note": note})
        self.instance.hub.receive(Ephemeral(self.channel, datetime.now(UTC), "room:reacted", data))


@pytest.fixture
async def stage(instance: Instance, database_url: str) -> AsyncIterator[Stage]:
    runner = Runner(make_app(instance), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        product = Product(url, database_url, "", http)
        owner = await product.person("owner")
        channel = f"project:{await owner.project()}"
        deaf = await Deaf.open(url)
        deaf.send("40" + json.dumps({"token": owner.token}))
        deaf.send("421" + json.dumps(["channel:subscribe", {"channel": channel}]))
        while not (await deaf.hear()).startswith("431["):
            continue
        (socket,) = instance.sockets.eio.sockets.values()
        assert isinstance(socket, EngineSocket)
        assert socket.ws is not None
        yield Stage(instance, owner, channel, deaf, socket.ws)
        deaf.close()
        await owner.close()
    await runner.cleanup()


def told(heard: list[str]) -> tuple[list[int], list[str]]:
    """(numbers of the durable events, notes of the others) among packets."""
    events = [json.loads(packet[2:])[1] for packet in heard if packet.startswith("42[")]
    numbers = [event["seq"] for event in events if event.get("seq")]
    notes = [event["data"]["note"] for event in events if "note" in event.get("data", {})]
    return numbers, notes


def closing(heard: list[str]) -> dict[str, Any]:
    """What the last packet says, which must be why the connection ends."""
    name, data = json.loads(heard[-1][2:])
    assert name == "connection:closing"
    return dict(data)


async def test_what_is_volatile_is_dropped_while_what_is_durable_still_waits(stage: Stage) -> None:
    """From 256 KiB on that wait; at 1 MiB the connection ends as `too_slow`, and is told so."""
    while not stage.waiting:
        await stage.tell()
    stage.whisper("before")
    while stage.waiting + SIZE <= VOLATILE_UP_TO:
        await stage.tell()
    stage.whisper("still")
    while stage.waiting <= VOLATILE_UP_TO:
        await stage.tell()

    before = stage.waiting
    for number in range(100):
        stage.whisper(f"dropped {number}")
    assert stage.waiting == before
    await stage.tell()
    assert stage.waiting > before + SIZE
    while stage.waiting <= DURABLE_UP_TO:
        assert not stage.ws.closing
        await stage.tell()
    await stage.tell()
    stage.whisper("too late")

    heard = await stage.deaf.hear_all()
    numbers, notes = told(heard)
    assert notes == ["before", "still"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert (closing(heard)["code"], closing(heard)["reconnect"]) == ("too_slow", True)
    assert stage.deaf.close_code == 1000


async def test_a_burst_ends_a_slow_reader_without_a_gap_and_within_its_bound(stage: Stage) -> None:
    """All in one turn of the loop: nothing that comes after what was dropped may still be told."""
    while not stage.waiting:
        await stage.tell()
    events = await stage.log(100)
    for event in events:
        stage.instance.services.announce([event])
        assert stage.waiting < DURABLE_UP_TO + 2 * SIZE

    heard = await stage.deaf.hear_all()
    numbers, _ = told(heard)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[-1] < events[-1].seq
    assert closing(heard)["code"] == "too_slow"


async def test_a_burst_ends_who_does_not_poll_without_a_gap_as_well(stage: Stage) -> None:
    """What it is told last may still be polled."""
    endpoint = Endpoint(stage.owner.product.url, stage.owner.product.http)
    sid = (await endpoint.open_polling())["sid"]
    entry = "40" + json.dumps({"token": stage.owner.token})
    subscribe = "421" + json.dumps(["channel:subscribe", {"channel": stage.channel}])
    await endpoint.post(sid, entry, subscribe)
    got: list[str] = []
    while not any(packet.startswith("431[") for packet in got):
        got += (await endpoint.poll(sid))[1]

    for event in await stage.log(100):
        stage.instance.services.announce([event])
    # Events share a write when they come close together, so the last ones are a moment late.
    while not stage.instance.sockets.eio.sockets[sid].closing:
        await asyncio.sleep(0)
    packets: list[str] = []
    while packets[-1:] != ["1"]:
        status, some = await endpoint.poll(sid)
        assert status == 200
        packets += some
    numbers, _ = told(packets)
    assert 60 < len(numbers) < 70
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert closing(packets[:-1])["code"] == "too_slow"


async def test_who_was_too_slow_comes_back_and_misses_nothing(stage: Stage) -> None:
    """By the `epoch` and `seq` that it has; what it missed is exactly what it is given."""
    while not stage.ws.closing:
        await stage.tell()
    await stage.tell(5)
    heard = await stage.deaf.hear_all()
    last = json.loads([packet for packet in heard if '"seq":' in packet][-1][2:])[1]
    assert closing(heard)["code"] == "too_slow"

    back = await stage.owner.connect()
    position = {name: last[name] for name in ("channel", "epoch", "seq")}
    answer = await back.do("channel:subscribe", **position)
    assert answer["recovered"] is True
    schemas.faults.clear()  # what this test writes into the log has no shape of an event
    missed = [event["seq"] for event in answer["events"]]
    assert missed == list(range(last["seq"] + 1, answer["seq"] + 1))
    assert len(missed) >= 5
    await stage.tell()
    await back.expect_seq(stage.channel, answer["seq"] + 1)
    schemas.faults.clear()
