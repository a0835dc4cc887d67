"""Several instances on the same stores, each a `run.py` process that may be killed or paused."""

import asyncio
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from tests.support.product import SECRET, Person, Product, ready_url, start_process, stop_process

_LINES_KEPT = 400


class Member:
    """One instance, on an address that it keeps over its deaths."""

    def __init__(self, database_url: str, redis_url: str, changes: dict[str, str]) -> None:
        self._given = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "JWT_SECRET": SECRET,
            "RATE_LIMITS": "off",
        } | changes
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        # The end of what its processes have said.
        self.said: deque[str] = deque(maxlen=_LINES_KEPT)
        self.starts = 0

    @property
    def process(self) -> "subprocess.Popen[str]":
        assert self._process is not None
        return self._process

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self, *arguments: str, **changes: str) -> None:
        """Start it, again on the same port; returns when it is ready."""
        if self.url:
            changes.setdefault("PORT", self.url.rpartition(":")[2])
        self._process = start_process(*arguments, **(self._given | changes))
        try:
            self.url = await asyncio.to_thread(ready_url, self._process)
        except BaseException:
            stop_process(self._process)
            raise
        self.starts += 1
        # Who prints into a pipe that nobody reads stands still when it is full.
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line.rstrip())

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(10)

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def stop(self, patience_s: float = 60.0) -> tuple[int, float]:
        """SIGTERM; (exit status, seconds until it had ended)."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self.process.wait, patience_s)
        return status, time.monotonic() - began

    @property
    def rss_kib(self) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", text)
        assert found is not None
        return int(found[1])

    @property
    def tracebacks(self) -> list[str]:
        """What it said about exceptions that nobody had expected: the event and the last words."""
        found = [line for line in self.said if "Traceback" in line]
        return [f"{line[:160]} … {line[-400:]}" for line in found]

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.resume()
            self._process.kill()
            self._process.wait(10)


class Fleet:
    """Instances on one database; people are made by `people`, and speak to any of them."""

    def __init__(self, members: list[Member], database_url: str, http: aiohttp.ClientSession):
        self.members = members
        self.database_url = database_url
        self.http = http
        self._made = 0

    @property
    def urls(self) -> list[str]:
        return [member.url for member in self.members]

    @property
    def living(self) -> list[Member]:
        return [member for member in self.members if member.alive]

    def product(self, at: int = 0) -> Product:
        """An instance as other tests know it; it may be killed by `members` only."""
        return Product(self.members[at].url, self.database_url, "", self.http)

    async def people(self, count: int, prefix: str = "p") -> list[Person]:
        """People put straight into the database, signed in there, spread over the instances."""
        self._made += 1
        name = f"{prefix}{self._made}x{os.getpid()}x"
        users = await self.sql(
            "insert into users (email, username, timezone) select $1::text || n || '@example.org',"
            " $1::text || n, 'UTC' from generate_series(1, $2::int) n returning id, username",
            name,
            count,
        )
        logins = await self.sql(
            "insert into logins (user_id, expires_at) select u, now() + interval '1 day'"
            " from unnest($1::bigint[]) u returning id, user_id",
            [row["id"] for row in users],
        )
        login_of = {row["user_id"]: row["id"] for row in logins}
        found = []
        for number, row in enumerate(users):
            product = self.product(number % len(self.members))
            login_id = login_of[row["id"]]
            token = product.token_for(row["id"], login_id, lifetime_s=7200)
            mail = f"{row['username']}@example.org"
            found.append(Person(product, row["id"], row["username"], mail, token, login_id))
        return found

    async def project(self, owner: Person, members: list[Person]) -> int:
        """A project of the owner's with these members; its id."""
        rows = await self.sql(
            "insert into projects (owner_id, name, color) values ($1, 'Atlas', '#336699')"
            " returning id",
            owner.id,
        )
        project_id: int = rows[0]["id"]
        ids = sorted({owner.id, *(member.id for member in members)})
        await self.sql(
            "insert into project_members (project_id, user_id, role)"
            " select $1, n, case when n = $3 then 'owner' else 'contributor' end"
            " from unnest($2::bigint[]) n",
            project_id, ids, owner.id,
        )  # fmt: skip
        return project_id

    async def sql(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def metric(self, name: str, at: int = 0) -> float:
        """The sum of a metric's values on one instance."""
        async with self.http.get(f"{self.members[at].url}/metrics") as response:
            text = await response.text()
        values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, values))

    async def until_metric(self, name: str, value: float, within_s: float = 60.0) -> float:
        """The seconds until the metric has this value on every living instance."""
        began = time.monotonic()
        async with asyncio.timeout(within_s):
            for at, member in enumerate(self.members):
                while member.alive and await self.metric(name, at) != value:
                    await asyncio.sleep(0.02)
        return time.monotonic() - began


@asynccontextmanager
async def fleet_of(
    database_url: str, redis_urls: list[str], *, through: list[str] | None = None, **changes: str
) -> AsyncIterator[Fleet]:
    """As many instances as there are addresses of Redis; `through`: their ways to the database."""
    ways = through or [database_url] * len(redis_urls)
    members = [Member(way, url, changes) for way, url in zip(ways, redis_urls, strict=True)]
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        for member in members:
            stack.callback(member.end)
        await asyncio.gather(*(member.start() for member in members))
        yield Fleet(members, database_url, http)
