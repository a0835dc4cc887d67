"""The benchmarks' own code on small numbers, so that it still runs when somebody needs it."""

import asyncpg
import pytest
import redis.asyncio as aioredis

from benchmarks.costs import Bench, split
from benchmarks.crowd import CHAT, REACTION, Crowd
from benchmarks.load import Client, Refused, until
from benchmarks.returning import Storm
from benchmarks.simulation import Load, Site, people_of, work
from benchmarks.soak.__main__ import Soak, told
from benchmarks.soak.load import Town
from benchmarks.soak.plot import svg
from benchmarks.soak.samples import JUDGED, Sampler
from benchmarks.soak.trend import judge
from tests.benchmarks.conftest import PEOPLE, Measured
from tests.support.product import Product


async def test_a_crowd_comes_talks_and_leaves_nothing_behind(
    measured: Measured, product: Product
) -> None:
    crowd = Crowd(measured.target, 20, 10, quiet_s=0.2)
    await crowd.come()
    await crowd.rest("idle", 0.1)
    await crowd.gather()
    await crowd.talk("a reaction", REACTION, 0.2, 20)
    await crowd.talk("chat", CHAT, 0.2, 20)
    await crowd.go(product.http)
    figures = {(name, unit): value for name, unit, value in crowd.rows}
    assert figures["left of them", "connections"] == 0
    assert figures["left of them", "channels"] == 0
    assert figures["a reaction", "p99, ms"] > 0


async def test_who_is_dropped_comes_back(measured: Measured) -> None:
    storm = Storm(measured.target.url)
    async with storm.staying([measured.target.token(1), measured.target.token(2)]):
        await until(lambda: storm.live == 2)
        storm.drop_all()
        await until(lambda: storm.live == 2 and storm.attempts >= 4)
    assert storm.live == 0


async def test_a_town_is_lived_in_and_sampled(measured: Measured, product: Product) -> None:
    sql = await asyncpg.connect(measured.database_url)
    redis = aioredis.from_url(measured.target.redis_url)
    town = Town(measured.target, product.http, PEOPLE, lives_s=(0.1, 0.3), haste=50)
    sampler = Sampler(measured.target, product.http, redis, sql)
    await town.settle()
    result = Soak()
    async with town.bustle(4):
        for at in range(3):
            for name, value in (await sampler.take()).items():
                result.series.setdefault(name, []).append((float(at), value))
        await until(lambda: all(town.done[kind] for kind in ("connect", "polled", "export")))
    result.verdicts = {name: judge(result.series[name], bound) for name, bound in JUDGED.items()}
    result.tables = await sampler.tables()
    assert town.refused.keys() <= {"timer_not_running", "already_running", "room_closed"}
    assert result.tables["time_entries"]["bytes"] > 0
    assert told(result).count("\n") == len(JUDGED) + 1
    assert svg(result.series, result.verdicts).count("<polyline") == len(result.series)
    await redis.aclose()
    await sql.close()


async def test_what_one_of_each_costs_is_measured(measured: Measured, product: Product) -> None:
    sql = await asyncpg.connect(measured.database_url)
    redis = aioredis.from_url(measured.target.redis_url)
    bench = Bench(measured.target, sql, redis, product.http, seconds=0.05, pause_s=0.0)
    await bench.instance()
    await bench.connections(10)
    await bench.rooms(10, 3)
    await bench.reads(6, rate=50)
    for client in bench.clients:
        client.close()
    await redis.aclose()
    await sql.close()
    assert bench.costs["connection_kib"] != 0
    assert bench.costs["read_bytes"] > 900
    assert bench.costs["reaction_10_server_us"] >= 0


def test_an_event_and_its_deliveries_are_told_apart() -> None:
    costs = {
        f"{kind}_{size}_{who}_us": 30.0 + 2.0 * size
        for kind in ("reaction", "chat", "join")
        for size in (10, 100)
        for who in ("server", "postgres", "redis")
    }
    told_apart = split(costs)
    assert told_apart["chat_each_redis_us"] == 2.0
    assert told_apart["chat_redis_us"] == 30.0


async def test_the_load_of_one_instance_of_several_runs(
    measured: Measured,
) -> None:
    sql = await asyncpg.connect(measured.database_url)
    load = Load(clients=10, pairs=8, reactions=8, seconds=0.25)
    site = Site([measured.target], sql, None)
    clients, rooms = await people_of(site, 0, load)
    assert await work(site, 0, load, (clients, rooms)) == 2
    for client in clients:
        client.close()
    await sql.close()


async def test_a_refused_command_is_not_insisted_on(measured: Measured) -> None:
    client = await Client.open(measured.target.url, measured.target.token(PEOPLE))
    with pytest.raises(Refused, match="not_found"):
        await client.insist("room:join", {"room": "nowhere"})
    client.close()
