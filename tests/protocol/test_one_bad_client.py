"""One client, or the database, does its worst; the others, who share the process, are served."""

import asyncio
import json
import re
import uuid

import aiohttp
import pytest

from storage.embedded import Embedded
from tests.protocol.deaf import Deaf
from tests.support.databases import Databases
from tests.support.live import Live
from tests.support.product import Person, Product, serving
from tests.support.raw import Endpoint


async def test_a_connection_is_answered_even_when_the_database_is_gone(
    servers: Embedded, databases: Databases
) -> None:
    """`unavailable`, to who comes and to who is there; what needs no database is done."""
    url = await databases.make()
    async with serving(url, servers.redis_url) as product:
        ada = await product.person("ada")
        async with aiohttp.ClientSession() as http:
            endpoint = Endpoint(product.url, http)
            living = await endpoint.open()
            await living.sign_in(ada.token)
            await databases.drop(url)
            waiting = await endpoint.open()
            await waiting.send("40" + json.dumps({"token": ada.token}))
            answer = await waiting.until("44")
            assert json.loads(answer[2:])["data"]["code"] == "unavailable"
            refused = await living.ack('421["timer:start",{}]', 1)
            assert refused["error"]["code"] == "unavailable"
            assert (await living.ack('422["clock:sync",{"t0":1}]', 2))["ok"]


async def test_a_reader_who_does_not_keep_up_is_dropped_alone(product: Product) -> None:
    """Who reads gets everything, in order."""
    owner = await product.person("owner")
    project_id = await owner.project()
    channel = f"project:{project_id}"
    watcher = await owner.connect()
    await watcher.do("channel:subscribe", channel=channel)
    deaf = await Deaf.open(product.url)
    deaf.send("40" + json.dumps({"token": owner.token}))
    deaf.send(f'421["channel:subscribe",{{"channel":"{channel}"}}]')
    before = await _gauge(product, "focushub_slow_clients")

    speakers = []
    for _ in range(12):
        person = await product.person("speaker")
        await owner.post(f"/projects/{project_id}/members", {"user_id": person.id})
        live = await person.connect()
        await live.command("timer:start", project_id=project_id)
        speakers.append(live)
    while await _gauge(product, "focushub_slow_clients") == before:
        await asyncio.gather(*(_talk(live, 40) for live in speakers))
    heard = await deaf.hear_all()
    assert heard[-1].startswith('42["connection:closing",{"code":"too_slow"')
    await watcher.do("timer:current")
    numbers = [data["seq"] for _, data in watcher.on_channel(channel)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def _talk(live: Live, times: int) -> None:
    for _ in range(times):
        await live.command("timer:update", description="語" * 480 + uuid.uuid4().hex[:10])


async def _gauge(product: Product, name: str) -> float:
    _, text, _ = await product.request("GET", "/metrics")
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


async def test_a_flood_is_handled_in_order_and_answered(
    endpoint: Endpoint, product: Product, ada: Person
) -> None:
    """5,000 events at once: one at a time, each answered, while others are served."""
    flood = await endpoint.open()
    await flood.sign_in(ada.token)
    bystander = await (await product.person("bo")).connect()
    for number in range(5000):
        await flood.send(f'42{number}["channel:unsubscribe",{{"channel":"project:1"}}]')
    await bystander.do("clock:sync", t0=1)
    answered = [int((await flood.until("43"))[2:].partition("[")[0]) for _ in range(5000)]
    assert answered == list(range(5000))


async def test_an_event_that_goes_wrong_is_answered_and_harms_nobody(
    endpoint: Endpoint, ada: Person
) -> None:
    """Whatever is wrong with it becomes an ack with a code; the next event is served."""
    raw = await endpoint.open()
    await raw.sign_in(ada.token)
    deep = "[" * 4000 + "]" * 4000
    first = await raw.ack(f'421["timer:start",{deep}]', 1)
    assert first["error"]["code"] in ("malformed", "invalid")
    far = '{"channel":"project:99999999999999999999"}'
    assert (await raw.ack(f'422["channel:subscribe",{far}]', 2))["error"]["code"] == "not_found"
    assert (await raw.ack('423["clock:sync",{"t0":1}]', 3))["ok"]


@pytest.mark.parametrize("kind", ["websocket", "polling"])
async def test_sessions_leave_nothing_behind(product: Product, kind: str) -> None:
    """However they end."""
    before = await _gauge(product, "focushub_connections")
    people = [await product.person("guest") for _ in range(5)]
    lives = [await Live.open(product.url, p.token, transports=[kind]) for p in people]
    for live in lives[:3]:
        await live.close()
    for live in lives[3:]:
        await live.client.eio.disconnect(abort=True)
        await live.close()
    async with asyncio.timeout(15):
        while await _gauge(product, "focushub_connections") > before:
            await asyncio.sleep(0.1)
