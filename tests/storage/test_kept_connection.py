"""The connection that group commit keeps for itself, and the plans that it works by."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from handlers.actions.timers import TimerCommand, decide_batch
from rooms.timer import StartTimer
from storage.channels import keep_partitions
from storage.database import CONNECTION_LOST, KeptConnection, Pool, acquired, connect_pool
from tests.support.commands import World

# Spelled so that it does not find itself.
LOAD = "select name from pg_prepared_statements where statement like '%needs' || '_id%'"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await connect_pool(database_url, min_size=1, max_size=3)
    await keep_partitions(pool)
    yield pool
    pool.terminate()


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    async with World.on(database_url) as world:
        yield world


async def decide(kept: KeptConnection, user_id: int) -> None:
    async with kept.transaction() as connection:
        await decide_batch(connection, [TimerCommand(user_id, uuid4(), StartTimer())])


async def plan_of_load(kept: KeptConnection) -> str:
    """The plan by which this connection loads what a batch must know."""
    async with kept.transaction() as connection:
        name = await connection.fetchval(LOAD)
        rows = await connection.fetch(
            f"explain execute {name} ('{{}}','{{}}','{{}}','{{}}','{{}}')"
        )
    return "\n".join(row[0] for row in rows)


async def add_closed(world: World, user_id: int, count: int) -> None:
    await world.sql.execute(
        "insert into time_entries (user_id, started_at, ended_at, ended_by, source, timezone,"
        " day_starts_at) select $1, now(), now(), 'stop', 'timer', 'UTC', 0"
        " from generate_series(1, $2::integer)",
        user_id, count,
    )  # fmt: skip


@pytest.mark.parametrize("analyzed", [True, False])
async def test_a_batch_reads_by_index_although_its_plan_was_made_for_empty_tables(
    world: World, pool: Pool, analyzed: bool
) -> None:
    """Autovacuum would notice the growth a minute later; the plans are made anew before."""
    kept, user = KeptConnection(pool, 2.0), await world.user()
    if analyzed:
        await world.sql.execute("vacuum analyze")
    for _ in range(3):
        await decide(kept, user)
    await add_closed(world, user, 5_000)
    for _ in range(6):  # beyond the eighth use
        await decide(kept, user)
    plan = await plan_of_load(kept)
    assert "Seq Scan on time_entries" not in plan
    assert "Index Scan using time_entries_one_running" in plan
    await kept.close()


async def test_the_running_entry_is_read_by_its_own_index_when_hardly_any_runs(
    world: World, pool: Pool
) -> None:
    """To the planner all indexes of running entries look alike then, and the wrong one is slow."""
    kept, user = KeptConnection(pool, 2.0), await world.user()
    await add_closed(world, user, 5_000)
    await world.sql.execute("vacuum analyze")
    await decide(kept, user)
    plan = await plan_of_load(kept)
    assert "Index Scan using time_entries_one_running" in plan
    assert "Index Scan using time_entries_pkey" in plan
    await kept.close()


async def test_it_is_one_connection_until_it_is_dropped(pool: Pool) -> None:
    kept, pids = KeptConnection(pool, 2.0), []
    for _ in range(2):
        async with kept.transaction() as connection:
            pids.append(await connection.fetchval("select pg_backend_pid()"))
    kept.drop()
    async with kept.transaction() as connection:
        pids.append(await connection.fetchval("select pg_backend_pid()"))
    assert pids[0] == pids[1] != pids[2]
    await kept.close()
    assert pool.get_idle_size() == pool.get_size()


async def test_a_transaction_that_fails_leaves_nothing_behind(world: World, pool: Pool) -> None:
    kept, user = KeptConnection(pool, 2.0), await world.user()

    async def fail() -> None:
        async with kept.transaction() as connection:
            await connection.execute("update users set timezone = 'X' where id = $1", user)
            await connection.execute("update users set day_starts_at = 9 where id = $1", user)

    with pytest.raises(asyncpg.CheckViolationError):
        await fail()
    async with kept.transaction() as connection:
        zone = await connection.fetchval("select timezone from users where id = $1", user)
    assert zone == "UTC"
    await kept.close()


async def test_a_value_that_cannot_be_sent_is_not_taken_for_an_outage(pool: Pool) -> None:
    """Or one bad command would be tried again until everybody's patience ran out."""
    with pytest.raises(asyncpg.DataError) as caught:
        await pool.fetchval("select $1::text", "\ud800")
    assert not isinstance(caught.value, CONNECTION_LOST)


async def test_a_forgotten_transaction_lets_go_of_its_locks_by_itself(pool: Pool) -> None:
    """For clients that vanish without a word, whose connection the server holds for hours."""
    async with acquired(pool) as connection:
        after = await connection.fetchval("show idle_in_transaction_session_timeout")
    assert after == "1min"
