"""What is measured: each case takes a running server and answers a row of figures."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.load import Client, open_many, until
from benchmarks.outside import Outside
from benchmarks.report import percentile
from benchmarks.world import PROJECT, Target

Figures = dict[str, float]
AUDIENCE = 1000
# Until everybody has been told who is there.
QUIET_S = 2.5


async def fan_out(target: Target) -> dict[str, Figures]:
    """One event to a channel of 1000 connections: ephemeral and durable, alone and 50 at once."""
    clients = await open_many(target.url, [target.token(n) for n in range(1, AUDIENCE + 1)])
    channel = f"project:{PROJECT}"
    for client in clients:
        await client.call("channel:subscribe", {"channel": channel})
    speakers = clients[:50]
    for client in speakers:
        await client.call("timer:start", {**_id(), "project_id": PROJECT, "description": "talk"})
    await asyncio.sleep(QUIET_S)
    rows = {}
    async with Outside(target, channel) as outside:
        rows["fan-out, ephemeral, one at a time"] = await _count(
            target, clients, lambda: outside.send(1), rounds=150, each=1
        )
        rows["fan-out, ephemeral, 50 in flight"] = await _count(
            target, clients, lambda: outside.send(50), rounds=20, each=50
        )

    async def say(some: list[Client]) -> None:
        await asyncio.gather(
            *(c.call("timer:update", {**_id(), "description": uuid.uuid4().hex}) for c in some)
        )

    rows["fan-out, durable, one at a time"] = await _count(
        target, clients, lambda: say(speakers[:1]), rounds=100, each=1, own=1
    )
    rows["fan-out, durable, 50 in flight"] = await _count(
        target, clients, lambda: say(speakers), rounds=15, each=50, own=50
    )
    for client in clients:
        client.close()
    await asyncio.sleep(0.5)
    return rows


async def reactions(target: Target) -> dict[str, Figures]:
    """One reaction in a room that 1000 connections follow: alone, and 50 at once."""
    clients = await open_many(target.url, [target.token(n) for n in range(1, AUDIENCE + 1)])
    settings = {"capacity": 1000}
    packet = await clients[0].call(
        "room:create", {"name": "Everybody", "visibility": "public", "settings": settings}
    )
    made = json.loads(packet[packet.index(b"[") :])[0]["data"]
    room, channel = made["slug"], f"room:{made['room_id']}"
    speakers = clients[:50]
    for client in speakers:
        await client.call("room:join", {"room": room})
    for client in clients[50:]:
        await client.call("channel:subscribe", {"channel": channel})
    await asyncio.sleep(QUIET_S)

    async def react(some: list[Client]) -> None:
        await asyncio.gather(*(c.call("room:react", {"room": room, "emoji": "🎉"}) for c in some))

    rows = {
        "reaction in a room, one at a time": await _count(
            target, clients, lambda: react(speakers[:1]), rounds=150, each=1
        ),
        "reaction in a room, 50 in flight": await _count(
            target, clients, lambda: react(speakers), rounds=20, each=50
        ),
    }
    for client in clients:
        client.close()
    await asyncio.sleep(0.5)
    return rows


async def _count(
    target: Target,
    clients: list[Client],
    publish: Callable[[], Awaitable[None]],
    *,
    rounds: int,
    each: int,
    own: int = 0,
) -> Figures:
    """Publish `rounds` times and wait each time until everybody has all `each` events.

    `own` of them reach a further channel of their speaker besides.
    """
    for _ in range(3):
        await _round(clients, publish, each * len(clients) + own)
    latencies = []
    cpu, started = target.cpu_s(), time.perf_counter()
    for _ in range(rounds):
        latencies.append(await _round(clients, publish, each * len(clients) + own))
    wall, cpu = time.perf_counter() - started, target.cpu_s() - cpu
    deliveries = rounds * (each * len(clients) + own)
    return {
        "cpu_us": cpu / deliveries * 1e6,
        "per_s": deliveries / wall,
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
    }


async def _round(
    clients: list[Client], publish: Callable[[], Awaitable[None]], expected: int
) -> float:
    for client in clients:
        client.deliveries = 0
    started = time.perf_counter()
    await publish()
    await until(lambda: sum(c.deliveries for c in clients) >= expected)
    return time.perf_counter() - started


async def events(target: Target) -> dict[str, Figures]:
    """An event without a database, acknowledged: 50 clients with 8 on their way each."""
    clients = await open_many(target.url, [target.token(n) for n in range(1, 51)])
    row = await _pump(target, clients, 8, 60_000, "clock:sync", lambda: {"t0": 1795261195919})
    for client in clients:
        client.close()
    return {"event and ack": row}


async def _pump(
    target: Target,
    clients: list[Client],
    window: int,
    total: int,
    event: str,
    payload: Callable[[], dict[str, Any]],
) -> Figures:
    done = asyncio.get_running_loop().create_future()
    latencies: list[float] = []
    sent = 0

    def push(client: Client) -> None:
        nonlocal sent
        if sent >= total:
            return
        sent += 1
        started = time.perf_counter()

        def acked(_packet: bytes) -> None:
            latencies.append(time.perf_counter() - started)
            if len(latencies) == total:
                done.set_result(None)
            push(client)

        client.send(event, payload(), acked)

    cpu, began = target.cpu_s(), time.perf_counter()
    for client in clients:
        for _ in range(window):
            push(client)
    await asyncio.wait_for(done, 120)
    wall, cpu = time.perf_counter() - began, target.cpu_s() - cpu
    return {
        "cpu_us": cpu / total * 1e6,
        "per_s": total / wall,
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
    }


async def commands(target: Target) -> dict[str, Figures]:
    """Durable start/stop pairs by 1, 16, 64 and 256 clients, one after the other for each."""
    clients = await open_many(target.url, [target.token(n) for n in range(1, 257)])
    rows = {}
    for callers, pairs in ((1, 150), (16, 60), (64, 40), (256, 20)):
        await _pairs(target, clients[:callers], 2)
        rows[f"start/stop, {callers} clients"] = await _pairs(target, clients[:callers], pairs)
    for client in clients:
        client.close()
    return rows


async def _pairs(target: Target, clients: list[Client], pairs: int) -> Figures:
    latencies: list[float] = []

    async def work(number: int, client: Client) -> None:
        start = {"project_id": target.project_of(number), "description": "write", "tags": ["deep"]}
        for _ in range(pairs):
            for event, payload in (("timer:start", start), ("timer:stop", {})):
                began = time.perf_counter()
                await client.call(event, {**_id(), **payload})
                latencies.append(time.perf_counter() - began)

    cpu, began = target.cpu_s(), time.perf_counter()
    await asyncio.gather(*(work(n, client) for n, client in enumerate(clients, 1)))
    wall, cpu = time.perf_counter() - began, target.cpu_s() - cpu
    return {
        "cpu_us": cpu / len(latencies) * 1e6,
        "per_s": len(latencies) / wall,
        "p50_ms": percentile(latencies, 0.5) * 1e3,
        "p99_ms": percentile(latencies, 0.99) * 1e3,
    }


async def storm(target: Target) -> dict[str, Figures]:
    """5,000 connections as fast as they come, their memory while idle, and all gone at once."""
    before = target.rss_kib()
    rows = {}
    first = await open_many(target.url, [target.token(n) for n in range(1, 1001)], 256)
    await asyncio.sleep(1.5)
    rows["memory, 1000 idle"] = {"kib": (target.rss_kib() - before) / len(first)}
    cpu, began = target.cpu_s(), time.perf_counter()
    rest = await open_many(target.url, [target.token(n) for n in range(1001, 5001)], 256)
    wall, cpu = time.perf_counter() - began, target.cpu_s() - cpu
    rows["connection storm"] = {"cpu_us": cpu / len(rest) * 1e6, "per_s": len(rest) / wall}
    clients = first + rest
    await asyncio.sleep(1.5)
    rows["memory, 5000 idle"] = {"kib": (target.rss_kib() - before) / len(clients)}
    rows["mass disconnect"] = await _all_gone(target, clients)
    return rows


async def crowd(target: Target) -> dict[str, Figures]:
    """10,000 connections in one process: as they come, while they are idle, and as they go."""
    before = target.rss_kib()
    rows = {}
    cpu, began = target.cpu_s(), time.perf_counter()
    clients = await open_many(target.url, [target.token(n) for n in range(1, 10_001)], 256)
    wall, cpu = time.perf_counter() - began, target.cpu_s() - cpu
    rows["connection storm, 10000"] = {
        "cpu_us": cpu / len(clients) * 1e6,
        "per_s": len(clients) / wall,
    }
    await asyncio.sleep(1.5)
    rows["memory, 10000 idle"] = {"kib": (target.rss_kib() - before) / len(clients)}
    rows["mass disconnect, 10000"] = await _all_gone(target, clients)
    return rows


async def _all_gone(target: Target, clients: list[Client]) -> Figures:
    """All connections end at once; how long until somebody else is served."""
    cpu, began = target.cpu_s(), time.perf_counter()
    for client in clients:
        client.close()
    probe = await Client.open(target.url, target.token(len(clients) + 1))
    wall = time.perf_counter() - began
    await asyncio.sleep(1)
    probe.close()
    return {"cpu_us": (target.cpu_s() - cpu) / len(clients) * 1e6, "p50_ms": wall * 1e3}


def _id() -> dict[str, str]:
    return {"command_id": str(uuid.uuid4())}


CASES = {
    "fan-out": fan_out,
    "reactions": reactions,
    "events": events,
    "commands": commands,
    "storm": storm,
    "crowd": crowd,
}
