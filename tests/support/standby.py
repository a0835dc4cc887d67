"""A streaming replica of an embedded PostgreSQL, made by pg_basebackup, for a test to ill-treat."""

import asyncio
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import asyncpg

from storage.embedded import Embedded
from storage.embedded.account import Account
from storage.embedded.binaries import find_postgres, readable_postgres
from storage.embedded.processes import spawn
from tests.support.databases import named

LONG_S = 60.0


class Standby:
    """A hot standby of `primary`, in a folder of its own."""

    def __init__(self, folder: Path, primary: Embedded) -> None:
        self._folder = folder
        self._primary = urlsplit(primary.database_url)
        self._account = Account.choose(primary.data_dir)
        self._data, self._sockets = folder / "data", folder / "run"
        self._home = readable_postgres(find_postgres(), self._account, primary.data_dir / "runtime")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its database of the same name."""
        query = f"host={quote(str(self._sockets))}&port=5432"
        return urlunsplit(self._primary._replace(query=query))

    async def make(self) -> None:
        """Copy the primary and start; returns when it answers."""
        self._account.make_directory(self._sockets)
        copying = subprocess.run(
            [
                find_postgres().path / "bin/pg_basebackup",
                *("-h", parse_qs(self._primary.query)["host"][0], "-p", "5432"),
                *("-U", self._primary.username, "-D", self._data),
                *("-X", "stream", "-c", "fast", "-R", "-N"),
            ],
            env={"PATH": os.environ["PATH"], "PGPASSWORD": self._primary.password or ""},
            capture_output=True,
            text=True,
        )
        assert copying.returncode == 0, copying.stderr
        if self._account.switched:
            for path in (self._data, *self._data.rglob("*")):
                shutil.chown(path, self._account.uid, self._account.gid)
        await self.start()

    async def start(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "cluster_name": f"standby-{os.getpid()}",
            # What the primary removes is not waited for: queries that need it are cancelled.
            "max_standby_streaming_delay": "0",
            "wal_receiver_status_interval": "1s",
            "wal_retrieve_retry_interval": "100ms",
            "hot_standby_feedback": "off",
            "fsync": "off",
        }
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        command: list[str | Path] = [self._home.path / "bin/postgres", "-D", self._data, *options]
        log = self._folder / "log"
        self._process = spawn(command, self._account, log, self._data, signal.SIGQUIT)
        async with asyncio.timeout(LONG_S):
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            await self.ask("select 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    async def ask(self, query: str, database: str | None = None) -> Any:
        """The first value that the standby answers."""
        url = self.url if database is None else named(self.url, database)
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def kill(self) -> None:
        """At once, as if the machine were gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(LONG_S)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
