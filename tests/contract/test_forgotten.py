"""[T7] A forgotten timer, from the question to the answer, on the devices of its user."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.live import Live
from tests.support.product import Person, Product, serving

QUICK = {"forgotten_check": 0.2, "seen_every": 0.2}


@pytest.fixture(scope="module")
async def watchful(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """A process that looks for forgotten timers all the time."""
    times = {"TEST_TIMES": json.dumps(QUICK)}
    async with serving(await databases.make(), servers.redis_url, **times) as product:
        yield product


@pytest.fixture
async def cy(watchful: Product) -> AsyncIterator[Person]:
    person = await watchful.person("cy")
    yield person
    await person.close()


async def forget(cy: Person, live: Live, hours: int = 14) -> Any:
    """A timer that has been running for so long; the entry in doubt, as it was told."""
    started = await live.command("timer:start", description="write")
    sql = await asyncpg.connect(cy.product.database_url)
    await sql.execute(
        "update time_entries set started_at = started_at - $2::interval where id = $1",
        started["entry_id"], timedelta(hours=hours),
    )  # fmt: skip
    await sql.close()
    told = await live.expect(
        "timer:updated", lambda e: e["data"]["entry"]["doubtful_from"] is not None
    )
    return told["data"]["entry"]


async def test_its_user_is_asked_once_and_answers(cy: Person) -> None:
    phone, desk = await cy.connect(), await cy.connect()
    entry = await forget(cy, phone)
    told = await desk.expect("notification:created")
    notification = told["data"]["notification"]
    assert notification["kind"] == "timer_forgotten"
    assert notification["data"]["entry_id"] == entry["id"]
    assert notification["data"]["doubtful_from"] == entry["doubtful_from"]
    address = f"/time-entries/{entry['id']}/resolve"
    answer = await cy.post(address, {"action": "stop"})
    assert answer["entry"]["ended_at"] == entry["doubtful_from"]
    assert answer["started"] is None
    stopped = await desk.expect("timer:stopped")
    assert stopped["data"]["entry"] == answer["entry"]
    kinds = [n["kind"] for n in await cy.get("/notifications")]
    assert kinds.count("timer_forgotten") == 1
    status, problem = await cy.call("POST", address, {"action": "discard"})
    assert (status, problem["code"]) == (409, "conflict")
    assert problem["current"]["id"] == entry["id"]


async def test_a_split_stops_one_and_starts_another(cy: Person) -> None:
    """Sent again with its id, it has no second effect [T5]."""
    live = await cy.connect()
    entry = await forget(cy, live)
    at = datetime.fromisoformat(entry["doubtful_from"]) - timedelta(hours=1)
    body = {
        "action": "split",
        "at": at.isoformat(),
        "command_id": "7f0b1ed8-3c5d-4b46-a9a2-0f4f2cf1d1a7",
    }
    answer = await cy.post(f"/time-entries/{entry['id']}/resolve", body)
    assert datetime.fromisoformat(answer["entry"]["ended_at"]) == at
    assert answer["entry"]["claimed"] is True
    assert answer["started"]["description"] == "write"
    assert answer["started"]["claimed"] is False
    assert await cy.post(f"/time-entries/{entry['id']}/resolve", body) == answer
    await live.expect("timer:stopped")
    await live.expect("timer:started", lambda e: e["data"]["entry"] == answer["started"])
    assert (await cy.get("/time-entries/current"))["entry"] == answer["started"]


async def test_it_may_be_kept_or_discarded(cy: Person) -> None:
    live = await cy.connect()
    entry = await forget(cy, live)
    kept = await cy.post(f"/time-entries/{entry['id']}/resolve", {"action": "keep"})
    assert kept["entry"]["doubtful_from"] is None
    assert kept["entry"]["ended_at"] is None
    other = await forget(cy, await cy.connect())
    gone = await cy.post(f"/time-entries/{other['id']}/resolve", {"action": "discard"})
    assert gone == {"entry": None, "started": None}
    assert (await cy.call("GET", f"/time-entries/{other['id']}"))[0] == 404


async def test_what_is_not_an_answer_is_refused(cy: Person, watchful: Product) -> None:
    entry = await forget(cy, await cy.connect())
    address = f"/time-entries/{entry['id']}/resolve"
    future = "2099-01-01T00:00:00Z"
    for body in ({"action": "forget"}, {}, {"action": "stop", "at": future}):
        status, problem = await cy.call("POST", address, body)
        assert (status, problem["code"]) == (422, "invalid"), body
    stranger = await watchful.person("di")
    assert (await stranger.call("POST", address, {"action": "keep"}))[0] == 404


async def test_connections_are_signs_of_life(cy: Person) -> None:
    await cy.connect()
    sql = await asyncpg.connect(cy.product.database_url)
    for _ in range(200):
        if await sql.fetchval("select last_seen_at from users where id = $1", cy.id):
            break
        await sql.execute("select pg_sleep(0.05)")
    else:
        raise AssertionError("nobody noted that they were there")
    await sql.close()
