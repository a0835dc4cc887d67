"""A page of an export costs the same wherever it lies."""

import json
from datetime import UTC, datetime

import asyncpg

from storage.exports import PAGE, SQL

_ENTRIES = """
    insert into users (email, username) values ('a@example.org', 'ada');
    insert into time_entries (user_id, started_at, ended_at, ended_by, source, timezone,
        day_starts_at)
    select 1, at, at + interval '10 minutes', 'log', 'manual', 'UTC', 0
    from generate_series(1, 30000) n
    cross join lateral (select timestamptz '2025-01-01' + n * interval '10 minutes' as at) x;
    analyze time_entries;
"""


async def test_a_late_page_does_not_read_those_before_it(database_url: str) -> None:
    """Neither by a plan for its values nor by one for all values."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(_ENTRIES)
    first, last = datetime(1990, 1, 1, tzinfo=UTC), datetime(2110, 1, 1, tzinfo=UTC)
    late = datetime(2025, 7, 1, tzinfo=UTC)
    for mode in ("force_custom_plan", "force_generic_plan"):
        await connection.execute(f"set plan_cache_mode = {mode}")
        early_blocks, late_blocks = [
            await _blocks(connection, 1, first, last, None, None, None, None, after, 0, PAGE)
            for after in (first, late)
        ]
        assert late_blocks <= early_blocks + 20, mode
    await connection.close()


async def _blocks(connection: "asyncpg.Connection[asyncpg.Record]", *arguments: object) -> int:
    """How many blocks a page has touched."""
    statement = "explain (analyze, buffers, format json) " + SQL["page"]
    plan = json.loads(await connection.fetchval(statement, *arguments))[0]["Plan"]
    blocks: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return blocks
