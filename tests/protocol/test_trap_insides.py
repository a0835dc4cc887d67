"""Traps that show inside a server: what it scans, whom it calls twice, what it is told of a caller.

As in `test_traps.py`, each is shown on ours and on a stock server.
"""

import inspect
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio

from handlers.socket.clients import Client
from server.instance import Instance
from server.transport import _taken_apart
from tests.protocol.sides import answered
from tests.protocol.stock import stock_server
from tests.support.product import Product
from tests.support.raw import Endpoint
from tests.support.storm import Ear, principal
from tests.support.visitors import newcomer, sign_up

ROOT = Path(__file__).resolve().parents[2]
FEW, MANY = 100, 20_000
ELSEWHERE = "127.0.0.2"


def quickest(come: Callable[[], object], go: Callable[[], object]) -> float:
    """The shortest of many times that `go` takes, each after `come`."""
    times = []
    for _ in range(30):
        come()
        began = time.perf_counter()
        go()
        times.append(time.perf_counter() - began)
    return min(times)


# -- `basic_disconnect` and `get_rooms` look into every room there is


async def test_ours_lets_somebody_go_without_looking_into_every_channel(
    instance: Instance,
) -> None:
    hub = instance.hub
    crowd, one = (Client(Ear(), principal(number)) for number in (1, 2))

    def come() -> None:
        for number in range(3):
            hub.expect(one, f"project:{number}")

    took = []
    for channels in (FEW, MANY):
        for number in range(channels):
            hub.expect(crowd, f"project:{number}")
        took.append(quickest(come, lambda: hub.gone(one)))
    hub.gone(crowd)
    assert took[1] < 5 * took[0]


@pytest.mark.parametrize("name", ["disconnect", "get_rooms"])
async def test_stock_looks_into_every_room(name: str) -> None:
    sio = socketio.AsyncServer(async_mode="aiohttp")
    manager = sio.manager
    took = []
    for rooms in (FEW, MANY):
        crowd = await manager.connect(f"crowd{rooms}", "/")
        for number in range(rooms):
            manager.basic_enter_room(crowd, "/", f"room{number}")
        one: list[str] = []

        def come(one: list[str] = one) -> None:
            sid = sio.eio.generate_id()
            one[:] = [sid]
            manager.basic_enter_room(sid, "/", None, eio_sid=f"eio{sid}")
            for number in range(3):
                manager.basic_enter_room(sid, "/", f"room{number}")

        def go(one: list[str] = one) -> None:
            if name == "disconnect":
                manager.basic_disconnect(one[0], "/")
            else:
                manager.get_rooms(one[0], "/")

        took.append(quickest(come, go))
    assert took[1] > 20 * took[0]


# -- `_trigger_event` tries again whatever raised a TypeError


async def test_ours_has_no_handlers_that_it_could_call_twice(instance: Instance) -> None:
    """Packets go to the gateway; what knows of an end is told by `EngineSocket.forget`, once."""
    assert instance.sockets.handlers == {}
    assert instance.sockets.namespace_handlers == {}
    notices = ("_handle_eio_connect", "_handle_eio_disconnect")
    for name in notices:
        assert getattr(instance.sockets, name).__code__.co_names == ()


async def test_stock_runs_a_handler_twice_that_raises_a_type_error() -> None:
    """As if it had been called with an argument too many."""
    ran = []
    async with stock_server() as server:

        async def gone(sid: str, reason: Any = None) -> None:
            ran.append(reason)
            raise TypeError("of its own")

        server.sio.on("disconnect", gone)
        raw = await server.enter()
        await raw.socket.close()
        await server.remains()
    assert ran == ["transport close", None]


# -- `_handle_connect` asks `if data`


async def test_ours_tells_an_empty_auth_from_none() -> None:
    empty = [_taken_apart(f"0{text}") for text in ("{}", "[]", '""', "0", "false")]
    assert empty == [("/", {}), ("/", []), ("/", ""), ("/", 0), ("/", False)]
    assert _taken_apart("0") == ("/", None)


async def test_stock_takes_an_empty_auth_for_none() -> None:
    async with stock_server() as server:
        for text in ("{}", "[]", '""', "false"):
            raw = await server.endpoint.open()
            await raw.send(f"40{text}")
            assert await answered(raw, "40{")
        assert [auth for _, auth in server.connected] == [None] * 4


# -- `translate_request` makes up who calls


async def test_ours_knows_where_somebody_calls_from(product: Product) -> None:
    """By aiohttp's request; nothing reads the environ that the packages make."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(local_addr=(ELSEWHERE, 0))
    ) as http:
        there = Product(product.url, product.database_url, product.redis_url, http)
        _, new, _ = await sign_up(there, newcomer())
        bearer = {"Authorization": f"Bearer {new['access_token']}"}
        _, (login,), _ = await there.request("GET", "/api/auth/logins", None, bearer)
    assert login["address"] == ELSEWHERE
    for path in (*ROOT.glob("server/*.py"), *ROOT.glob("handlers/**/*.py")):
        assert "REMOTE_ADDR" not in path.read_text(encoding="utf-8"), path


async def test_stock_takes_everybody_for_a_local_caller() -> None:
    async with stock_server() as server:
        connector = aiohttp.TCPConnector(local_addr=(ELSEWHERE, 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            raw = await Endpoint(server.endpoint.url, http).open()
            await raw.send(server.entry)
            await raw.until("40")
        assert [address for address, _ in server.connected] == ["127.0.0.1"]


# -- `_service_task` sleeps between every two sockets, by a `wait_for` each


async def test_ours_has_one_pass_for_all_connections(instance: Instance) -> None:
    assert not instance.sockets.eio.start_service_task
    assert instance.sockets._tending.get_name() == "pings"


async def test_stock_wakes_up_for_every_connection() -> None:
    async with stock_server() as server:
        await server.enter()
        loop = server.sio.eio.service_task_handle
        assert not loop.done()
        source = inspect.getsource(server.sio.eio._service_task)
        assert "sleep_interval = self.ping_timeout / len(self.sockets)" in source
