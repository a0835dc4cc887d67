"""A new data directory made beside the one in use, and put in its place when it is whole.

Everything happens inside the data directory, since that may be a mount, which nobody can rename:

    restoring-<stamp>/   is being made; worth nothing
    restored-<stamp>/    is whole: what is there goes to `replaced-<stamp>/`
    placing-<stamp>/     what was there has gone: the new one moves up

Each step is a rename, and `finish` goes on wherever a kill has left it; so the next start of the
servers does. Before the second name nothing has been touched, after it nothing is lost.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.embedded import processes
from storage.embedded.binaries import find_postgres, readable_postgres
from storage.embedded.errors import EmbeddedError
from storage.embedded.place import Place, sync_directory
from storage.embedded.postgres import Postgres, cluster_name

_MAKING, _WHOLE, _PLACING, _REPLACED = "restoring-", "restored-", "placing-", "replaced-"
# What makes up an installation; locks, sockets, logs and copies of programs do not.
_PARTS = ("pg[0-9]*", "valkey", "postgres.password", "jwt.secret")
_READY_WITHIN_S = 120.0


def holds_data(directory: Path) -> bool:
    """Whether there is a database in this data directory."""
    return any(directory.glob("pg[0-9]*/PG_VERSION"))


class Staged:
    """The new data directory, with its server running until `close`."""

    def __init__(self, place: Place, stamp: str) -> None:
        self._place = place
        self._stamp = stamp
        account, path = place.account, place.directory / f"{_MAKING}{stamp}"
        self.directory = account.make_directory(path)
        # No lock of its own: that of the directory around it is held.
        self._inner = Place(account, self.directory, -1)
        home = readable_postgres(find_postgres(), account, place.directory / "runtime")
        self._server = Postgres(home, self._inner, durable=True)

    def start(self) -> str:
        """Start its PostgreSQL; answers the address. Raises EmbeddedError; main thread only."""
        self._server.launch()
        deadline = time.monotonic() + _READY_WITHIN_S
        while not self._server.ready():
            if time.monotonic() > deadline:
                raise EmbeddedError(f"the new database is not ready{self._server.last_lines()}")
            time.sleep(0.01)
        return self._server.url

    def close(self) -> None:
        """Stop the server cleanly; what it wrote is on the disk then."""
        self._server.ask_to_stop()
        self._server.wait()
        self._inner.release()

    def take_place(self) -> Path | None:
        """Put it in the place of what is there; answers where that went, if there was anything."""
        for name in ("run", "postgres.log", "servers.lock"):
            _remove(self.directory / name)
        sync_directory(self.directory)
        whole = self.directory.with_name(f"{_WHOLE}{self._stamp}")
        self.directory.rename(whole)
        sync_directory(self._place.directory)
        finish(self._place.directory)
        replaced = self._place.directory / f"{_REPLACED}{self._stamp}"
        return replaced if replaced.exists() else None


@contextmanager
def staged(place: Place, stamp: str) -> Iterator[Staged]:
    """A new data directory inside `place`, which is held; gone again if it does not take its
    place."""
    _remove_unfinished(place.directory)
    made = Staged(place, stamp)
    try:
        yield made
    finally:
        made.close()
        _remove(made.directory)


def settle(directory: Path) -> None:
    """End what a killed process left running here, and go on with what it left undone; nothing as
    a rule. The directory is held."""
    homes = [*directory.glob("pg[0-9]*"), *directory.glob(".initdb-*"), directory / "valkey"]
    processes.stop_leftovers(homes, cluster_name(directory))
    finish(directory)


def finish(directory: Path) -> None:
    """Go on with what was cut off between two renames."""
    for whole in directory.glob(f"{_WHOLE}*"):
        stamp = whole.name.removeprefix(_WHOLE)
        _move_parts(directory, directory / f"{_REPLACED}{stamp}")
        whole.rename(directory / f"{_PLACING}{stamp}")
        sync_directory(directory)
    for placing in directory.glob(f"{_PLACING}*"):
        _move_parts(placing, directory)
        _remove(placing)
        sync_directory(directory)


def _move_parts(source: Path, target: Path) -> None:
    parts = [path for pattern in _PARTS for path in source.glob(pattern)]
    if not parts:
        return
    if not target.exists():
        target.mkdir(0o700)
        found = source.stat()
        if os.geteuid() == 0:
            os.chown(target, found.st_uid, found.st_gid)
    for path in parts:
        path.rename(target / path.name)
    sync_directory(target)


def _remove_unfinished(directory: Path) -> None:
    """What a killed one left, with its server, if that has not ended yet."""
    for old in directory.glob(f"{_MAKING}*"):
        processes.stop_leftovers([*old.glob("pg[0-9]*"), *old.glob(".initdb-*")], cluster_name(old))
        _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
