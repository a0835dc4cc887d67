"""How many connections there may be: of a user, from an address, and in all."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from storage.embedded import Embedded
from tests.abuse.attackers import HANDSHAKE, PATIENCE_S, Attacker, calling_from, place
from tests.abuse.conftest import PER_ADDRESS, PER_USER
from tests.support.databases import Databases
from tests.support.live import Live
from tests.support.product import ROOT, Product, serving
from tests.support.raw import POLLING, Endpoint, Raw

# So few descriptors that the process keeps half of them for itself.
FEW = 400


async def refusal(product: Product, token: str) -> Any:
    """The `data` of the error with which a connection is refused."""
    client, told = socketio.AsyncClient(reconnection=False), asyncio.Queue[Any]()
    client.on("connect_error", told.put)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await client.connect(product.url, auth={"token": token}, transports=["websocket"])
    return (await told.get())["data"]


async def test_a_user_has_so_many_connections_and_no_more(guarded: Product) -> None:
    """By either transport, all at once or one by one; who closes one may open another."""
    ada, bo = await guarded.person("ada"), await guarded.person("bo")
    opening = [Live.open(guarded.url, ada.token) for _ in range(3 * PER_USER)]
    made = await asyncio.gather(*opening, return_exceptions=True)
    lives = [live for live in made if isinstance(live, Live)]
    assert len(lives) == PER_USER
    told = await refusal(guarded, ada.token)
    assert told["code"] == "rate_limited"
    assert told["retry_after_s"] > 0
    assert str(PER_USER) in told["message"]
    with pytest.raises(socketio.exceptions.ConnectionError):
        await Live.open(guarded.url, ada.token, transports=["polling"])
    await bo.connect()
    await lives.pop().close()
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                lives.append(await Live.open(guarded.url, ada.token))
                break
            except socketio.exceptions.ConnectionError:
                await asyncio.sleep(0.1)
    for live in lives:
        await live.close()


async def test_an_address_has_so_many_connections_and_no_more(guarded: Product) -> None:
    """Those are refused before there is anything of theirs, in the words of REST."""
    people = [await guarded.person() for _ in range(PER_ADDRESS // PER_USER + 1)]
    lives: list[Raw] = []
    async with calling_from(guarded, place()) as here:
        endpoint = Endpoint(here.url, here.http)
        for person in people[:-1]:
            for _ in range(PER_USER):
                raw = await endpoint.open()
                await raw.sign_in(person.token)
                lives.append(raw)
        status, body = await endpoint.ask("GET", POLLING)
        assert (status, json.loads(body)["code"]) == (429, "rate_limited")
        async with here.http.get(f"{here.url}/socket.io/?{POLLING}") as answer:
            assert int(answer.headers["Retry-After"]) > 0
        async with calling_from(guarded, place()) as elsewhere:
            async with await Endpoint(elsewhere.url, elsewhere.http).open() as raw:
                await raw.sign_in(people[-1].token)
        for raw in lives:
            await raw.socket.close()
        async with asyncio.timeout(PATIENCE_S):
            while (await endpoint.ask("GET", POLLING))[0] != 200:
                await asyncio.sleep(0.1)


async def test_those_who_do_not_say_who_they_are_are_few(guarded: Product) -> None:
    """From one address; and who comes from it and does say so is let in as soon as they go."""
    ada, at = await guarded.person("ada"), place()
    silent = []
    answers = []
    for _ in range(PER_ADDRESS // 2):
        attacker = await Attacker.connect(guarded, at)
        silent.append(attacker)
        await attacker.say(HANDSHAKE)
        answers.append((await attacker.reader.readuntil(b"\r\n")).split()[1])
    assert answers == [b"101"] * (PER_ADDRESS // 4) + [b"429"] * (PER_ADDRESS // 4)
    for attacker in silent:
        attacker.close()
    async with calling_from(guarded, at) as here:
        async with asyncio.timeout(PATIENCE_S):
            while (await Endpoint(here.url, here.http).ask("GET", POLLING))[0] != 200:
                await asyncio.sleep(0.1)
        await Live.open(guarded.url, ada.token)


async def test_requests_of_one_address_are_bounded_before_they_are_made(guarded: Product) -> None:
    """Connections on which nothing was asked yet."""
    at = place()
    held = [await Attacker.connect(guarded, at) for _ in range(PER_ADDRESS)]
    one_too_many = await Attacker.connect(guarded, at)
    assert (await one_too_many.hear_all()).startswith(b"HTTP/1.1 429 ")
    assert one_too_many.problem["code"] == "rate_limited"
    assert (await guarded.request("GET", "/healthz"))[0] == 200
    for attacker in held:
        attacker.close()


@pytest.fixture
async def small(servers: Embedded, databases: Databases, folder: Path) -> AsyncIterator[Product]:
    """A process with few descriptors, and with no limits by number."""
    script = folder / "few.sh"
    script.write_text(f'ulimit -n {FEW}\nexec "{sys.executable}" "{ROOT / "run.py"}"\n')
    url = await databases.make()
    async with serving(url, servers.redis_url, python="/bin/sh", script=script) as product:
        yield product


async def test_when_descriptors_run_out_those_who_are_there_are_served(small: Product) -> None:
    """The process keeps some for itself, turns newcomers away, and ends who only waits."""
    ada = await small.person("ada")
    live = await ada.connect()
    attackers = [await Attacker.connect(small) for _ in range(FEW)]
    try:
        turned_away = 0
        for attacker in attackers:
            try:
                async with asyncio.timeout(0.01):
                    turned_away += (await attacker.reader.read(12)).startswith(b"HTTP/1.1 429")
            except (TimeoutError, ConnectionError):
                continue
        assert turned_away > FEW // 4
        assert (await live.command("timer:start"))["entry_id"]
        assert (await live.command("timer:stop"))["duration_seconds"] >= 0
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    assert (await small.request("GET", "/readyz"))[0] == 200
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)
        assert (await ada.get("/users/me"))["id"] == ada.id
    finally:
        for attacker in attackers:
            attacker.close()
