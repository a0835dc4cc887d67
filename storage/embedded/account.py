"""The account that the servers run as: the user's own, or an unprivileged one instead of root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from storage.embedded.errors import EmbeddedError

SERVICE_USER = "focushub"
# Nothing of the caller's environment (PGDATA, LD_PRELOAD, TZ, …) is meant for the servers.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Whose processes and files the servers are. `switched` when this process is root."""

    name: str
    uid: int
    gid: int
    switched: bool

    @classmethod
    def choose(cls, *directories: Path) -> Self:
        """The account for servers whose data are, or will be, in one of these directories.

        For root it is the owner of the data that are already there, else a system user. Raises
        EmbeddedError for a uid that has no passwd entry, which initdb would refuse later.
        """
        uid = os.geteuid()
        if uid != 0:
            return cls._of(_entry(uid), switched=False)
        for owner in map(_owner_of_data, directories):
            if owner:
                return cls._of(_entry(owner), switched=True)
        return cls._of(_service_entry(), switched=True)

    @classmethod
    def _of(cls, entry: pwd.struct_passwd, *, switched: bool) -> Self:
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, switched)

    def make_directory(self, path: Path, mode: int = 0o700) -> Path:
        """Make `path`, or take it when it is there and belongs to this account.

        Raises EmbeddedError when it is not a directory or belongs to somebody else.
        """
        try:
            path.mkdir(mode)
        except FileExistsError:
            self._check_owner(path)
        if self.switched:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        return path

    def _check_owner(self, path: Path) -> None:
        # Not followed: root must not be led out of the data directory by a link.
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise EmbeddedError(f"{path} is in the way: it is not a directory")
        # Root's own is what a start that was killed between mkdir and chown left behind.
        if found.st_uid != self.uid and not (self.switched and found.st_uid == 0):
            raise EmbeddedError(
                f"{path} belongs to {_name_of(found.st_uid)}, but the servers run as {self.name}"
            )

    def open_file(self, path: Path, flags: int) -> int:
        """A descriptor of `path`, which is made readable for this account alone."""
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if self.switched:
            os.fchown(descriptor, self.uid, self.gid)
        return descriptor

    def can_enter(self, directory: Path) -> bool:
        """Whether the account may search this directory: tried, since modes do not say it all."""
        if not self.switched:
            return os.access(directory, os.X_OK)
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", directory]).returncode == 0

    def run(self, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a short command as this account; its output is text."""
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=ENVIRONMENT,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )


def _owner_of_data(directory: Path) -> int | None:
    """Who owns the databases in `directory`; None when there are none, or root's are unfinished."""
    for path in (*directory.glob("pg[0-9]*"), directory / "valkey"):
        if path.is_dir():
            return path.stat().st_uid or None
    return None


def _entry(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedError(
            f"the user id {uid} has no passwd entry, which PostgreSQL needs:"
            " run as a named user, or set DATABASE_URL and REDIS_URL"
        ) from None


def _name_of(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"the user id {uid}"


def _service_entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _add_service_user()
    for name in (SERVICE_USER, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, and there is no user {SERVICE_USER} or nobody"
    )


def _add_service_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return
    # It may fail, on a read-only /etc for instance: then `nobody` has to do.
    subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", SERVICE_USER],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )  # fmt: skip
