"""Backups and their way back, with the real process, its servers and PostgreSQL's programs."""

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from server.backup import Source, back_up
from server.process import Addresses
from server.restore import restore
from server.settings import load_settings
from storage.backup import BackupError, Manifest, read_archive
from storage.backup.archive import DUMP, FORMAT, ArchiveWriter
from storage.backup.load import NotEmpty, load_dump
from storage.embedded import Embedded, find_running
from storage.embedded.staged import finish
from storage.migrations import MIGRATIONS_LOCK
from tests.contract.test_pictures import picture, put
from tests.contract.test_two_instances import instances
from tests.support.databases import Databases
from tests.support.instants import ago
from tests.support.product import (
    SECRET,
    Person,
    Product,
    ready_url,
    start_process,
    stop_process,
)

PATIENCE_S = 120


async def command(*arguments: str, **settings: str) -> tuple[int, str]:
    """(exit status, output) of a command of run.py."""
    process = start_process(*arguments, **settings)
    output, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE_S)
    return process.returncode, output


@asynccontextmanager
async def serving_from(data: Path) -> AsyncIterator[Product]:
    """`run.py` with its own servers on a data directory."""
    process = start_process(DATA_DIR=str(data), RATE_LIMITS="off")
    try:
        url = await asyncio.to_thread(ready_url, process)
        running = find_running(data)
        assert running is not None
        async with aiohttp.ClientSession() as http:
            product = Product(url, running.database_url, running.redis_url, http, process)
            yield product
            for person in product.people:
                await person.close()
    finally:
        await asyncio.to_thread(stop_process, process)


async def sign_up(product: Product, username: str) -> Person:
    body = {"email": f"{username}@example.org", "password": "a long one", "username": username}
    status, answer, _ = await product.request("POST", "/api/auth/signup", body)
    assert status == 201
    person = Person(
        product, answer["user"]["id"], username, body["email"], answer["access_token"], 0
    )
    product.people.append(person)
    return person


async def live_a_little(ada: Person) -> None:
    """A bit of everything: a project, entries, a room, a picture."""
    project_id = await ada.project("Atlas")
    for hours in (5, 3):
        times = {"start_time": ago(hours=hours), "end_time": ago(hours=hours - 1)}
        await ada.post("/time-entries", {"project_id": project_id, "description": "maps"} | times)
    await ada.post("/rooms", {"name": "Library"})
    assert (await put(ada, picture()))[0] == 200
    await counted(ada)


async def counted(ada: Person) -> None:
    """Wait until what is derived from the entries has been told to the board."""
    async with asyncio.timeout(PATIENCE_S):
        while not await ada.get("/leaderboard?scope=global&period=all&by=time"):
            await asyncio.sleep(0.05)


async def state_of(ada: Person) -> dict[str, Any]:
    """What somebody sees of their things and of everybody's."""
    paths = (
        "/users/me", "/projects", "/time-entries", "/rooms", "/streak", "/timeline",
        "/leaderboard?scope=global&period=all&by=time",
        "/reports/summary?group_by=project",
    )  # fmt: skip
    seen = {path: await ada.call("GET", path) for path in paths}
    for room in seen["/rooms"][1]:
        room.pop("server_time", None)
    return seen


async def test_a_backup_of_a_running_server_brings_everything_back(folder: Path) -> None:
    """Entries, totals, boards, pictures, logins: as they were. What came after is gone, and live
    clients get a snapshot instead of numbers that mean something else by now."""
    data, kept = folder / "data", folder / "kept"
    kept.mkdir()
    async with serving_from(data) as product:
        ada = await sign_up(product, "ada")
        await live_a_little(ada)
        before = await state_of(ada)
        avatar = before["/users/me"][1]["avatar_url"]
        live = await ada.connect()
        here = live.events[0][1]["channels"][0]
        old = kept / "focushub-20260101T000000Z.tar"
        old.touch()
        status, told = await command("backup", "--to", str(kept), "--keep", "1", DATA_DIR=str(data))
        assert status == 0, told
        (backup,) = kept.iterdir()
        assert backup != old
        assert backup.stat().st_mode & 0o777 == 0o600
        await ada.project("Too late")
        await live.expect_seq(here["channel"], here["seq"] + 1)
    shutil.rmtree(data / "media")
    await interrupt_a_restore(backup, data)
    replacing = ("restore", "--from", str(backup), "--replace")
    status, told = await command(*replacing, DATA_DIR=str(data))
    assert status == 0, told
    assert [path.name for path in data.glob("restor*")] == []
    async with serving_from(data) as product:
        again = Person(product, ada.id, ada.username, ada.email, ada.token, 0)
        product.people.append(again)
        assert await state_of(again) == before
        async with product.http.get(product.url + avatar) as answer:
            assert (answer.status, answer.content_type) == (200, "image/webp")
        live = await again.connect()
        # The number is one that the restored log may have, too; its name tells them apart.
        came_back = await live.do(
            "channel:subscribe", channel=here["channel"], epoch=here["epoch"], seq=here["seq"]
        )
        assert came_back["recovered"] is False
        assert came_back["epoch"] != here["epoch"]
        assert came_back["snapshot"] is not None


async def interrupt_a_restore(backup: Path, data: Path) -> None:
    """kill -9 while the new database is being made: the one that was there is untouched."""
    cluster = next(data.glob("pg*")).stat().st_ino
    process = start_process("restore", "--from", str(backup), "--replace", DATA_DIR=str(data))
    async with asyncio.timeout(PATIENCE_S):
        while not any(data.glob("restoring-*/pg*")):
            assert process.poll() is None, process.communicate()[0]
            await asyncio.sleep(0.005)
    process.kill()
    await asyncio.to_thread(process.communicate)
    assert next(data.glob("pg*")).stat().st_ino == cluster
    assert not any(data.glob("replaced-*"))


async def test_a_database_elsewhere_is_replaced_in_one_transaction_or_not_at_all(
    product: Product, databases: Databases, folder: Path
) -> None:
    """Refused while it is served; a restore that is killed leaves what was; a damaged backup
    touches nothing."""
    ada = await product.person("ada", timezone="Asia/Tokyo")
    await ada.project("Atlas")
    there = {"JWT_SECRET": SECRET, "REDIS_URL": product.redis_url, "DATA_DIR": str(folder / "data")}
    source = there | {"DATABASE_URL": product.database_url}
    backup = folder / "backup.tar"
    assert (await command("backup", "--to", str(backup), **source))[0] == 0
    refused = await command("restore", "--from", str(backup), "--replace", **source)
    assert (refused[0], "FocusHub is running" in refused[1]) == (2, True)

    url = await databases.make_empty()
    target = there | {"DATABASE_URL": url}
    status, told = await command("restore", "--from", str(backup), **target)
    assert status == 0, told
    sql = await asyncpg.connect(url)
    assert await sql.fetchval("select count(*) from users where timezone = 'Asia/Tokyo'") >= 1
    assert await sql.fetchval("select count(*) from channel_epoch") == 0
    rows = read_archive(backup).rows
    assert {name: await sql.fetchval(f"select count(*) from {name}") for name in rows} == rows | {
        "channel_epoch": 0
    }
    with pytest.raises(NotEmpty):
        await load_dump(
            url, backup, rows, schema="public", made_by=18, replace=False, here=True, say=print
        )

    await sql.execute("create table mine_since (id integer)")
    await kill_it_while_it_waits(sql, backup, target)
    assert await sql.fetchval("select to_regclass('mine_since') is not null")
    assert await sql.fetchval("select count(*) from users") == rows["users"]
    status, told = await command("restore", "--from", str(backup), "--replace", **target)
    assert status == 0, told
    assert await sql.fetchval("select to_regclass('mine_since') is null")
    assert await sql.fetchval("select count(*) from users") == rows["users"]
    await sql.close()
    await databases.drop(url)


async def test_instances_tell_when_a_backup_was_last_made(
    servers: Embedded, database_url: str, folder: Path
) -> None:
    """By the clock of the database; before the first one they tell of none."""
    where = {"DATABASE_URL": database_url, "JWT_SECRET": SECRET, "DATA_DIR": str(folder)}
    async with instances(1, database_url, servers.redis_url) as (product,):
        assert await backed_up_at(product) == 0
    made = [time.time()]
    assert (await command("backup", "--to", str(folder / "a.tar"), **where))[0] == 0
    made.append(time.time())
    async with instances(1, database_url, servers.redis_url) as (product,):
        async with asyncio.timeout(PATIENCE_S):
            while not (told := await backed_up_at(product)):
                await asyncio.sleep(0.02)
        assert made[0] <= told <= made[1]


async def backed_up_at(product: Product) -> float:
    _, text, _ = await product.request("GET", "/metrics")
    found = re.search(r"^focushub_last_backup_timestamp_seconds (\S+)$", text, re.M)
    assert found is not None
    return float(found[1])


async def kill_it_while_it_waits(sql: Any, backup: Path, target: dict[str, str]) -> None:
    """kill -9 inside its transaction, when what was there has been dropped: it waits for somebody
    who is making a table that it wants to make."""
    await sql.execute("drop table digests")
    async with sql.transaction():
        await sql.execute("create table digests (id integer)")
        process = start_process("restore", "--from", str(backup), "--replace", **target)
        async with asyncio.timeout(PATIENCE_S):
            while not await sql.fetchval("select count(*) from pg_locks where not granted"):
                assert process.poll() is None, process.communicate()[0]
                await asyncio.sleep(0.02)
        process.kill()
        await asyncio.to_thread(process.communicate)
    async with asyncio.timeout(PATIENCE_S):
        # Its sessions end, and let go of the lock for which starts wait.
        while not await sql.fetchval("select pg_try_advisory_lock($1)", MIGRATIONS_LOCK):
            await asyncio.sleep(0.02)
        while await sql.fetchval(_OTHERS):
            await asyncio.sleep(0.02)
    await sql.execute("select pg_advisory_unlock($1)", MIGRATIONS_LOCK)


_OTHERS = (
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and backend_type = 'client backend' and pid <> pg_backend_pid()"
)


def test_a_backup_that_is_not_what_was_written_is_refused(tmp_path: Path) -> None:
    """Wherever a byte has changed, and wherever it was cut off."""
    small, wrong = tmp_path / "small.tar", tmp_path / "wrong.tar"
    write_archive(small)
    assert read_archive(small).pg_dump == 18
    whole = small.read_bytes()
    # Behind its last member an archive has zeros, and in the blocks that are not full.
    end = len(whole.rstrip(b"\0"))
    for place in range(0, end, 211):
        flipped = whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :]
        for damaged in (whole[:place], flipped if whole[place] else b""):
            wrong.write_bytes(damaged)
            with pytest.raises(BackupError):
                read_archive(wrong)


def write_archive(path: Path) -> None:
    """An archive of the right shape, with noise for a dump."""
    noise = path.with_name("noise")
    noise.write_bytes(os.urandom(20_480))
    with open(path, "wb") as file:
        archive = ArchiveWriter(file)
        archive.add(DUMP, noise)
        archive.finish(
            Manifest(
                format=FORMAT, version="0", made_at="2026-11-21T12:00:00Z", server="18", pg_dump=18,
                schema="public", epoch=None, migrations=[], media="folder", key="", rows={},
                members=archive.members,
            )
        )  # fmt: skip


def test_what_was_not_made_by_a_backup_is_not_taken_out_of_it(tmp_path: Path) -> None:
    """Names that lead elsewhere, and links."""
    for name, kind in (("../evil", tarfile.REGTYPE), ("media/a/1.webp", tarfile.SYMTYPE)):
        path = tmp_path / "evil.tar"
        with tarfile.open(path, "w") as tar:
            head = tarfile.TarInfo(name)
            head.type, head.linkname = kind, "/etc/passwd"
            tar.addfile(head)
        with pytest.raises(BackupError, match="not ours"):
            read_archive(path)


def test_putting_the_new_data_in_place_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    """Whatever has been moved when it is cut off, the next start goes on: the new data are in
    place at the end, and the old ones beside them, all of them."""
    for step in itertools.count():
        data = tmp_path / f"data-{step}"
        lay_out(data)
        with stopped_after(step):
            try:
                finish(data)
                done = True
            except Stopped:
                done = False
        finish(data)
        assert seen_in(data) == {
            "pg18/is": "new", "postgres.password": "new", "jwt.secret": "new", "media/a": "old",
            "replaced-1/pg17/is": "old", "replaced-1/valkey/is": "old",
            "replaced-1/postgres.password": "old", "replaced-1/jwt.secret": "old",
        }  # fmt: skip
        if done:
            assert step >= 8
            return


def lay_out(data: Path) -> None:
    """A data directory with a new one in it, whole."""
    for place, what, names in (
        (data, "old", ("pg17/is", "valkey/is", "postgres.password", "jwt.secret", "media/a")),
        (data / "restored-1", "new", ("pg18/is", "postgres.password", "jwt.secret")),
    ):
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(what)


def seen_in(data: Path) -> dict[str, str]:
    return {
        path.relative_to(data).as_posix(): path.read_text()
        for path in data.rglob("*")
        if path.is_file()
    }


class Stopped(Exception):
    """As if killed."""


@contextlib.contextmanager
def stopped_after(count: int) -> Iterator[None]:
    """So many renames are done, and the next one fails."""
    done: list[Path] = []
    rename = Path.rename

    def counted(self: Path, target: Path) -> Path:
        if len(done) >= count:
            raise Stopped
        done.append(self)
        return rename(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", counted)
        yield


def test_what_is_there_is_not_written_over(folder: Path) -> None:
    """Neither a file by a backup, nor a database by a restore."""
    there = folder / "backup.tar"
    there.write_text("mine")
    settings = load_settings(_env_file=None, data_dir=folder / "data")
    source = Source(settings, Addresses("postgresql:///nowhere", "", "x"), None)
    with pytest.raises(BackupError, match="is there already"):
        back_up(source, str(there), None)
    assert there.read_text() == "mine"

    write_archive(there)
    cluster = folder / "data/pg18"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").touch()
    with pytest.raises(BackupError, match="has a database already"):
        restore(settings, there, replace=False, look=False)
    assert [path.name for path in folder.glob("data/restor*")] == []
