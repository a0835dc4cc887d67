"""How connections begin and end, and that every event gets one ack (docs/PROTOCOL.md)."""

import asyncio
import json
import re
import time
import uuid
from typing import Any

import pytest
import socketio

from tests.support.live import PATIENCE_S, Live
from tests.support.product import Person, Product
from tests.support.raw import Raw


async def refusal(product: Product, **options: Any) -> dict[str, str]:
    """What the stock client is told when it may not come in: the `data` of its connect_error."""
    client = socketio.AsyncClient(reconnection=False)
    told: list[Any] = []
    (namespace,) = options.get("namespaces", ["/"])
    client.on("connect_error", told.append, namespace=namespace)
    options.setdefault("transports", ["websocket"])
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(product.url, wait_timeout=PATIENCE_S, **options)
    await client.shutdown()
    (error,) = told
    data: dict[str, str] = error["data"]
    assert set(data) == {"code", "message"}
    assert data["message"] == error["message"]
    return data


# -- coming in


async def test_ready_is_the_first_event(ada: Person) -> None:
    live = await ada.connect()
    name, ready = live.events[0]
    assert name == "connection:ready"
    assert set(ready) == {"user", "server_time", "protocol", "entry", "channels"}
    assert (ready["user"]["id"], ready["user"]["email"]) == (ada.id, ada.email)
    assert (ready["protocol"], ready["entry"]) == (1, None)
    (position,) = ready["channels"]
    assert set(position) == {"channel", "epoch", "seq"}
    assert position["channel"] == f"user:{ada.id}"


async def test_the_cookie_lets_in_as_well(product: Product, ada: Person) -> None:
    """Without an Origin (no browser), and from the server's own pages."""
    for origin in ({}, {"Origin": product.url}):
        headers = {"Cookie": f"token={ada.token}"} | origin
        live = await Live.open(product.url, None, headers=headers)
        assert live.events[0][1]["user"]["id"] == ada.id
        await live.close()


async def test_another_sites_page_may_not_use_the_cookie(product: Product, ada: Person) -> None:
    headers = {"Cookie": f"token={ada.token}", "Origin": "https://evil.example"}
    assert (await refusal(product, headers=headers))["code"] == "forbidden"
    # A token is sent by the page itself, so that its owner has given it to that page.
    live = await Live.open(product.url, ada.token, headers={"Origin": "https://evil.example"})
    await live.close()


async def test_whoever_has_no_token_that_holds_is_refused(product: Product, ada: Person) -> None:
    expired = product.token_for(ada.id, ada.login_id, lifetime_s=-1)
    forged = ada.token[:-4] + "AAAA"
    for auth in (None, {}, {"token": ""}, {"token": forged}, {"token": 7}, {"token": expired}):
        assert (await refusal(product, auth=auth))["code"] == "unauthenticated", auth
    nobody = product.token_for(2**40, ada.login_id)
    assert (await refusal(product, auth={"token": nobody}))["code"] == "unauthenticated"


async def test_a_login_that_has_ended_lets_nobody_in(product: Product, ada: Person) -> None:
    live = await ada.connect()
    assert await ada.call("POST", "/auth/logout") == (204, "")
    closing = await live.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("login_revoked", False)
    await asyncio.wait_for(live.closed.wait(), 2)
    assert (await refusal(product, auth={"token": ada.token}))["code"] == "unauthenticated"


async def test_there_is_one_namespace(product: Product, ada: Person) -> None:
    told = await refusal(product, auth={"token": ada.token}, namespaces=["/admin"])
    assert told["code"] == "invalid"


async def test_a_connection_can_leave_the_namespace_and_come_back(ada: Person) -> None:
    """What it left it hears no more, and what it came back to it hears once."""
    async with await Raw.signed_in(ada) as raw:
        await raw.send("41")
        await ada.post("/time-entries", {"description": "unheard"})
        await raw.send("40" + json.dumps({"token": ada.token}))
        assert (await raw.next()).startswith("0{")
        name, ready = await raw.event()
        assert (name, ready["entry"]["description"]) == ("connection:ready", "unheard")
        await ada.post("/time-entries", {"description": "heard"})
        heard = [(await raw.event())[1]["seq"] for _ in range(2)]
        assert heard == [ready["channels"][0]["seq"] + n for n in (1, 2)]
        assert (await raw.ack('427["timer:current",{}]'))["ok"] is True


async def test_who_goes_while_being_let_in_leaves_nothing_behind(product: Product) -> None:
    """At whatever moment: no session, no channel that is listened to, by either transport."""
    ada = await product.person("ada")

    async def gauge(name: str) -> float:
        _, text, _ = await product.request("GET", "/metrics")
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE)[1])

    async def come_and_go(number: int) -> None:
        raw = await Raw.open(product)
        await raw.send("40" + json.dumps({"token": ada.token}))
        await raw.send("421" + json.dumps(["channel:subscribe", {"channel": f"user:{ada.id}"}]))
        await asyncio.sleep(number / 20_000)
        raw.socket._response.connection.transport.abort()

    async def poll_and_go(number: int) -> None:
        base = f"{product.url}/socket.io/?EIO=4&transport=polling"
        async with product.http.get(base) as opened:
            url = f"{base}&sid={json.loads((await opened.text())[1:])['sid']}"
        entering = product.http.post(url, data="40" + json.dumps({"token": ada.token}))
        leaving = product.http.post(url, data="1")
        for answer in await asyncio.gather(entering, leaving):
            answer.close()

    names = ("focushub_connections", "focushub_channels")
    await asyncio.sleep(1.1)  # the gauges are brought up to date every second
    before = [await gauge(name) for name in names]
    await asyncio.gather(*(come_and_go(n) for n in range(100)))
    await asyncio.gather(*(poll_and_go(n) for n in range(20)))
    await ada.connect()
    async with asyncio.timeout(5):
        while [await gauge(name) for name in names] != [n + 1 for n in before]:
            await asyncio.sleep(0.1)


# -- every event gets one ack


async def test_events_without_an_ack_id_are_done_in_silence(ada: Person) -> None:
    async with await Raw.signed_in(ada) as raw:
        await raw.send('42["timer:start",{"description":"quiet"}]')
        await raw.send('42["no:such",{}]')
        await raw.send('42["timer:start",{"wrong":1}]')
        packets = []
        await raw.send('427["timer:current",{}]')
        while not (packet := await raw.next()).startswith("3"):
            packets.append(packet)
        assert json.loads(packet[2:])[0]["data"]["entry"]["description"] == "quiet"
        assert [json.loads(p[1:])[0] for p in packets] in ([], ["timer:started"])


async def test_the_events_of_one_connection_are_handled_in_their_order(ada: Person) -> None:
    """Sent at once, without waiting for an ack: slow ones are not overtaken."""
    async with await Raw.signed_in(ada) as raw:
        project_id = await ada.project()
        for number in range(0, 60, 3):
            at = {"project_id": project_id} if number % 2 else {}
            start = {"description": f"n{number}", **at}
            subscribe = {"channel": f"project:{project_id}"}
            await raw.send(f"42{number}" + json.dumps(["timer:start", start]))
            await raw.send(f"42{number + 1}" + json.dumps(["channel:subscribe", subscribe]))
            await raw.send(f"42{number + 2}" + json.dumps(["clock:sync", {"t0": number}]))
        acks = []
        while len(acks) < 60:
            if (packet := await raw.next()).startswith("3"):
                acks.append(int(packet[1 : packet.index("[")]))
        assert acks == list(range(60))
    listed = await ada.get("/time-entries?limit=200")
    assert [e["description"] for e in reversed(listed)] == [f"n{n}" for n in range(0, 60, 3)]


async def test_an_ack_has_the_number_it_was_asked_for(ada: Person) -> None:
    """Zero is a number as well, and the largest that a client counts to."""
    async with await Raw.signed_in(ada) as raw:
        for number in (0, 1, 2**49):
            answer = await raw.ack(f'42{number}["clock:sync",{{"t0":1.5}}]', number)
            assert answer["data"]["t0"] == 1.5


async def test_the_clock_is_told(ada: Person) -> None:
    live = await ada.connect()
    before = time.time() * 1000
    synced = await live.do("clock:sync", t0=before)
    after = time.time() * 1000
    assert synced["t0"] == before
    assert before - 1 <= synced["t1"] <= synced["t2"] <= after + 1


async def test_the_same_command_id_is_done_once_whatever_way_it_comes(ada: Person) -> None:
    """[T5]"""
    live = await ada.connect()
    command_id = str(uuid.uuid4())
    first = await live.do("timer:start", command_id=command_id, description="once")
    assert await live.do("timer:start", command_id=command_id, description="once") == first
    assert len(await ada.get("/time-entries")) == 1


# -- tokens run out


async def test_a_connection_ends_with_its_token_unless_it_is_refreshed(hasty: Product) -> None:
    """`token_expired` after the grace; who refreshed in time stays."""
    ada, bo = await hasty.person("ada"), await hasty.person("bo")
    soon = hasty.token_for(ada.id, ada.login_id, lifetime_s=2)
    left, kept = await Live.open(hasty.url, soon), await Live.open(hasty.url, soon)
    assert await kept.refused("auth:refresh", token=bo.token) == "forbidden"
    assert await kept.refused("auth:refresh", token="nonsense") == "unauthenticated"
    fresh = await kept.do("auth:refresh", token=ada.token)
    assert fresh["expires_at"].endswith("Z")
    closing = await left.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("token_expired", True)
    await asyncio.wait_for(left.closed.wait(), 2)
    assert (await kept.do("timer:current"))["entry"] is None
    await kept.close()


# -- the stock client's default: long-polling, then the upgrade


async def test_long_polling_works_alone(product: Product, ada: Person) -> None:
    live = await Live.open(product.url, ada.token, transports=["polling"])
    assert live.client.transport() == "polling"
    other = await ada.connect()
    started = await live.command("timer:start", description="polled")
    assert (await other.expect("timer:started"))["data"]["entry"] == started["entry"]
    stopped = await other.command("timer:stop")
    assert (await live.expect("timer:stopped"))["data"]["entry"] == stopped["entry"]
    assert await live.refused("no:such") == "not_found"
    await live.close()


async def test_the_stock_client_upgrades_by_itself(product: Product, ada: Person) -> None:
    """What is said while it does so is neither lost nor said twice."""
    other = await ada.connect()
    lives = []
    for number in range(5):
        opening = asyncio.create_task(
            Live.open(product.url, ada.token, transports=["polling", "websocket"])
        )
        while not opening.done():
            await other.command("timer:start", description=f"n{number}")
        lives.append(await opening)
    last = await other.command("timer:stop")
    for live in lives:
        assert live.client.transport() == "websocket"
        await live.expect("timer:stopped", lambda d: d["data"]["entry"] == last["entry"])
        ready = live.events[0][1]["channels"][0]["seq"]
        seqs = [data["seq"] for _, data in live.on_channel(f"user:{ada.id}")]
        assert seqs == list(range(ready + 1, ready + 1 + len(seqs)))
        await live.close()
