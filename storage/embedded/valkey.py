"""The embedded Valkey (or Redis 7 and newer): an append-only file in `valkey/`, one socket."""

import os
import signal
import socket
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from storage.embedded.place import Place
from storage.embedded.server import Server

_SMALLEST_MAXMEMORY = 64 * 1024 * 1024


class Valkey(Server):
    """Valkey in a data directory. Without `durable` it forgets everything when it stops."""

    name: ClassVar[str] = "valkey"
    stop_steps = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(
        self, program: Path, place: Place, *, maxmemory_bytes: int | None, durable: bool
    ) -> None:
        super().__init__(place.account, place.directory / "valkey", place.directory / "valkey.log")
        self._program = program
        self._socket = place.sockets / "valkey.sock"
        self._maxmemory_bytes = maxmemory_bytes or a_quarter_of_memory()
        self._durable = durable

    @property
    def url(self) -> str:
        """The address for redis.asyncio."""
        return socket_address(self._socket)

    def launch(self) -> None:
        """Start the server. Raises EmbeddedError."""
        self.account.make_directory(self.directory)
        persistence = (
            ["--appendonly", "yes", "--appendfsync", "everysec"]
            if self._durable
            else ["--appendonly", "no"]
        )
        self.start_process(
            [
                self._program,
                *("--port", "0"),
                *("--unixsocket", self._socket),
                *("--unixsocketperm", "700"),
                *("--dir", self.directory),
                *("--daemonize", "no"),
                *persistence,
                *("--save", ""),
                *("--maxmemory", str(self._maxmemory_bytes)),
                # A full server refuses writes; it does not silently drop rows of a board.
                *("--maxmemory-policy", "noeviction"),
                # Keeps --dir in the command line, by which a leftover is known.
                *("--set-proc-title", "no"),
                # By default it goes on living when it cannot write its file on the way out.
                *("--shutdown-on-sigterm", "force"),
            ],
            self.directory,
        )

    def answers(self, pid: int) -> bool:
        """Whether it says PONG, and not that it is still loading its file."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(os.fspath(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def socket_address(path: Path) -> str:
    """The address for redis.asyncio of a server that listens on this socket."""
    return f"unix://{quote(str(path))}?db=0"


def a_quarter_of_memory() -> int:
    """A quarter of the bytes of memory that this machine, or this container, has."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # cgroups version 2, and 1
        try:
            limits.append(int(Path("/sys/fs/cgroup", name).read_text()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return max(min(limits) // 4, _SMALLEST_MAXMEMORY)
