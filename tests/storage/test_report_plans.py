"""What reports, lists and activity read is found by indexes, whatever else is in the tables."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from storage.queries import load
from tests.support.databases import Databases

BIG = {"time_entries", "tracked_days", "focus_days"}
# A hundred people with 300 entries each over a year, and one with 2,000; some are deleted.
SEED = """
    insert into users (email, username)
    select 'u' || n || '@example.org', 'user' || n from generate_series(1, 101) n;
    insert into projects (owner_id, name, color)
    select n, 'Project ' || n, '#336699' from generate_series(1, 101) n;
    insert into project_members (project_id, user_id, role)
    select n, n, 'owner' from generate_series(1, 101) n;
    insert into time_entries (user_id, project_id, description, tags, started_at, ended_at,
        ended_by, deleted_at, source, timezone, day_starts_at)
    select u, case when n % 3 > 0 then u end, 'work', '{deep}', s, s + interval '20 minutes',
        'stop', case when n % 50 = 0 then s + interval '1 day' end, 'timer', 'UTC', 0
    from generate_series(1, 101) u
    cross join lateral generate_series(1, case u when 101 then 2000 else 300 end) n
    cross join lateral (select timestamptz '2025-01-01 00:00Z' + n * interval '4 hours' as s) x;
    insert into tracked_days (user_id, day, project_id, seconds)
    select user_id, started_at::date, project_id, count(*) * 1200 from time_entries
    group by 1, 2, 3;
    insert into focus_days (user_id, day, seconds, entries)
    select user_id, started_at::date, count(*) * 1200, count(*) from time_entries group by 1, 2;
    analyze;
"""
ME = 101
AT = datetime(2025, 5, 1, tzinfo=UTC)
LATER = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = date(2025, 5, 1), date(2025, 5, 31)
NOBODY = [None] * 5

QUERIES: list[tuple[str, str, list[Any]]] = [
    ("entries", "list", [ME, None, None, *NOBODY, None, 51]),
    ("entries", "list", [ME, None, None, *NOBODY[:4], LATER, 500, 51]),
    ("entries", "list", [ME, AT, LATER, 101, "deep", "work", "timer", None, None, 51]),
    ("entries", "list_deleted", [ME, None, None, *NOBODY, None, 51, AT]),
    ("entries", "remove_deleted", [datetime(2025, 1, 20, tzinfo=UTC), 1000]),
    ("entries", "overlapping_days", [[ME], [AT], [LATER]]),
    ("timers", "load_several", [[ME, ME], [7, 8]]),
    ("reports", "tracked", [ME, None, None, None, "month", True]),
    ("reports", "tracked", [ME, *DAYS, 101, "week", False]),
    ("reports", "entries", [ME, None, None, None, "deep", None, None]),
    ("reports", "entries", [ME, AT, LATER, 101, None, "work", "timer"]),
    ("people", "heat", [ME, *DAYS]),
    ("people", "projects", [ME, ME, 50]),
    ("people", "projects", [1, ME, 50]),
    ("people", "recent", [ME, ME, 20]),
    ("people", "recent", [1, ME, 20]),
    ("people", "totals", [ME, *DAYS]),
]


@pytest.fixture(scope="module")
async def seeded(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make()
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
    await connection.execute(SEED)
    await connection.close()
    yield url
    await databases.drop(url)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_no_table_of_everybodys_time_is_read_through(seeded: str, mode: str) -> None:
    """Neither by a plan for these values, nor by one that is made once for all values."""
    connection = await asyncpg.connect(
        seeded, server_settings={"plan_cache_mode": mode, "timezone": "UTC"}
    )
    read_through = []
    for number, (noun, name, arguments) in enumerate(QUERIES):
        await connection.execute(f"prepare q{number} as {load(noun)[name]}")
        given = ", ".join(literal(argument) for argument in arguments)
        plan = await connection.fetchval(f"explain (format json) execute q{number}({given})")
        found = scanned(json.loads(plan)[0]["Plan"])
        read_through += [f"{noun}.{name} {arguments}: {table}" for table in found & BIG]
    await connection.close()
    assert read_through == []


async def test_a_page_begins_where_its_cursor_is_and_reads_no_more(seeded: str) -> None:
    """So the hundredth page costs what the first one does, whatever else its user has."""
    connection = await asyncpg.connect(
        seeded, server_settings={"plan_cache_mode": "force_generic_plan"}
    )
    await connection.execute(f"prepare page as {load('entries')['list']}")
    for at in (None, datetime(2025, 2, 10, tzinfo=UTC)):
        plan = await connection.fetchval(
            "explain (analyze, format json)"
            f" execute page({ME}, null, null, null, null, null, null, {literal(at)}, 1, 51)"
        )
        (entries,) = [
            node
            for node in nodes(json.loads(plan)[0]["Plan"])
            if node.get("Relation Name") == "time_entries"
        ]
        assert entries["Actual Rows"] + entries.get("Rows Removed by Filter", 0) < 60, at
    await connection.close()


def literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool() | int():
            return str(value)
        case list():
            return f"array[{', '.join(map(literal, value))}]"
        case datetime() | date():
            return f"'{value.isoformat()}'" + (
                "::timestamptz" if isinstance(value, datetime) else ""
            )
        case _:
            return f"'{value}'"


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def scanned(plan: dict[str, Any]) -> set[str]:
    """The tables that are read from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
