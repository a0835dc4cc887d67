"""A real PostgreSQL and a real Valkey as children of this process, for a server on one machine.

They come from wheels, keep everything in one data directory, listen on unix sockets only, and end
with the process that started them, whatever ends it. The next start cleans up after a kill.
"""

import os
import subprocess
import threading
import time
from pathlib import Path

from storage.embedded import processes
from storage.embedded.binaries import (
    find_postgres,
    find_valkey,
    readable_postgres,
    readable_valkey,
)
from storage.embedded.errors import DataDirInUse, EmbeddedError
from storage.embedded.place import Place
from storage.embedded.postgres import Postgres, cluster_name
from storage.embedded.running import Running, find_running, has_database
from storage.embedded.server import Server
from storage.embedded.staged import finish
from storage.embedded.valkey import Valkey

__all__ = [
    "DataDirInUse",
    "Embedded",
    "EmbeddedError",
    "Running",
    "find_running",
    "has_database",
]

# Recovery after a crash, and loading a large append-only file, take their time.
READY_WITHIN_S = 300.0


class Embedded:
    """The servers of one data directory.

    `data_dir` may be missing or empty; after `start` the attribute says where the data really
    are. `database_url` and `redis_url` are empty until `start`, and for a server not asked for.
    `timings` has seconds: `start` and `stop` as a whole, `postgres` and `valkey` from launch until
    seen ready, and, where there was need, `initdb` and `leftovers` (ending an earlier run's).
    `valkey_maxmemory_bytes` defaults to a quarter of the memory. `durable=False` is for test
    suites: without fsync and append-only file, a crash may cost all data.
    """

    def __init__(
        self,
        data_dir: Path,
        postgres: bool = True,
        valkey: bool = True,
        valkey_maxmemory_bytes: int | None = None,
        *,
        durable: bool = True,
    ) -> None:
        self.data_dir = Path(data_dir)
        self.database_url = ""
        self.redis_url = ""
        self.timings: dict[str, float] = {}
        self._postgres = postgres
        self._valkey = valkey
        self._maxmemory_bytes = valkey_maxmemory_bytes
        self._durable = durable
        self._place: Place | None = None
        self._servers: list[Server] = []
        self._pid = 0

    def start(self) -> None:
        """Start the servers, and return when they take connections. Blocks; main thread only.

        Raises DataDirInUse when another process has the directory, and EmbeddedError when the
        servers cannot run; nothing is left running then. RuntimeError from another thread, or
        when it has been started already.
        """
        # The kernel ends the servers with the thread that started them.
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("Embedded.start() must be called from the main thread")
        if self._place is not None:
            raise RuntimeError("these servers have been started already")
        started = time.monotonic()
        self._pid = os.getpid()
        self.timings.clear()
        try:
            self._start()
        except (OSError, subprocess.SubprocessError) as error:
            self.stop()
            raise EmbeddedError(f"the servers cannot run in {self.data_dir}: {error}") from error
        except BaseException:  # Ctrl-C, too, must leave nothing running
            self.stop()
            raise
        self.timings["start"] = time.monotonic() - started

    def _start(self) -> None:
        self._place = place = Place.take(self.data_dir)
        self.data_dir = place.directory
        self._stop_leftovers(place.directory)
        finish(place.directory)
        runtime = place.directory / "runtime"
        # Valkey first: it comes up while initdb works.
        if self._valkey:
            program = readable_valkey(find_valkey(), place.account, runtime)
            valkey = Valkey(
                program, place, maxmemory_bytes=self._maxmemory_bytes, durable=self._durable
            )
            self._launch(valkey)
            self.redis_url = valkey.url
        if self._postgres:
            home = readable_postgres(find_postgres(), place.account, runtime)
            postgres = Postgres(home, place, durable=self._durable)
            self._launch(postgres)
            self.database_url = postgres.url
            if postgres.initdb_s:
                self.timings["initdb"] = postgres.initdb_s
        self._wait_until_ready()

    def _launch(self, server: Server) -> None:
        self._servers.append(server)
        server.launch()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        waiting = list(self._servers)
        while waiting:
            waiting = [server for server in waiting if not server.ready()]
            if waiting and time.monotonic() > deadline:
                late = waiting[0]
                raise EmbeddedError(
                    f"{late.name} is not ready after {READY_WITHIN_S:.0f} s{late.last_lines()}"
                )
            time.sleep(0.003 if waiting else 0)
        self.timings |= {server.name: server.ready_s for server in self._servers}

    def alive(self) -> list[str]:
        """The names of the servers that have died since `start`; empty when all is well."""
        return [server.name for server in self._servers if server.died]

    def revive(self) -> list[str]:
        """Launch again the servers that have died, and answer their names; main thread only.

        Does not wait until they are ready: recovery takes its time, and clients try again anyway.
        """
        dead = [server for server in self._servers if server.died]
        for server in dead:
            server.launch()
        return [server.name for server in dead]

    def stop(self) -> None:
        """Stop the servers cleanly, or at any price, and give the directory free.

        Blocks for 0.1 s as a rule, for 30 s at worst. May be called again, and from any thread;
        in a forked copy of the process that started them it does nothing.
        """
        if self._place is None or os.getpid() != self._pid:
            return
        started = time.monotonic()
        place, self._place = self._place, None
        servers, self._servers = self._servers, []
        try:
            for server in servers:
                server.ask_to_stop()
            for server in servers:
                server.wait()
            if servers:
                # Children of a postmaster that was killed, by us or before, may still be about.
                self._stop_leftovers(place.directory)
        finally:
            place.release()
        self.timings["stop"] = time.monotonic() - started

    def _stop_leftovers(self, directory: Path) -> None:
        """End servers that work on these data but are nobody's any more: we hold the lock."""
        started = time.monotonic()
        homes = [*directory.glob("pg[0-9]*"), *directory.glob(".initdb-*"), directory / "valkey"]
        if processes.stop_leftovers(homes, cluster_name(directory)):
            self.timings["leftovers"] = time.monotonic() - started
