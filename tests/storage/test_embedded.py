"""The embedded servers, with real processes: they start, survive kills, and leave nobody behind."""

import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest
import redis.asyncio as redis

from storage.embedded import DataDirInUse, Embedded, EmbeddedError, processes
from storage.embedded.binaries import find_postgres, find_valkey
from storage.embedded.postgres import Postgres
from storage.embedded.valkey import Valkey

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and PDEATHSIG")

# A process that owns the servers of argv[1] until its standard input ends.
OWNER = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from storage.embedded import Embedded, EmbeddedError
servers = Embedded(Path(sys.argv[1]))
try:
    servers.start()
except EmbeddedError as error:
    sys.exit(f"{type(error).__name__}: {error}")
keys = ("database_url", "redis_url")
told = {key: getattr(servers, key) for key in keys} | {"data_dir": str(servers.data_dir)}
print(json.dumps(told), flush=True)
sys.stdin.read()
servers.stop()
"""


@dataclass
class Owner:
    """Another process with servers of its own, and what it said of them."""

    process: subprocess.Popen[str]
    database_url: str
    redis_url: str
    data_dir: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE_S)

    def stop(self) -> None:
        self.process.communicate("", timeout=PATIENCE_S)


def open_owner(
    data_dir: Path, python: str = sys.executable, **options: Any
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-c", OWNER, str(data_dir), str(ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        **options,
    )


def start_owner(data_dir: Path, **options: Any) -> Owner:
    process = open_owner(data_dir, **options)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(process.communicate(timeout=PATIENCE_S)[1])
    told = json.loads(line)
    return Owner(process, told["database_url"], told["redis_url"], Path(told["data_dir"]))


def refusal_of(data_dir: Path, **options: Any) -> str:
    """What a process says that cannot start its servers."""
    process = open_owner(data_dir, **options)
    _, said = process.communicate("", timeout=PATIENCE_S)
    assert process.returncode == 1
    return said


def servers_of(directory: Path) -> list[int]:
    """The pids of all living server processes that mention `directory` or work below it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "comm").read_text().strip() not in ("postgres", "initdb", "valkey-server"):
                continue
            known = (entry / "cmdline").read_bytes()
            # Children of PostgreSQL's do not name it. In a container root may not see it either.
            with contextlib.suppress(PermissionError):
                known += os.fsencode(os.readlink(entry / "cwd"))
            if os.fsencode(directory) in known:
                found.append(int(entry.name))
    return found


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"not in {PATIENCE_S:.0f} s: {what}"
        time.sleep(0.005)


def until_nobody_serves(directory: Path) -> None:
    until(lambda: not servers_of(directory), f"no server works in {directory}")


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory that every account may pass through, as root's `tmp_path` is not.

    Nobody may work in it when the test has ended.
    """
    path = Path(tempfile.mkdtemp(prefix="embedded-", dir="/tmp")).resolve()
    path.chmod(0o711)
    try:
        yield path
        assert servers_of(path) == []
    finally:
        for pid in servers_of(path):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(path)


@pytest.fixture
def data_dir(home: Path) -> Path:
    return home / "data"


@contextlib.contextmanager
def running(data_dir: Path, **options: Any) -> Iterator[Embedded]:
    servers = Embedded(data_dir, **options)
    servers.start()
    try:
        yield servers
    finally:
        servers.stop()


async def remember(servers: Embedded | Owner, word: str) -> None:
    """Commit `word` in PostgreSQL, and write it to Valkey's file."""
    connection = await asyncpg.connect(servers.database_url)
    await connection.execute("create table if not exists words (word text)")
    await connection.execute("insert into words values ($1)", word)
    await connection.close()
    client = redis.from_url(servers.redis_url)
    await client.rpush("words", word)
    # Waits for the file, which is otherwise synced every second.
    assert await client.waitaof(1, 0, 5000) == [1, 0]
    await client.aclose()


async def remembered(servers: Embedded | Owner) -> tuple[list[str], list[str]]:
    connection = await asyncpg.connect(servers.database_url)
    rows = await connection.fetch("select word from words order by word")
    await connection.close()
    client = redis.from_url(servers.redis_url, decode_responses=True)
    words = await client.lrange("words", 0, -1)
    await client.aclose()
    return [row["word"] for row in rows], sorted(map(str, words))


async def test_data_survive_a_clean_stop(data_dir: Path) -> None:
    with running(data_dir) as cold:
        assert {"start", "initdb", "postgres", "valkey"} == cold.timings.keys()
        await remember(cold, "kept")
    assert "stop" in cold.timings
    with running(data_dir) as warm:
        assert "initdb" not in warm.timings
        assert await remembered(warm) == (["kept"], ["kept"])


async def test_the_servers_are_set_up_for_durability_and_privacy(data_dir: Path) -> None:
    with running(data_dir, valkey_maxmemory_bytes=123_456_789) as servers:
        connection = await asyncpg.connect(servers.database_url)
        shown = {
            name: await connection.fetchval(f"show {name}")
            for name in ("fsync", "synchronous_commit", "listen_addresses", "timezone")
        }
        assert await connection.fetchval("select lower('ÀÉŁ')") == "àéł"
        await connection.close()
        client = redis.from_url(servers.redis_url, decode_responses=True)
        told = await client.config_get("appendonly", "appendfsync", "maxmemory*", "port")
        await client.aclose()
        modes = {
            path.name: path.stat().st_mode & 0o777
            for path in servers.data_dir.iterdir()
            if path.name in ("run", "pg18", "valkey", "postgres.password", "postgres.log")
        }
    assert shown == {
        "fsync": "on", "synchronous_commit": "on", "listen_addresses": "", "timezone": "UTC",
    }  # fmt: skip
    assert told["appendonly"] == "yes"
    assert told["appendfsync"] == "everysec"
    assert told["maxmemory"] == "123456789"
    assert told["maxmemory-policy"] == "noeviction"
    assert told["port"] == "0"
    assert modes == {
        "run": 0o700, "pg18": 0o700, "valkey": 0o700,
        "postgres.password": 0o600, "postgres.log": 0o600,
    }  # fmt: skip


async def test_a_server_that_was_killed_is_launched_again(data_dir: Path) -> None:
    with running(data_dir) as servers:
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute("create table kept as select 1 as n")
        await connection.close()
        assert servers.revive() == []
        for pid in servers_of(data_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        until(lambda: sorted(servers.alive()) == ["postgres", "valkey"], "both have died")
        # Children of the killed one may keep it from starting at once, so it is tried again.
        for _ in range(100):
            servers.revive()
            try:
                connection = await asyncpg.connect(servers.database_url)
                break
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)
        assert await connection.fetchval("select n from kept") == 1
        await connection.close()


async def test_postgres_asks_for_the_password(data_dir: Path) -> None:
    with running(data_dir, valkey=False, durable=False) as servers:
        before, _, after = servers.database_url.partition("@")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(before[:-1] + "@" + after)


async def test_an_empty_directory_may_be_there(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    with running(data_dir, durable=False) as servers:
        assert servers.data_dir == data_dir
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("select 1") == 1
        await connection.close()


@pytest.mark.parametrize(
    "name",
    ["with some spaces", "a,comma and 100% ünïcode", "/".join(["long" * 10] * 5)],
    ids=["spaces", "comma", "long"],
)
async def test_any_path_will_do(home: Path, name: str) -> None:
    with running(home / name) as servers:
        await remember(servers, "here")
        assert await remembered(servers) == (["here"], ["here"])
    assert (home / name / "pg18").is_dir()
    sockets = Path(unquote(urlsplit(servers.redis_url).path)).parent
    assert sockets.is_relative_to(home) == sockets.exists()


async def test_one_server_alone_starts_without_the_other(data_dir: Path) -> None:
    with running(data_dir, postgres=False) as servers:
        assert servers.database_url == ""
        client = redis.from_url(servers.redis_url)
        assert await client.ping()
        await client.aclose()
    assert not (data_dir / "pg18").exists()


@only_linux
async def test_killing_the_parent_takes_the_servers_along_and_loses_nothing(data_dir: Path) -> None:
    owner = start_owner(data_dir)
    await remember(owner, "acknowledged")
    assert servers_of(data_dir)
    owner.kill()
    until_nobody_serves(data_dir)
    with running(data_dir) as servers:
        assert await remembered(servers) == (["acknowledged"], ["acknowledged"])


@only_linux
async def test_a_start_right_after_a_kill_waits_for_the_dying_servers(data_dir: Path) -> None:
    for word in ("a", "b", "c"):
        owner = start_owner(data_dir)
        await remember(owner, word)
        owner.kill()
    with running(data_dir) as servers:
        assert await remembered(servers) == (["a", "b", "c"], ["a", "b", "c"])


@only_linux
async def test_killing_everybody_at_once_loses_nothing(data_dir: Path) -> None:
    owner = start_owner(data_dir)
    await remember(owner, "acknowledged")
    # Its process is too busy to notice that the others are gone: the next start must end it.
    connection = await asyncpg.connect(owner.database_url)
    busy = asyncio.ensure_future(connection.execute("do $$ begin loop end loop; end $$"))
    await _until_at_work(owner, connection.get_server_pid())
    for pid in (_postmaster(data_dir), *_valkeys(data_dir), owner.process.pid):
        os.kill(pid, signal.SIGKILL)
    owner.process.communicate(timeout=PATIENCE_S)
    with running(data_dir) as servers:
        assert await remembered(servers) == (["acknowledged"], ["acknowledged"])
        assert not servers.alive()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await busy
    connection.terminate()


async def _until_at_work(owner: Owner, pid: int) -> None:
    connection = await asyncpg.connect(owner.database_url)
    asked = "select state = 'active' from pg_stat_activity where pid = $1"
    async with asyncio.timeout(PATIENCE_S):
        while not await connection.fetchval(asked, pid):
            pass
    await connection.close()


def _postmaster(data_dir: Path) -> int:
    return int((data_dir / "pg18/postmaster.pid").read_text().split()[0])


def _valkeys(data_dir: Path) -> list[int]:
    return [
        pid
        for pid in servers_of(data_dir)
        if b"valkey-server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


@only_linux
def test_a_kill_during_the_first_start_leaves_no_half_made_database(data_dir: Path) -> None:
    process = open_owner(data_dir)
    until(lambda: list(data_dir.glob(".initdb-*/PG_VERSION")), "initdb is at work")
    process.kill()
    process.communicate(timeout=PATIENCE_S)
    assert not (data_dir / "pg18").exists()
    with running(data_dir) as servers:
        assert servers.alive() == []
    assert not list(data_dir.glob(".initdb-*"))


@only_linux
@pytest.mark.parametrize("name", ["data", "my data"])
async def test_servers_that_outlived_their_parent_are_stopped_first(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a system whose kernel does not tell children of their parent's death."""
    data_dir = home / name
    with running(data_dir) as servers:
        await remember(servers, "kept")
    pg, valkey = data_dir / "pg18", data_dir / "valkey"
    sockets = data_dir / "run"
    orphans = [
        _as_owner_of(
            pg,
            *(find_postgres().path / "bin/postgres", "-D", pg),
            *("-c", "listen_addresses=", "-c", f"unix_socket_directories={sockets}"),
        ),
        _as_owner_of(
            valkey,
            *(find_valkey(), "--port", "0", "--dir", valkey, "--appendonly", "yes"),
            *("--unixsocket", sockets / "valkey.sock", "--set-proc-title", "no"),
        ),
    ]
    until(
        lambda: (pg / "postmaster.pid").exists() and (sockets / "valkey.sock").exists(),
        "the orphans are at work",
    )
    expected = {orphans[0].pid: signal.SIGINT, orphans[1].pid: signal.SIGTERM}
    assert expected.items() <= processes.servers_in([pg, valkey], "none").items()
    # Where there is no /proc, `ps` tells as much.
    monkeypatch.setattr(processes, "_ON_LINUX", False)
    assert expected.items() <= processes.servers_in([pg, valkey], "none").items()
    with running(data_dir) as servers:
        assert servers.timings["leftovers"] > 0
        assert [orphan.poll() for orphan in orphans] == [0, 0]
        assert await remembered(servers) == (["kept"], ["kept"])


def _as_owner_of(directory: Path, *command: str | Path) -> subprocess.Popen[bytes]:
    found = directory.stat()
    root = os.geteuid() == 0
    return subprocess.Popen(
        list(command),
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=found.st_uid if root else None,
        group=found.st_gid if root else None,
    )


def test_a_second_start_is_refused_with_the_pid_of_the_first(data_dir: Path) -> None:
    owner = start_owner(data_dir)
    with pytest.raises(DataDirInUse) as refused:
        Embedded(data_dir).start()
    said = str(refused.value)
    assert str(data_dir) in said
    assert f"process {owner.process.pid}" in said
    assert "\n" not in said
    assert refusal_of(data_dir).startswith("DataDirInUse: ")
    owner.stop()
    with running(data_dir) as servers:
        assert servers.alive() == []
        with pytest.raises(DataDirInUse, match=f"process {os.getpid()}$"):
            Embedded(data_dir).start()


@only_linux
@pytest.mark.parametrize("kind", ["stranger", "zombie"])
async def test_the_pid_of_somebody_else_in_a_stale_file_does_no_harm(
    data_dir: Path, kind: str
) -> None:
    """In a container pids begin at 1 again, so that a stale file names the next best process."""
    owner = start_owner(data_dir)
    await remember(owner, "kept")
    stale = {path: path.read_text() for path in _lock_files(data_dir)}
    owner.kill()
    until_nobody_serves(data_dir)
    seconds = "60" if kind == "stranger" else "0"
    other = subprocess.Popen(["sleep", seconds])
    if kind == "zombie":
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    for path, text in stale.items():
        path.write_text(f"{other.pid}\n" + text.partition("\n")[2])
    try:
        with running(data_dir) as servers:
            assert await remembered(servers) == (["kept"], ["kept"])
        assert other.poll() == (None if kind == "stranger" else 0)
    finally:
        other.kill()
        other.wait()


def _lock_files(data_dir: Path) -> list[Path]:
    return [data_dir / "pg18/postmaster.pid", data_dir / "run/.s.PGSQL.5432.lock"]


@only_linux
def test_a_server_that_died_is_named(data_dir: Path) -> None:
    with running(data_dir, durable=False) as servers:
        assert servers.alive() == []
        for pid in _valkeys(data_dir):
            os.kill(pid, signal.SIGKILL)
        until(lambda: servers.alive() == ["valkey"], "valkey is missed")
        os.kill(_postmaster(data_dir), signal.SIGKILL)
        until(lambda: servers.alive() == ["valkey", "postgres"], "postgres is missed")
    assert servers.alive() == []


@only_linux
def test_stopping_servers_that_do_not_listen_leaves_nobody(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = ((signal.SIGTERM, 0.1), (signal.SIGKILL, 5.0))
    monkeypatch.setattr(Postgres, "stop_steps", impatient)
    monkeypatch.setattr(Valkey, "stop_steps", impatient)
    with running(data_dir):
        for pid in (_postmaster(data_dir), *_valkeys(data_dir)):
            os.kill(pid, signal.SIGSTOP)
    assert servers_of(data_dir) == []


def test_stop_may_be_called_at_any_time_and_again(data_dir: Path) -> None:
    servers = Embedded(data_dir, durable=False)
    servers.stop()
    servers.start()
    servers.stop()
    servers.stop()
    servers.start()
    assert servers.alive() == []
    with pytest.raises(RuntimeError):
        servers.start()
    assert servers.alive() == []
    servers.stop()


@only_linux
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_worker_does_not_stop_its_parents_servers(data_dir: Path) -> None:
    with running(data_dir, durable=False) as servers:
        worker = os.fork()
        if worker == 0:
            servers.stop()
            os._exit(0)
        assert os.waitpid(worker, 0)[1] == 0
        assert servers.alive() == []


def test_start_is_refused_outside_the_main_thread(data_dir: Path) -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            Embedded(data_dir).start()
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(PATIENCE_S)
    assert len(caught) == 1
    assert not data_dir.exists()


def test_a_server_that_refuses_to_start_is_quoted(data_dir: Path) -> None:
    with running(data_dir, durable=False):
        pass
    settings = data_dir / "pg18/postgresql.conf"
    before = settings.read_text()
    settings.write_text(f"{before}\nno_such_setting = 1\n")
    servers = Embedded(data_dir, durable=False)
    with pytest.raises(EmbeddedError, match="no_such_setting") as refused:
        servers.start()
    assert str(refused.value).splitlines()[0].startswith("postgres did not start")
    assert servers_of(data_dir) == []
    settings.write_text(before)
    servers.start()
    servers.stop()


def test_data_of_an_older_postgres_are_not_hidden_behind_an_empty_database(data_dir: Path) -> None:
    (data_dir / "pg15").mkdir(parents=True)
    (data_dir / "pg15/PG_VERSION").write_text("15\n")
    with pytest.raises(EmbeddedError, match=r"pg15 was made by PostgreSQL 15, but this is \d+"):
        Embedded(data_dir, valkey=False).start()


@pytest.mark.parametrize("name", ["EMBEDDED_PG_HOME", "EMBEDDED_VALKEY"])
def test_programs_named_by_the_environment_must_be_there(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(data_dir / "nowhere"))
    with pytest.raises(EmbeddedError, match=f"^{name}=.*nowhere"):
        Embedded(data_dir).start()


def test_a_directory_that_cannot_be_made_is_an_error_of_one_line(home: Path) -> None:
    (home / "file").write_text("")
    with pytest.raises(EmbeddedError, match=r"^the servers cannot run in .*\Z"):
        Embedded(home / "file/data").start()


@only_root
async def test_a_normal_user_runs_the_servers_as_themselves(home: Path, data_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    options = _as_user(nobody.pw_uid, nobody.pw_gid)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    owner = start_owner(data_dir, **options)
    await remember(owner, "theirs")
    owners = {Path(f"/proc/{pid}").stat().st_uid for pid in servers_of(data_dir)}
    assert owners == {nobody.pw_uid}
    owner.stop()
    # Root takes the data as they are and as their owner, who can use them afterwards.
    with running(data_dir) as servers:
        assert await remembered(servers) == (["theirs"], ["theirs"])
    owner = start_owner(data_dir, **options)
    assert await remembered(owner) == (["theirs"], ["theirs"])
    owner.stop()


@only_root
def test_a_user_without_a_passwd_entry_is_told_so(home: Path, data_dir: Path) -> None:
    home.chmod(0o777)
    said = refusal_of(data_dir, **_as_user(54321, 54321))
    assert "the user id 54321 has no passwd entry" in said


def _as_user(uid: int, gid: int) -> dict[str, Any]:
    """Options for an owner that is this user. Skips when they can run no Python of this version."""
    packages = sysconfig.get_path("purelib")
    options: dict[str, Any] = {
        "user": uid,
        "group": gid,
        "extra_groups": [],
        "env": {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}:{packages}"},
    }
    # The interpreter may be root's alone, while the system has another of the same version.
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with contextlib.suppress(OSError):
            command = [python, "-c", "import storage.embedded"]
            if subprocess.run(command, cwd="/", capture_output=True, **options).returncode == 0:
                return {**options, "python": python}
    pytest.skip(f"the user id {uid} can run neither {sys.executable} nor the like")


@only_root
async def test_root_keeps_the_servers_of_a_closed_home_elsewhere(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    packages = _packages_in(closed)
    owner = start_owner(closed / "app/data", env={**os.environ, "PYTHONPATH": str(packages)})
    try:
        assert owner.data_dir.parent == Path("/var/lib/focushub")
        await remember(owner, "elsewhere")
        commands = [
            Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
            for pid in servers_of(owner.data_dir)
            if pid in (_postmaster(owner.data_dir), *_valkeys(owner.data_dir))
        ]
        assert len(commands) == 2
        assert all(os.fsencode(owner.data_dir / "runtime") in command for command in commands)
        assert closed.stat().st_mode & 0o777 == 0o700
        assert all(Path(f"/proc/{pid}").stat().st_uid for pid in servers_of(owner.data_dir))
        _, said = owner.process.communicate("", timeout=PATIENCE_S)
        assert said.count("\n") == 1
        assert str(owner.data_dir) in said
        assert servers_of(owner.data_dir) == []
    finally:
        owner.kill()
        shutil.rmtree(owner.data_dir)
        with contextlib.suppress(OSError):  # it has data of others
            owner.data_dir.parent.rmdir()


def _packages_in(closed: Path) -> Path:
    """The wheels with the servers, seen through a path that only root may follow."""
    packages = closed / "packages"
    packages.mkdir()
    for package in (find_postgres().path.parent, find_valkey().parents[2]):
        (packages / package.name).symlink_to(package)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            (packages / libraries.name).symlink_to(libraries)
    return packages
