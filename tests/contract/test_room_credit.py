"""[C2] as its clients meet it: work in a room becomes entries."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.product import Person, Product, serving, stop_process
from tests.support.rooms import join, make_room, told

# Credit comes within a second or two; a busy machine is slower.
LONG_S = 30.0


async def entry_of(live: Live) -> Any:
    """The entry that a room made, as its user is told of it."""
    created = await live.expect("entry:created", patience_s=LONG_S)
    return created["data"]["entry"]


def seconds(entry: Any) -> timedelta:
    ended_at, started_at = entry["ended_at"], entry["started_at"]
    return datetime.fromisoformat(ended_at) - datetime.fromisoformat(started_at)


async def test_a_work_phase_becomes_an_entry_of_each_who_was_there(ada: Person, bo: Person) -> None:
    """By two tabs once, and for who leaves, up to then."""
    slug, channel = await make_room(ada, name="Thesis", settings={"work_s": 4})
    host, _ = await join(ada, slug)
    phone, _ = await join(bo, slug)
    desk, _ = await join(bo, slug)
    await phone.do("room:intend", room=slug, text="Chapter 3")
    timer = (await host.do("room:start", room=slug))["room"]["timer"]
    await desk.close()
    await told(host, channel, "room:updated", lambda e: e["cause"] == "started")
    await asyncio.sleep(2)
    await phone.do("room:leave", room=slug)
    mine, theirs = await entry_of(host), await entry_of(phone)
    assert (mine["started_at"], mine["ended_at"]) == (timer["started_at"], timer["ends_at"])
    assert (mine["description"], theirs["description"]) == ("Thesis", "Chapter 3")
    assert (mine["source"], mine["project_id"], mine["duration_seconds"]) == ("room", None, 4)
    assert timedelta(0) < seconds(theirs) < seconds(mine)
    for person, entry in ((ada, mine), (bo, theirs)):
        assert await person.get("/time-entries?source=room") == [entry]
    ((who, what),) = [
        (m["user_id"], m["credited_seconds"])
        for m in (await ada.get(f"/rooms/{slug}/history"))[0]["members"]
        if m["user_id"] == ada.id
    ]
    assert (who, what) == (ada.id, 4)


async def test_a_server_that_is_stopped_in_order_costs_nobody_anything(
    servers: Embedded, database_url: str
) -> None:
    """Who comes back soon, to another instance, has one entry for all of it."""
    async with (
        serving(database_url, servers.redis_url) as here,
        serving(database_url, servers.redis_url) as there,
    ):
        ada = await here.person("ada")
        slug, _ = await make_room(ada, settings={"work_s": 8})
        host, _ = await join(ada, slug)
        timer = (await host.do("room:start", room=slug))["room"]["timer"]
        await asyncio.to_thread(stop_process, here.process)
        back, _ = await join(again(ada, there), slug)
        entry = await entry_of(back)
        assert (entry["started_at"], entry["ended_at"]) == (timer["started_at"], timer["ends_at"])


def again(person: Person, product: Product) -> Person:
    """The same person, at another instance."""
    other = Person(product, person.id, person.username, person.email, person.token, person.login_id)
    product.people.append(other)
    return other
