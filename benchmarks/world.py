"""Both servers on one Postgres (fsync on) and one Valkey, with the same people and projects."""

import asyncio
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from handlers.actions.identity import Revoked, Tokens
from storage.embedded import Embedded
from storage.migrations import migrate

ROOT = Path(__file__).resolve().parent.parent
PEER = Path(__file__).resolve().parent / "peer"
PEOPLE = 10_200
PROJECT = 1  # everybody is a member of it

_PEOPLE = {
    "focushub": f"""
        insert into users (email, username, password_hash, timezone)
        select 'u' || n || '@example.org', 'user' || n, null, 'Europe/Berlin'
        from generate_series(1, {PEOPLE}) n;
        insert into logins (user_id, expires_at) select id, now() + interval '1 day' from users
        order by id;
        insert into projects (owner_id, name, color)
        select n, 'Project ' || n, '#4f7cff' from generate_series(1, 500) n;
        insert into project_members (project_id, user_id, role)
        select 1, n, 'contributor' from generate_series(1, {PEOPLE}) n
        union all
        select 2 + n % 499, n, 'contributor' from generate_series(1, {PEOPLE}) n;
        analyze;
    """,
    "peer": f"""
        insert into users (id, username)
        select n, 'user' || n from generate_series(1, {PEOPLE}) n;
        insert into projects (id, name) select n, 'Project ' || n from generate_series(1, 500) n;
        insert into project_members (project_id, user_id, role)
        select 1, n, 'contributor' from generate_series(1, {PEOPLE}) n
        union all
        select 2 + n % 499, n, 'contributor' from generate_series(1, {PEOPLE}) n;
        analyze;
    """,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A server that is measured."""

    name: str
    url: str
    pid: int
    tokens: list[str]
    redis_url: str

    def token(self, user_id: int) -> str:
        return self.tokens[user_id - 1]

    def project_of(self, user_id: int) -> int:
        """The small project that a user tracks on."""
        return 2 + user_id % 499

    def cpu_s(self) -> float:
        """CPU time of the server's process so far, all threads, in seconds."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def rss_kib(self) -> int:
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", text)
        assert found is not None
        return int(found[1])


@asynccontextmanager
async def servers() -> AsyncIterator[Embedded]:
    """Postgres and Valkey in a folder that is removed at the end."""
    folder = ROOT / "benchmarks" / "results" / "tmp"
    shutil.rmtree(folder, ignore_errors=True)
    embedded = Embedded(folder)
    embedded.start()
    try:
        yield embedded
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def prepare(embedded: Embedded) -> None:
    """Make both databases and the people in them."""
    connection = await asyncpg.connect(embedded.database_url)
    for name in _PEOPLE:
        await connection.execute(f"create database {name}")
    await connection.close()
    await migrate(database(embedded, "focushub"))
    for name, people in _PEOPLE.items():
        connection = await asyncpg.connect(database(embedded, name))
        if name == "peer":
            await connection.execute((PEER / "schema.sql").read_text())
        await connection.execute(people)
        await connection.close()


def database(embedded: Embedded, name: str) -> str:
    return urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{name}"))


@asynccontextmanager
async def target(name: str, embedded: Embedded) -> AsyncIterator[Target]:
    """Start one of the two servers; the other one does not run meanwhile."""
    secret = secrets.token_urlsafe(40)
    command, environment = (_focushub if name == "focushub" else _peer)(embedded, secret)
    process = subprocess.Popen(
        command,
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Target(
            name,
            await asyncio.to_thread(ready_url, process),
            process.pid,
            tokens_of(secret, PEOPLE),
            embedded.redis_url,
        )
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 30)


def tokens_of(secret: str, people: int) -> list[str]:
    """An access token for each of the first people, whose logins have their own numbers."""
    day = timedelta(days=1)
    tokens = Tokens(secret, day, Revoked(day))
    return [tokens.issue(n, n, "user") for n in range(1, people + 1)]


def _focushub(embedded: Embedded, secret: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, str(ROOT / "run.py")], {
        "DATABASE_URL": database(embedded, "focushub"),
        "REDIS_URL": embedded.redis_url,
        "JWT_SECRET": secret,
        "HOST": "127.0.0.1",
        "PORT": "0",
        "RATE_LIMITS": "off",
        "LOG_LEVEL": "warning",
    }


def _peer(embedded: Embedded, secret: str) -> tuple[list[str], dict[str, str]]:
    parts = urlsplit(embedded.database_url)
    return ["node", str(PEER / "server.js")], {
        "NODE_ENV": "production",
        "PG_HOST": parse_qs(parts.query)["host"][0],
        "PG_USER": unquote(parts.username or ""),
        "PG_PASSWORD": unquote(parts.password or ""),
        "PG_DATABASE": "peer",
        "REDIS_PATH": socket_path(embedded.redis_url),
        "JWT_SECRET": secret,
        "PORT": "0",
    }


def socket_path(redis_url: str) -> str:
    return unquote(urlsplit(redis_url).path)


def ready_url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(r"ready at (http://\S+)", line):
            return match[1]
    raise RuntimeError("the server did not start")


def install_peer() -> None:
    """Fetch the peer's pinned packages, if they are not there."""
    if not (PEER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--prefix", str(PEER)], check=True)
