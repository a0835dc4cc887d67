"""The product on a Cluster: instances hear each other, and go on when a primary dies under them.

Everything else is asked on a Cluster by `python -m pytest tests/contract --redis=cluster`.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

from storage import keys
from tests.contract.test_two_instances import (
    assert_one_order,
    hears_hints,
    instances,
    on,
    until,
)
from tests.support.cluster import open_cluster, wait_for
from tests.support.instants import ago
from tests.support.live import Live
from tests.support.presence import Onlooker, team
from tests.support.product import Person, Product

LONG_S = 30.0
PEOPLE = 6


async def test_two_instances_hear_each_other_through_resharding_and_the_death_of_a_primary(
    folder: Path, database_url: str
) -> None:
    """Live events without a gap or a double, presence, boards, and limits that are on."""
    with open_cluster(folder, spare=1) as cluster:
        await asyncio.to_thread(cluster.replicate, cluster.nodes[3], cluster.nodes[0])
        async with instances(2, database_url, cluster.url, RATE_LIMITS="on") as (here, there):
            people = [await here.person(f"p{number}") for number in range(PEOPLE)]
            channel = await team(people[0], *people[1:])
            near = [await on(here, person, channel) for person in people]
            far = [await on(there, person, channel) for person in people]
            await all_hear(here, there)
            looker = await Onlooker.on(await Live.open(there.url, people[0].token), channel)
            await looker.shows({person.id: "active" for person in people}, LONG_S)
            await round_of(near, far, people, channel)

            slots = [keys.SLOTS[keys.partition_of(f"user:{one.id}")] for one in people]
            for slot in slots:
                await asyncio.to_thread(cluster.move, slot, cluster.nodes[2])
            await round_of(near, far, people, channel)

            cluster.nodes[0].kill()
            for _ in range(2):
                await round_of(near, far, people, channel)
            orphan = min(set(range(len(slots) + 1)) - set(slots))
            await asyncio.to_thread(
                wait_for, lambda: cluster.owner_of(orphan, cluster.nodes[1]) is cluster.nodes[3]
            )
            await until(lambda: is_whole(there), LONG_S)
            await all_hear(here, there)
            await round_of(near, far, people, channel)
            await shown_on_the_board(people, there)
            for live in (*near, *far, looker.live):
                await live.close()


async def all_hear(*products: Product) -> None:
    for product in products:
        await until(lambda product=product: hears_hints(product), LONG_S)


async def is_whole(product: Product) -> bool:
    """Whether it finds nothing amiss, with each primary of the Cluster asked."""
    return bool((await product.request("GET", "/readyz"))[1]["status"] == "ok")


async def round_of(near: list[Live], far: list[Live], people: list[Person], channel: str) -> None:
    """Everybody works for a moment on one instance, and is seen to on the other."""
    project = int(channel.partition(":")[2])
    await asyncio.gather(
        *(live.command("timer:start", project_id=project, description="x") for live in near)
    )
    await asyncio.gather(*(live.command("timer:stop") for live in near))
    for person, mine, other in zip(people, near, far, strict=True):
        await assert_one_order([mine, other], f"user:{person.id}")
    await assert_one_order([*near, *far], channel)


async def shown_on_the_board(people: list[Person], there: Product) -> None:
    """Which the new primary has got again from Postgres, or Postgres itself."""
    await people[0].post("/time-entries", {"start_time": ago(hours=2), "end_time": ago(hours=1)})

    reader = replace(people[1], product=there)

    async def there_now() -> bool:
        board = await reader.get("/leaderboard?period=all")
        return any(row["user_id"] == people[0].id for row in board)

    await until(there_now, LONG_S)
