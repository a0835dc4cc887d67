"""A right that ends, ends everywhere: revoked logins and expired tokens, on all instances."""

import asyncio
import json
import time

from tests.faults.clients import PATIENCE_S, Client, close_all
from tests.faults.instances import Fleet, fleet_of
from tests.faults.report import note
from tests.faults.servers import Stores

INSTANCES = 3
# Past its end a token has this long, so that a client can bring another.
GRACE_S = 1.0
LIVES_S = 2.0
SCENARIO = "login revoked, token expired"


async def test_connections_of_a_login_that_ends_are_closed_on_all_instances(
    stores: Stores, database: str
) -> None:
    """By its logout; by its device's removal while Redis is away; and at the end of a token,
    unless `auth:refresh` has brought another."""
    times = json.dumps({"token_grace": GRACE_S})
    urls = [stores.redis.url] * INSTANCES
    async with fleet_of(database, urls, TEST_TIMES=times) as fleet:
        out_s = await _signed_out(fleet)
        stores.redis.kill()
        without_redis_s = await _signed_out(fleet)
        await stores.redis.revive()
        late_s, kept = await _expired(fleet)
        assert kept == INSTANCES
    note(SCENARIO, "closed on all instances after a logout", out_s, "s", most=2)
    note(SCENARIO, "the same while Redis is away", without_redis_s, "s", most=2)
    note(SCENARIO, "closed after a token's grace", late_s, "s", most=2)
    note(SCENARIO, "kept by auth:refresh", kept, least=INSTANCES)


async def _signed_out(fleet: Fleet) -> float:
    """The seconds until the last connection of a login is closed; the other person's stay."""
    ada, bo = await fleet.people(2)
    mine = [Client(ada) for _ in fleet.members]
    others = [Client(bo) for _ in fleet.members]
    for url, one, other in zip(fleet.urls, mine, others, strict=True):
        await one.open(url)
        await other.open(url)
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE_S):
        while (await ada.call("POST", "/auth/logout"))[0] == 503:
            began = time.monotonic()
    await asyncio.gather(*(client.ended() for client in mine))
    took_s = time.monotonic() - began
    for client in mine:
        assert client.closings[-1]["code"] == "login_revoked"
    assert all(client.connected for client in others)
    await close_all(others)
    return took_s


async def _expired(fleet: Fleet) -> tuple[float, int]:
    """(seconds after the grace until the last was closed, connections that were refreshed)."""
    (ada,) = await fleet.people(1)
    product = ada.product
    short = product.token_for(ada.id, ada.login_id, lifetime_s=LIVES_S)
    ends_at = time.monotonic() + LIVES_S + GRACE_S
    going, staying = [], []
    for url in fleet.urls:
        for group in (going, staying):
            client = Client(ada)
            client.token = short
            await client.open(url)
            group.append(client)
    for client in staying:
        await client.do("auth:refresh", {"token": ada.token})
    await asyncio.gather(*(client.ended() for client in going))
    late_s = max(0.0, time.monotonic() - ends_at)
    for client in going:
        assert client.closings[-1]["code"] == "token_expired"
    kept = sum(client.connected for client in staying)
    for client in staying:
        await client.do("timer:current", {})
    await close_all(staying)
    return late_s, kept
