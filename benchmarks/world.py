"""Both servers on one Postgres (fsync on) and one Valkey, with the same people and projects."""

import asyncio
import os
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import asyncpg

from benchmarks import processes
from benchmarks.report import embedded_in, folder_for
from handlers.actions.identity import Revoked, Tokens
from storage.embedded import Embedded
from storage.migrations import migrate

ROOT = Path(__file__).resolve().parent.parent
PEER = Path(__file__).resolve().parent / "peer"
PEOPLE = 10_200
PROJECT = 1  # everybody is a member of it


def _people(name: str, people: int) -> str:
    """SQL for so many people of one of the two servers, all on project 1 and each on another."""
    members = f"""
        insert into project_members (project_id, user_id, role)
        select 1, n, 'contributor' from generate_series(1, {people}) n
        union all
        select 2 + n % 499, n, 'contributor' from generate_series(1, {people}) n;
        analyze;
    """
    if name == "peer":
        return f"""
        insert into users (id, username)
        select n, 'user' || n from generate_series(1, {people}) n;
        insert into projects (id, name) select n, 'Project ' || n from generate_series(1, 500) n;
        {members}
        """
    return f"""
        insert into users (email, username, password_hash, timezone)
        select 'u' || n || '@example.org', 'user' || n, null, 'Europe/Berlin'
        from generate_series(1, {people}) n;
        insert into logins (user_id, expires_at) select id, now() + interval '1 day' from users
        order by id;
        insert into projects (owner_id, name, color)
        select 1 + n % {people}, 'Project ' || n, '#4f7cff' from generate_series(1, 500) n;
        {members}
    """


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
        return processes.cpu_s(self.pid)

    def rss_kib(self) -> int:
        return processes.memory_kib(self.pid)


@asynccontextmanager
async def servers() -> AsyncIterator[Embedded]:
    """Postgres and Valkey in a folder that is removed at the end."""
    with folder_for("benchmark") as folder, embedded_in(folder) as embedded:
        yield embedded


async def prepare(embedded: Embedded, names: Iterable[str] = ("focushub", "peer")) -> None:
    """Make the databases of these servers, and the people in them."""
    for name in names:
        connection = await asyncpg.connect(embedded.database_url)
        await connection.execute(f"create database {name}")
        await connection.close()
        url = database(embedded, name)
        if name == "focushub":
            await migrate(url)
        connection = await asyncpg.connect(url)
        if name == "peer":
            await connection.execute((PEER / "schema.sql").read_text())
        await connection.execute(_people(name, PEOPLE))
        await connection.close()


async def people_in(url: str, people: int) -> None:
    """So many people in a migrated database of FocusHub's that has none yet."""
    connection = await asyncpg.connect(url)
    await connection.execute(_people("focushub", people))
    await connection.close()


def database(embedded: Embedded, name: str) -> str:
    return urlunsplit(urlsplit(embedded.database_url)._replace(path=f"/{name}"))


@asynccontextmanager
async def target(
    name: str, embedded: Embedded, secret: str = "", **settings: str
) -> AsyncIterator[Target]:
    """Start one of the two servers; of several that have a secret in common each knows the tokens
    of the others."""
    secret = secret or secrets.token_urlsafe(40)
    command, environment = (_focushub if name == "focushub" else _peer)(embedded, secret)
    environment |= settings
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
        "DRAIN_PAUSE_SECONDS": "0",
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
    """Where a server listens that has just been started. Raises RuntimeError when it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(r"ready at (http://\S+)", line):
            return match[1]
    raise RuntimeError("the server did not start")


def install_peer() -> None:
    """Fetch the peer's pinned packages, if they are not there."""
    if not (PEER / "node_modules").exists():
        subprocess.run(["npm", "ci", "--prefix", str(PEER)], check=True)
