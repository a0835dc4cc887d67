"""The embedded servers of another living process, for a command that works beside it."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

from storage.embedded.errors import EmbeddedError
from storage.embedded.place import LOCK_NAME, sockets_of, stand_in
from storage.embedded.postgres import address_of
from storage.embedded.valkey import socket_address

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """Where another process's servers are, and the directory with their data."""

    data_dir: Path
    database_url: str
    redis_url: str


def find_running(wanted: Path) -> Running | None:
    """The servers of the process that has this data directory; None if nobody has it.

    Waits a moment for servers that are starting. Raises EmbeddedError if they do not come.
    """
    wanted = wanted.expanduser().resolve()
    for directory in (wanted, stand_in(wanted)):
        if _is_held(directory / LOCK_NAME):
            return _addresses(directory)
    return None


def has_database(wanted: Path) -> bool:
    """Whether there is a database in this data directory, or one that is just taking its place."""
    wanted = wanted.expanduser().resolve()
    places = ("", "restored-*/", "placing-*/")
    return any(
        any(directory.glob(f"{place}pg[0-9]*/PG_VERSION"))
        for directory in (wanted, stand_in(wanted))
        for place in places
    )


def _is_held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at once do not take each other for the holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _addresses(directory: Path) -> Running:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        # That of the newest: an older one is what an upgrade has left.
        clusters = sorted(directory.glob("pg[0-9]*"), key=lambda path: int(path.name[2:]))
        if clusters:
            sockets = sockets_of(directory, clusters[-1].stat().st_uid)
            if (sockets / ".s.PGSQL.5432").exists():
                return Running(
                    directory,
                    address_of(sockets, directory / "postgres.password"),
                    socket_address(sockets / "valkey.sock"),
                )
        time.sleep(0.1)
    raise EmbeddedError(f"{directory} is in use, but its PostgreSQL does not answer")
