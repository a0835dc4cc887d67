"""Migrations: they only go forward, and lead to the same schema whatever the way."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from storage.database import connect_pool
from storage.migrations import Migration, MigrationError, known_migrations, migrate
from tests.support.databases import Databases, named
from tests.support.product import Product, serving

# What a schema is made of; names of partitions hold dates, so they are made elsewhere.
CATALOGS = {
    "columns": """
        select table_name, column_name, data_type, is_nullable, column_default, is_identity
        from information_schema.columns where table_schema = current_schema() order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        from pg_constraint where connamespace = current_schema()::regnamespace order by 1, 2""",
    "indexes": """
        select tablename, indexname, replace(indexdef, current_schema() || '.', '')
        from pg_indexes where schemaname = current_schema() order by 1, 2""",
    "sequences and tables": """
        select relname, relkind, reloptions from pg_class
        where relnamespace = current_schema()::regnamespace order by 1""",
    "functions and triggers": """
        select proname, prosrc from pg_proc where pronamespace = current_schema()::regnamespace
        union all
        select tgname, pg_get_triggerdef(oid, true) from pg_trigger where not tgisinternal
        order by 1""",
}


@pytest.fixture
async def empty_url(databases: Databases) -> AsyncIterator[str]:
    url = await databases.make_empty()
    yield url
    await databases.drop(url)


async def schema_of(url: str) -> dict[str, Any]:
    pool = await connect_pool(url, min_size=1, max_size=1)
    try:
        return {
            name: [tuple(row) for row in await pool.fetch(query)]
            for name, query in CATALOGS.items()
        }
    finally:
        await pool.close()


def names() -> list[str]:
    return [migration.name for migration in known_migrations()]


async def test_migrating_again_does_nothing(empty_url: str) -> None:
    assert await migrate(empty_url) == names()
    before = await schema_of(empty_url)
    assert await migrate(empty_url) == []
    assert await schema_of(empty_url) == before


async def test_of_many_that_migrate_at_once_one_does(empty_url: str) -> None:
    """The others wait, and find it done."""
    applied = await asyncio.gather(*(migrate(empty_url) for _ in range(5)))
    assert sorted(applied, key=len) == [[], [], [], [], names()]


@pytest.mark.parametrize("schema", ["focus", "Focus-Hub"])
async def test_a_schema_of_ones_own_is_made_by_whoever_comes_first(
    empty_url: str, schema: str
) -> None:
    """Nothing lies in the public one."""
    url = f"{empty_url}&schema={schema}"
    applied = await asyncio.gather(*(migrate(url) for _ in range(5)))
    assert sorted(applied, key=len) == [[], [], [], [], names()]
    connection = await asyncpg.connect(empty_url)
    places = await connection.fetch(
        "select distinct schemaname::text from pg_tables where schemaname !~ '^(pg_|information_)'"
    )
    await connection.close()
    assert [place[0] for place in places] == [schema]


async def test_step_by_step_leads_where_all_at_once_does(empty_url: str, database_url: str) -> None:
    """An old installation that was kept up to date has the schema of a new one."""
    known = known_migrations()
    for count in range(1, len(known) + 1):
        assert await migrate(empty_url, known[:count]) == [known[count - 1].name]
    assert await schema_of(empty_url) == await schema_of(database_url)


async def test_a_schema_of_ones_own_is_the_same_schema(empty_url: str, database_url: str) -> None:
    url = f"{empty_url}&schema=focus"
    await migrate(url)
    assert await schema_of(url) == await schema_of(database_url)


async def test_a_migration_that_was_changed_is_refused(empty_url: str) -> None:
    """What was applied cannot be applied in another way afterwards."""
    await migrate(empty_url)
    known = known_migrations()
    changed = Migration(known[1].version, known[1].name, known[1].sql + "\n-- a word more")
    with pytest.raises(MigrationError, match=rf"^{known[1].name} was changed") as caught:
        await migrate(empty_url, [known[0], changed, *known[2:]])
    assert "\n" not in str(caught.value)


async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_url: str) -> None:
    """And what came before it stays."""
    good = Migration(1, "0001_good.sql", "create table good (id int)")
    bad = Migration(2, "0002_bad.sql", "create table half (id int); select no_such_column")
    with pytest.raises(MigrationError, match=r"^0002_bad\.sql: "):
        await migrate(empty_url, [good, bad])
    tables = {row[0] for row in (await schema_of(empty_url))["sequences and tables"]}
    assert "good" in tables
    assert "half" not in tables
    mended = Migration(2, "0002_bad.sql", "create table half (id int)")
    assert await migrate(empty_url, [good, mended]) == ["0002_bad.sql"]


async def test_a_migration_that_gets_in_the_way_of_somebody_at_work_is_tried_again(
    empty_url: str,
) -> None:
    """Two that wait for each other: the migration, which waited first, gives way and comes back."""
    first = Migration(1, "0001_two.sql", "create table a (); create table b ()")
    await migrate(empty_url, [first])
    sql, looking = await asyncpg.connect(empty_url), await asyncpg.connect(empty_url)
    both = "alter table a add column x int; alter table b add column x int"
    async with sql.transaction():
        await sql.execute("lock table b in access share mode")
        migrating = asyncio.create_task(
            migrate(empty_url, [first, Migration(2, "0002_both.sql", both)])
        )
        async with asyncio.timeout(30):
            while not await looking.fetchval("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.01)
        assert await sql.fetch("select * from a") == []
    await migrating
    added = "select count(*) from information_schema.columns where column_name = 'x'"
    assert await sql.fetchval(added) == 2
    await sql.close()
    await looking.close()


async def test_a_migration_may_run_outside_a_transaction(empty_url: str) -> None:
    """As CREATE INDEX CONCURRENTLY must, also while others wait for their turn."""
    table = Migration(1, "0001_a.sql", "create table a (id int)")
    index = Migration(2, "0002_i.notx.sql", "create index concurrently i on a (id)")
    applied = await asyncio.gather(*(migrate(empty_url, [table, index]) for _ in range(3)))
    assert sorted(applied, key=len) == [[], [], ["0001_a.sql", "0002_i.notx.sql"]]


async def test_a_database_that_lets_nobody_in_is_told_in_one_line(empty_url: str) -> None:
    """Without the password, which stands in the address."""
    for url in (named(empty_url, "nowhere"), empty_url.replace("://focushub:", "://nobody:")):
        with pytest.raises(MigrationError, match=r"^DATABASE_URL: .*(nowhere|nobody)") as caught:
            await migrate(f"{url}")
        assert "\n" not in str(caught.value)


def test_two_migrations_of_one_number_are_refused(tmp_path: Path) -> None:
    for name in ("0001_one.sql", "0002_two.sql", "0002_too.sql"):
        (tmp_path / name).write_text("select 1", encoding="utf-8")
    with pytest.raises(MigrationError, match="have the same number"):
        known_migrations(tmp_path)


async def test_it_serves_from_a_schema_of_its_own(empty_url: str, shared_product: Product) -> None:
    """Every statement finds its tables there."""
    url = f"{empty_url}&schema=Focus-Hub"
    async with serving(url, shared_product.redis_url, LOG_LEVEL="error") as product:
        body = {"email": "ada@example.org", "username": "ada", "password": "a long one"}
        _, answer, _ = await product.request("POST", "/api/auth/signup", body)
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        status, started, _ = await product.request("POST", "/api/time-entries", {}, bearer)
        assert status == 201
        _, current, _ = await product.request("GET", "/api/time-entries/current", None, bearer)
        assert current["entry"] == started["entry"]
