"""`run.py` as a person on a bare machine meets it: embedded servers, commands, clear refusals."""

import asyncio
import os
import signal
import socket
import subprocess
import uuid
from pathlib import Path

import aiohttp
import pytest

from tests.support.live import Live
from tests.support.product import python_for_anyone, ready_url, start_process, stop_process

PATIENCE_S = 60


def command(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of run.py to its end."""
    process = start_process(*arguments, **settings)
    output, _ = process.communicate(timeout=PATIENCE_S)
    return subprocess.CompletedProcess(arguments, process.returncode, output)


def servers_of(folder: Path) -> list[str]:
    """The command lines of database servers that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            cwd = str((entry / "cwd").readlink())
        except OSError:
            continue
        if ("postgres" in line or "valkey" in line) and str(folder) in line + cwd:
            found.append(line)
    return found


def pids_of(folder: Path) -> list[int]:
    """The main processes of the servers that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().split(b"\0")
            cwd = str((entry / "cwd").readlink())
        except OSError:
            continue
        if str(folder) in cwd and Path(line[0].decode()).name in ("postgres", "valkey-server"):
            found.append(int(entry.name))
    return found


async def sign_up(url: str, username: str) -> str:
    """A new account by the API; its access token."""
    body = {"email": f"{username}@example.org", "password": "a long one", "username": username}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{url}/api/auth/signup", json=body) as response:
            assert response.status == 201, await response.text()
            token: str = (await response.json())["access_token"]
            return token


async def test_it_serves_from_an_empty_folder_and_survives_kill_9_to_the_second(
    folder: Path,
) -> None:
    """A timer that ran when everything was killed runs on after the restart, and nothing that
    was acknowledged is lost; no server process outlives its parent."""
    process = start_process(DATA_DIR=str(folder / "data"))
    try:
        url = await asyncio.to_thread(ready_url, process)
        token = await sign_up(url, "ada")
        live = await Live.open(url, token)
        started = await live.command("timer:start", description="before the crash")
        process.kill()
        process.wait()
        await asyncio.to_thread(_until_gone, folder)
        process = start_process(DATA_DIR=str(folder / "data"))
        url = await asyncio.to_thread(ready_url, process)
        again = await Live.open(url, token)
        assert again.events[0][1]["entry"] == started["entry"]
        await again.close()
    finally:
        stop_process(process)
    assert servers_of(folder) == []


def _until_gone(folder: Path) -> None:
    """Wait until the kernel has taken the servers of a killed parent along."""
    for _ in range(200):
        if not servers_of(folder):
            return
        signal.sigtimedwait([], 0.05)
    raise AssertionError(f"left running: {servers_of(folder)}")


async def test_a_second_one_on_the_same_folder_refuses_clearly(folder: Path) -> None:
    data = str(folder / "data")
    process = start_process(DATA_DIR=data)
    try:
        await asyncio.to_thread(ready_url, process)
        second = await asyncio.to_thread(command, DATA_DIR=data)
    finally:
        stop_process(process)
    assert second.returncode == 2
    assert second.stdout.count("\n") == 1
    assert data in second.stdout
    assert str(process.pid) in second.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_a_normal_user_can_run_it(folder: Path) -> None:
    """The same, not as root."""
    found = python_for_anyone(folder)
    if found is None:
        pytest.skip("there is no interpreter that another user may run")
    python, variables = found
    data = folder / "data"
    data.mkdir()
    os.chown(data, 65534, 65534)
    process = start_process(python=python, user="nobody", DATA_DIR=str(data), **variables)
    try:
        url = await asyncio.to_thread(ready_url, process)
        await sign_up(url, "ada")
        owner = Path(f"/proc/{process.pid}").stat().st_uid
    finally:
        stop_process(process)
    assert owner == 65534


async def test_createadmin_migrate_and_demo_do_what_they_say(folder: Path) -> None:
    data = str(folder / "data")
    migrated = await asyncio.to_thread(command, "migrate", DATA_DIR=data)
    assert "0001_accounts.sql" in migrated.stdout
    again = await asyncio.to_thread(command, "migrate", DATA_DIR=data)
    assert again.stdout == "The database is up to date.\n"

    def admin(**settings: str) -> subprocess.CompletedProcess[str]:
        return command(
            "createadmin", "--email", "root@example.org", "--username", "root", **settings
        )

    refused = await asyncio.to_thread(admin, DATA_DIR=data)
    assert (refused.returncode, refused.stdout.count("ADMIN_PASSWORD")) == (2, 1)
    made = await asyncio.to_thread(admin, DATA_DIR=data, ADMIN_PASSWORD="long enough")
    assert made.stdout == "root is an administrator now.\n"
    twice = await asyncio.to_thread(admin, DATA_DIR=data, ADMIN_PASSWORD="long enough")
    assert twice.returncode == 2
    assert "e-mail" in twice.stdout

    filled = await asyncio.to_thread(command, "demo", "--weeks", "1", DATA_DIR=data)
    assert filled.returncode == 0, filled.stdout
    process = start_process(DATA_DIR=data)
    try:
        url = await asyncio.to_thread(ready_url, process)
        await _look_at_the_demo(url)
    finally:
        stop_process(process)


async def _look_at_the_demo(url: str) -> None:
    body = {"email": "ada@demo.example", "password": "focushub-demo"}
    async with aiohttp.ClientSession(url) as http:
        async with http.post("/api/auth/login", json=body) as response:
            token = (await response.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get("/api/projects", headers=headers) as response:
            projects = await response.json()
        async with http.get("/api/time-entries?limit=200", headers=headers) as response:
            entries = await response.json()
    assert {len(project["members"]) for project in projects} == {6}
    assert len(entries) > 5
    assert [entry["ended_at"] for entry in entries].count(None) == 1


async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(folder: Path) -> None:
    for name, value in (
        ("PORT", "many"),
        ("JWT_SECRET", "short"),
        ("DATABASE_URL", "postgresql://localhost/x?colour=red"),
        ("LOG_FORMAT", "xml"),
        ("FRONTEND_URL", "not an address"),
    ):
        settings = {"DATA_DIR": str(folder / "data"), name: value}
        refused = await asyncio.to_thread(lambda given=settings: command(**given))
        assert refused.returncode == 2, name
        assert refused.stdout.count("\n") == 1
        assert name in refused.stdout
        assert value not in refused.stdout.replace(name, "")


async def test_embedded_servers_that_die_are_started_again(folder: Path) -> None:
    """Connections stay; commands are `unavailable` for a moment and then go on."""
    process = start_process(DATA_DIR=str(folder / "data"))
    try:
        url = await asyncio.to_thread(ready_url, process)
        live = await Live.open(url, await sign_up(url, "ada"))
        started = await live.command("timer:start", description="before")
        for pid in pids_of(folder):
            os.kill(pid, signal.SIGKILL)
        stop = {"command_id": str(uuid.uuid4())}
        async with asyncio.timeout(PATIENCE_S):
            while not (ack := await live.send("timer:stop", stop))["ok"]:
                assert ack["error"]["code"] == "unavailable"
        assert ack["data"]["entry_id"] == started["entry_id"]
        await live.expect("timer:stopped")
        await live.close()
    finally:
        stop_process(process)


async def test_an_address_that_is_taken_stops_the_start_with_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = await asyncio.to_thread(lambda: command(DATA_DIR=str(folder / "data"), PORT=port))
    assert refused.returncode == 2
    assert refused.stdout.startswith("focushub: HOST, PORT: cannot listen on 127.0.0.1:")
    assert refused.stdout.count("\n") == 1


async def test_sigterm_ends_it_cleanly_and_tells_its_clients(folder: Path) -> None:
    process = start_process(DATA_DIR=str(folder / "data"))
    url = await asyncio.to_thread(ready_url, process)
    live = await Live.open(url, await sign_up(url, "ada"))
    process.send_signal(signal.SIGTERM)
    closing = await live.expect("connection:closing")
    assert (closing["code"], closing["reconnect"]) == ("draining", True)
    assert await asyncio.to_thread(stop_process, process) == 0
    assert servers_of(folder) == []


async def test_several_workers_serve_one_port_and_end_with_their_supervisor(
    folder: Path,
) -> None:
    """A worker that is killed is started again; the timers go on."""
    process = start_process("--workers", "2", DATA_DIR=str(folder / "data"))
    try:
        url = await asyncio.to_thread(ready_url, process)
        token = await sign_up(url, "ada")
        phone, desk = await Live.open(url, token), await Live.open(url, token)
        await phone.command("timer:start")
        await desk.expect("timer:started")
        workers = children_of(process.pid)
        os.kill(workers[0], signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            while len(set(children_of(process.pid)) - {workers[0]}) < len(workers):
                await asyncio.sleep(0.05)
            for _ in range(8):  # whom the new one gets waits until it is ready
                async with aiohttp.ClientSession(url) as http, http.get("/healthz") as answer:
                    assert answer.status == 200
        again = await Live.open(url, token)
        assert again.events[0][1]["entry"] is not None
    finally:
        stop_process(process)
    assert servers_of(folder) == []


def children_of(pid: int) -> list[int]:
    """The workers of a supervisor."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == pid and b"run.py" in line:
            found.append(int(entry.name))
    return found
