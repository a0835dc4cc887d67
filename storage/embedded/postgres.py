"""The embedded PostgreSQL: one cluster in `pg<major>/`, reached over a socket with a password."""

import contextlib
import os
import secrets
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from storage.embedded.account import Account
from storage.embedded.binaries import PostgresHome
from storage.embedded.errors import EmbeddedError
from storage.embedded.place import Place, short_hash, sync_directory
from storage.embedded.server import Server

_USER = "focushub"
_UNFINISHED = ".initdb-"
# How long the last processes of a killed server may hold on to its shared memory.
_PATIENCE_WITH_GHOSTS_S = 15.0

# Written once into a new cluster's postgresql.conf, which belongs to the operator from then on.
_CONFIGURATION = """
# FocusHub's choices for a new database; change them as you like.
max_connections = 200
shared_buffers = 128MB
# Segments of the log that have been written once are used again rather than made anew.
min_wal_size = 256MB
max_wal_size = 1GB
# Parallel queries and index builds share memory in /dev/shm, of which a container has 64 MB.
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
# This log is rotated only when the server starts, so it should not grow by itself.
log_checkpoints = off
"""
_CONFIGURATION_18 = """
# On one machine with a small database, workers for reading are idle processes and no gain.
io_method = sync
"""


class Postgres(Server):
    """PostgreSQL in a data directory. Without `durable` a crash may lose or corrupt everything."""

    name: ClassVar[str] = "postgres"
    # "Fast" shutdown; then "immediate", from which the next start recovers as after a crash.
    stop_steps = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

    def __init__(self, home: PostgresHome, place: Place, *, durable: bool) -> None:
        super().__init__(
            place.account,
            place.directory / f"pg{home.major}",
            place.directory / "postgres.log",
        )
        self._home = home
        self._sockets = place.sockets
        self._durable = durable
        self._password_file = place.directory / "postgres.password"
        self._ghosts_until = 0.0
        self.initdb_s = 0.0

    @property
    def url(self) -> str:
        """The address for asyncpg; once launched."""
        return address_of(self._sockets, self._password_file)

    def launch(self) -> None:
        """Start the server, in a new cluster if there is none. Raises EmbeddedError."""
        if not (self.directory / "PG_VERSION").exists():
            self._make_cluster()
        elif not self._password_file.exists():
            raise EmbeddedError(f"{self._password_file} is missing, and {self.directory} needs it")
        self._remove_stale_locks()
        self._ghosts_until = time.monotonic() + _PATIENCE_WITH_GHOSTS_S
        self._start()

    def answers(self, pid: int) -> bool:
        """Whether postmaster.pid says so: its first line is the pid, its eighth the state."""
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def refused(self, status: int) -> bool:
        """Try again while processes of a killed server still hold its memory; else raise."""
        if "pre-existing shared memory" in self.last_lines() and (
            time.monotonic() < self._ghosts_until
        ):
            time.sleep(0.1)
            self._start()
            return False
        return super().refused(status)

    def _start(self) -> None:
        settings = {
            "listen_addresses": "",
            "port": "5432",
            "unix_socket_directories": f'"{self._sockets}"',
            "unix_socket_permissions": "0700",
            "cluster_name": cluster_name(self.directory.parent),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        self.start_process(
            [self._home.path / "bin/postgres", "-D", self.directory, *options], self.directory
        )

    def _remove_stale_locks(self) -> None:
        """Remove what names a process that is no server of ours: all such have been stopped.

        PostgreSQL only asks whether that pid exists, and would wait for a zombie, or in a
        container, where pids begin at 1 again, for a stranger.
        """
        (self.directory / "postmaster.pid").unlink(missing_ok=True)
        for path in self._sockets.glob(".s.PGSQL.*"):
            path.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Run initdb beside the final place, so that a kill leaves no half-made cluster there."""
        self._refuse_older_data()
        started = time.monotonic()
        for old in self.directory.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(old, ignore_errors=True)
        # Never the same name twice: a killed initdb may leave a child that still writes.
        new = self.account.make_directory(
            self.directory.with_name(f"{_UNFINISHED}{secrets.token_hex(4)}")
        )
        _write_password(self.account, self._password_file)
        if self.start_process(self._initdb_command(new), new).wait() != 0:
            raise EmbeddedError(f"initdb could not make {self.directory}{self.last_lines()}")
        with open(new / "postgresql.conf", "a") as file:
            file.write(_CONFIGURATION + (_CONFIGURATION_18 if self._home.major >= 18 else ""))
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.directory)
        sync_directory(self.directory.parent)
        self.initdb_s = time.monotonic() - started

    def _initdb_command(self, new: Path) -> list[str | Path]:
        # Sorting and case are the database's own since 17, the same on every machine.
        if self._home.major < 17:
            locale = ["--locale=C.UTF-8"]
        elif sys.platform == "darwin":  # whose C library has no such locale
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        return [
            self._home.path / "bin/initdb",
            *("-D", new),
            *("-U", _USER),
            "--encoding=UTF8",
            *locale,
            "--auth=scram-sha-256",
            f"--pwfile={self._password_file}",
            "--no-instructions",
            # Making a segment is a pause that all commits feel; one of the usual 16 MB took 50 ms.
            "--wal-segsize=4",
            *([] if self._durable else ["--no-sync"]),
        ]

    def _refuse_older_data(self) -> None:
        """An empty database beside the one of an older version would look like a loss of data."""
        for other in self.directory.parent.glob("pg[0-9]*"):
            if (other / "PG_VERSION").exists():
                major = other.name.removeprefix("pg")
                raise EmbeddedError(
                    f"{other} was made by PostgreSQL {major}, but this is {self._home.major}: set"
                    f" EMBEDDED_PG_HOME to a PostgreSQL {major}, or move the data over by a backup"
                )


def address_of(sockets: Path, password_file: Path) -> str:
    """The address for asyncpg of a server with its socket in this directory."""
    password = quote(password_file.read_text().strip())
    return f"postgresql://{_USER}:{password}@/postgres?host={quote(str(sockets))}&port=5432"


def cluster_name(data_dir: Path) -> str:
    """What the children of the server in `data_dir` are called: `postgres: <this>: …`."""
    return f"focushub-{short_hash(data_dir)}"


def _write_password(account: Account, path: Path) -> None:
    """Make a password of 32 characters, unless an earlier start that failed has made one."""
    if path.exists():
        return
    new = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with open(account.open_file(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w") as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
