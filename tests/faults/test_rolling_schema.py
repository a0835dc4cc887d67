"""[Upgrading] Servers of two versions on one database: what the new one adds does not concern the
old one, and what it takes away is told before it hurts."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import asyncpg
import pytest

from storage.embedded import Embedded
from tests.support.live import Live
from tests.support.product import (
    ROOT,
    SECRET,
    Person,
    Product,
    serving,
    start_process,
    stop_process,
)

ADDED = """
alter table time_entries add column mood text;
alter table users add column points integer not null default 0;
create table medals (id bigint primary key, user_id bigint references users on delete cascade);
"""
TAKEN_AWAY = """
-- needs: 9001
alter table time_entries drop column mood;
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """`run.py` of a version with one migration more."""
    for name in ("rooms", "storage", "handlers", "server", "static"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.py", tmp_path)
    (tmp_path / "storage/migrations/9001_added.sql").write_text(ADDED, "utf-8")
    return tmp_path / "run.py"


async def test_an_old_server_goes_on_while_a_newer_one_migrates_and_serves(
    servers: Embedded, database_url: str, newer: Path
) -> None:
    """And starts again, with a word in its log; until the new one has taken something away."""
    async with serving(database_url, servers.redis_url) as old:
        ada = await old.person("ada")
        async with at_work(old, ada) as here:
            async with of(newer, database_url, servers.redis_url) as new:
                assert "9001_added.sql" in await applied(database_url)
                there = await Live.open(new.url, ada.token)
                begun = await there.command("timer:start", description="from the new one")
                await here.expect("timer:started", is_entry(begun["entry_id"]))
                begun = await here.command("timer:start", description="from the old one")
                await there.expect("timer:started", is_entry(begun["entry_id"]))
                await there.close()
    url, said, process = await started(database_url, servers.redis_url)
    live = await Live.open(url, ada.token)
    await live.command("timer:stop")
    await live.close()
    await asyncio.to_thread(stop_process, process)
    assert "the database has been added to by a newer version" in said
    assert "9001_added.sql" in said
    (newer.parent / "storage/migrations/9002_taken_away.sql").write_text(TAKEN_AWAY, "utf-8")
    async with of(newer, database_url, servers.redis_url) as new:
        assert (await new.request("GET", "/readyz"))[0] == 200
        with pytest.raises(AssertionError) as refused:
            async with serving(database_url, servers.redis_url):
                pass
    assert "focushub: the database has 9002_taken_away.sql of a newer version" in str(refused.value)
    assert "know migration 9001" in str(refused.value)


@asynccontextmanager
async def of(script: Path, database_url: str, redis_url: str) -> AsyncIterator[Product]:
    """A server of another checkout."""
    options = {"script": script, "cwd": script.parent}
    async with serving(database_url, redis_url, **options) as product:  # type: ignore[arg-type]
        yield product


async def started(database_url: str, redis_url: str) -> "tuple[str, str, Popen[str]]":
    """Where a server of this version serves, what it said before, and its process."""
    given = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_SECRET": SECRET}
    process = start_process(**given)
    assert process.stdout is not None
    said = ""
    while line := await asyncio.to_thread(process.stdout.readline):
        if match := re.search(r"ready at http://\S+:(\d+)", line):
            return f"http://127.0.0.1:{match[1]}", said, process
        said += line
    raise AssertionError(said)


@asynccontextmanager
async def at_work(product: Product, person: Person) -> AsyncIterator[Live]:
    """Somebody who goes on working, by REST and live, all of which must be answered."""
    over = asyncio.Event()
    live = await Live.open(product.url, person.token)

    async def work() -> None:
        times = {"start_time": "2026-01-01T08:00:00Z", "end_time": "2026-01-01T09:00:00Z"}
        while not over.is_set():
            await live.do("timer:current")
            made = await person.post("/time-entries", times)
            await person.done("DELETE", f"/time-entries/{made['entry_id']}")

    working = asyncio.create_task(work())
    try:
        yield live
    finally:
        over.set()
        await working
        await live.close()


def is_entry(entry_id: int) -> Callable[[Any], bool]:
    return lambda data: data["data"]["entry"]["id"] == entry_id


async def applied(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("select name from schema_migrations")
        return [row["name"] for row in rows]
    finally:
        await connection.close()
