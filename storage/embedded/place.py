"""Where the servers live: their data directory, its lock, and a directory for their sockets."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import sys
from pathlib import Path
from typing import Self

from storage.embedded.account import Account
from storage.embedded.errors import DataDirInUse, EmbeddedError

LOCK_NAME = "servers.lock"
_MOVED = Path("/var/lib/focushub")
# A socket's address holds 103 bytes on macOS and 107 on Linux; 14 of them are for its name.
_MOST_BYTES = 103 - len("/.s.PGSQL.5432")
# asyncpg splits hosts at commas, and PostgreSQL its list of socket directories.
_AWKWARD = re.compile(r'[,"\x00-\x1f\x7f]')


class Place:
    """A data directory that `account` can reach, locked by this process until `release`."""

    def __init__(self, account: Account, directory: Path, lock: int) -> None:
        self.account = account
        self.directory = directory
        self._lock = lock
        self._sockets: Path | None = None

    @classmethod
    def take(cls, wanted: Path) -> Self:
        """Take `wanted`, or its stand-in under /var/lib when the account cannot reach it.

        Raises DataDirInUse, and EmbeddedError for a directory that cannot be used.
        """
        wanted = wanted.expanduser().resolve()
        elsewhere = stand_in(wanted)
        account = Account.choose(wanted, elsewhere)
        directory = wanted
        if not _prepare(account, wanted):
            _MOVED.mkdir(mode=0o755, exist_ok=True)
            _MOVED.chmod(0o755)  # whatever the umask
            if not _prepare(account, elsewhere):
                raise EmbeddedError(
                    f"user {account.name} can reach neither {wanted} nor {elsewhere}"
                )
            directory = elsewhere
            print(
                f"The data go to {elsewhere}, since user {account.name} cannot reach {wanted}",
                file=sys.stderr,
            )
        return cls(account, directory, _locked(account, directory))

    @property
    def sockets(self) -> Path:
        """A directory for sockets that nobody but the account may enter; made when first asked."""
        if self._sockets is None:
            path = sockets_of(self.directory, self.account.uid)
            self._sockets = self.account.make_directory(path)
            self._sockets.chmod(0o700)
        return self._sockets

    def release(self) -> None:
        """Give the directory free for another process. May be called again."""
        if self._sockets is not None and self.directory not in self._sockets.parents:
            shutil.rmtree(self._sockets, ignore_errors=True)
        if self._lock >= 0:
            # Said aloud, because a forked worker may still hold a copy of the descriptor.
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            os.close(self._lock)
            self._lock = -1


def stand_in(wanted: Path) -> Path:
    """Where the data go when the account cannot reach `wanted`."""
    return _MOVED / short_hash(wanted)


def sockets_of(directory: Path, uid: int) -> Path:
    """Where the sockets of servers are that work in a directory as this user."""
    path = directory / "run"
    if len(os.fsencode(path)) <= _MOST_BYTES and not _AWKWARD.search(str(path)):
        return path
    # Not in $XDG_RUNTIME_DIR, which vanishes at logout, nor in $TMPDIR, which may be long.
    return Path("/tmp") / f"focushub-{uid}-{short_hash(directory)}"


def _prepare(account: Account, directory: Path) -> bool:
    """Make `directory` unless it is there; whether the account can reach it."""
    if not account.switched:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return True
    nearest = next(path for path in directory.parents if path.is_dir())
    if not account.can_enter(nearest):
        return False
    if not directory.exists():
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(0o700)
        _admit(account, directory)
    elif not account.can_enter(directory) and _is_roots_own(directory):
        _admit(account, directory)
    return account.can_enter(directory)


def _is_roots_own(directory: Path) -> bool:
    """Whether root alone uses this directory, so that one more guest takes it from nobody."""
    found = directory.stat()
    homes = {entry.pw_dir for entry in pwd.getpwall()}
    return found.st_uid == 0 and not found.st_mode & 0o077 and str(directory) not in homes


def _admit(account: Account, directory: Path) -> None:
    """Let the account, but no other, pass through a directory that stays root's."""
    os.chown(directory, 0, account.gid)
    directory.chmod(0o710)


def _locked(account: Account, directory: Path) -> int:
    """A descriptor whose lock lasts as long as this process, whatever ends it."""
    path = directory / LOCK_NAME
    lock = account.open_file(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode(errors="replace").partition("\n")[0]
        os.close(lock)
        raise DataDirInUse(
            f"{directory} is in use by another FocusHub, process {holder or 'unknown'}"
        ) from None
    # In this order the file is never empty for a process that reads it just now.
    os.ftruncate(lock, os.pwrite(lock, f"{os.getpid()}\n".encode(), 0))
    return lock


def short_hash(path: Path) -> str:
    """Twelve characters that stand for this path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def sync_directory(directory: Path) -> None:
    """Make a rename in `directory` last; not every file system lets a directory be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
