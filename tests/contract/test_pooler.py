"""Through PgBouncer that lends a session for one transaction (`?pooler=transaction`)."""

import asyncio
from pathlib import Path

import asyncpg

from storage.embedded import Embedded
from storage.migrations import migrate
from tests.support.databases import Databases
from tests.support.instants import ago
from tests.support.pooler import pooler_to
from tests.support.product import Person, serving

ROUNDS = 10


async def test_the_product_works_through_a_pooler_of_transactions(
    servers: Embedded, databases: Databases, folder: Path
) -> None:
    """Migrations at once, batches of timers, streams, reports, jobs and boards; and no session
    keeps anything that another user of it would meet."""
    database_url = await databases.make_empty()
    with pooler_to(database_url, folder) as url:
        first, *others = sorted(await asyncio.gather(*(migrate(url) for _ in range(3))), key=len)
        assert [len(found) for found in (first, *others)][:2] == [0, 0]
        async with serving(database_url, servers.redis_url, DATABASE_URL=url) as product:
            people = [await product.person(f"p{number}") for number in range(12)]
            project = await people[0].project(visibility="public")
            for person in people[1:]:
                await person.post(f"/projects/{project}/join")
            await asyncio.gather(*(work(person, project) for person in people))
            for person in people:
                assert len(await person.get("/time-entries?limit=50")) == ROUNDS + 1
                assert (await person.get("/reports/summary?group_by=project"))["total_seconds"] > 0
            _, text, _ = await product.request("GET", "/metrics")
            assert 'focushub_jobs_done_total{kind="project_created"} 1.0' in text
    await left_nothing_behind(database_url)


async def work(person: Person, project: int) -> None:
    live = await person.connect()
    for _ in range(ROUNDS):
        await live.command("timer:start", project_id=project)
        await live.command("timer:stop")
    await person.post("/time-entries", {"start_time": ago(hours=2), "end_time": ago(hours=1)})
    await live.close()


async def left_nothing_behind(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    locked = await connection.fetchval("select count(*) from pg_locks where locktype = 'advisory'")
    await connection.close()
    assert locked == 0
