"""PostgreSQL's own programs, which make dumps and read them: finding them, and running them.

Those that came with the packages have no TLS. A database elsewhere is therefore dumped by the
system's programs, where these are new enough.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from storage.backup.errors import BackupError
from storage.database import Address, parse_address
from storage.embedded.binaries import find_postgres
from storage.embedded.errors import EmbeddedError
from storage.embedded.processes import die_with_parent

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
# "psql:<stdin>:17: ERROR: ", which says nothing to who has not written line 17.
_PLACE = re.compile(r"^(?:[\w./-]+: |psql:<stdin>:\d+: )?(?:error|ERROR): +")
_NEEDED = ("pg_dump", "pg_restore", "psql")


@dataclass(frozen=True, slots=True)
class Programs:
    """A directory with pg_dump, pg_restore and psql, all of one major version."""

    directory: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.directory / name)


@dataclass(frozen=True, slots=True)
class Server:
    """A database as these programs are told of it: the password is in no command line."""

    address: str
    password: str

    @classmethod
    def of(cls, dsn: str) -> "Server":
        """From the address that asyncpg takes."""
        parts = urlsplit(dsn)
        account, at, hosts = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        query = parse_qsl(parts.query, keep_blank_values=True)
        found = dict(query).get("password", unquote(password))
        # asyncpg knows a name for this parameter that libpq does not.
        kept = [("dbname" if k == "database" else k, v) for k, v in query if k != "password"]
        address = parts._replace(netloc=f"{user}{at}{hosts}", query=urlencode(kept))
        return cls(urlunsplit(address), found)

    @property
    def environment(self) -> dict[str, str]:
        told = {"PGPASSWORD": self.password} if self.password else {}
        return os.environ | told | {"PGAPPNAME": "focushub backup", "LC_ALL": "C"}


def direct(url: str) -> Address:
    """An address for these programs, which need one session from beginning to end."""
    address = parse_address(url)
    if address.pooled:
        raise BackupError("DATABASE_URL leads to a pooler: give the address of the database itself")
    return address


def find_programs(oldest: int, *, here: bool) -> Programs:
    """Programs of the major version `oldest` or newer; `here`: for the embedded server.

    Raises BackupError, saying which versions there are.
    """
    found = []
    for directory in _directories(here=here):
        major = _major_of(directory)
        if major >= oldest:
            return Programs(directory, major)
        if major:
            found.append(f"{major} in {directory}")
    there = ", ".join(found) or "none"
    raise BackupError(
        f"pg_dump, pg_restore and psql of PostgreSQL {oldest} or newer are needed, and there is"
        f" {there}: install postgresql-client-{oldest}"
    )


def _directories(*, here: bool) -> Iterator[Path]:
    own = list(_own())
    system = [Path(found).parent] if (found := shutil.which("pg_dump")) else []
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    yield from [*own, *system, *versions] if here else [*system, *versions, *own]


def _own() -> Iterator[Path]:
    try:
        yield find_postgres().path / "bin"
    except EmbeddedError:
        return


def _major_of(directory: Path) -> int:
    """The major version of the programs there; 0 where one is missing or does not run."""
    if not all(os.access(directory / name, os.X_OK) for name in _NEEDED):
        return 0
    told = subprocess.run([directory / "pg_dump", "--version"], capture_output=True, text=True)
    match = _VERSION.search(told.stdout)
    return int(match[1]) if match else 0


async def start(
    command: Sequence[str], server: Server | None = None, *, stdin: int = DEVNULL
) -> Process:
    """Start one of the programs. It ends with this process, whatever ends that."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
        env=server.environment if server else os.environ | {"LC_ALL": "C"},
        preexec_fn=die_with_parent(signal.SIGKILL),
        limit=1024 * 1024,
    )


async def end(process: Process) -> None:
    """End a program that is not to go on."""
    if process.returncode is None:
        process.kill()
    await process.wait()


def complaint(name: str, said: bytes) -> BackupError:
    """What a program that failed said, in one line."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    first = next((line for line in lines if re.search(r"error|fatal", line, re.I)), None)
    why = first or (lines[-1] if lines else "it did not say why")
    return BackupError(f"{name}: {_PLACE.sub('', why.strip())}")
