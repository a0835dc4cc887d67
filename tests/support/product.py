"""The product as tests meet it: a real `run.py` process, and people who use it."""

import asyncio
import itertools
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from handlers.actions.identity import Revoked, Tokens
from storage.logins import insert_login
from storage.users import NewUser, insert_user
from tests.support import schemas
from tests.support.folders import data_folder
from tests.support.live import Live

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a secret that only the tests know, of more than 32 characters"
# The hash of PASSWORD at the lowest cost, so that making people for tests takes no time.
PASSWORD = "correct horse battery"
PASSWORD_HASH = "$2b$04$9Ffqc6QG0uhXX1CO4H2h8OvG.oL2HmoVGIof22hvLLm0VgM.ILOQC"

_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody who is signed in: calls the API with a bearer token, opens live connections."""

    product: "Product"
    id: int
    username: str
    email: str
    token: str
    login_id: int
    _open: list[Live] = field(default_factory=list)

    async def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """(status, decoded body) of a call below /api."""
        status, answer, _ = await self.call_with_headers(method, path, body, **headers)
        return status, answer

    async def call_with_headers(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Any]:
        """(status, decoded body, headers) of a call below /api; If_Match stands for If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.token}")
        return await self.product.request(method, f"/api{path}", body, sent)

    async def get(self, path: str) -> Any:
        """The decoded body of a GET that must succeed."""
        return await self.done("GET", path)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The decoded body of a POST that must succeed."""
        return await self.done("POST", path, body, **headers)

    async def done(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The decoded body of a call that must succeed."""
        status, answer = await self.call(method, path, body, **headers)
        assert 200 <= status < 300, f"{method} {path}: {status} {answer}"
        return answer

    async def connect(self, **options: Any) -> Live:
        """A live connection with the stock Python client; closed with the product's `people`."""
        live = await Live.open(self.product.url, self.token, **options)
        self._open.append(live)
        return live

    async def project(self, name: str = "Atlas", **fields: Any) -> int:
        """A new project of this person's; its id."""
        made = await self.post("/projects", {"name": name, **fields})
        project_id: int = made["project_id"]
        return project_id

    async def close(self) -> None:
        for live in self._open:
            await live.close()


@dataclass
class Product:
    """A server under test: its address, its database, and the process if it has its own."""

    url: str
    database_url: str
    redis_url: str
    http: aiohttp.ClientSession
    process: "subprocess.Popen[str] | None" = None
    people: list[Person] = field(default_factory=list)

    async def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        """(status, decoded body, headers) of any request; `body` is JSON, or bytes as they are."""
        options: dict[str, Any] = {"headers": headers or {}}
        if isinstance(body, bytes):
            options["data"] = body
        elif body is not None:
            options["json"] = body
        async with self.http.request(method, self.url + path, **options) as response:
            raw = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            answer = (await response.json(content_type=None)) if is_json and raw else raw.decode()
            schemas.check_answer(method, path, response.status, answer)
            return response.status, answer, response.headers

    async def person(self, username: str | None = None, **fields: Any) -> Person:
        """A new person, put straight into the database and signed in there."""
        number = next(_numbers)
        name = f"{username or 'user'}{number}.{os.getpid()}"
        connection = await asyncpg.connect(self.database_url)
        try:
            user = await insert_user(
                connection,
                NewUser(
                    email=f"{name}@example.org",
                    username=name,
                    name=fields.pop("name", ""),
                    password_hash=PASSWORD_HASH,
                    timezone=fields.pop("timezone", "UTC"),
                    role=fields.pop("role", "user"),
                ),
            )
            until = datetime.now(UTC) + timedelta(days=1)
            login_id = await insert_login(connection, user.id, "tests", "127.0.0.1", until)
        finally:
            await connection.close()
        token = self.token_for(user.id, login_id, user.role)
        person = Person(self, user.id, user.username, user.email, token, login_id)
        self.people.append(person)
        return person

    def token_for(
        self, user_id: int, login_id: int, role: Any = "user", lifetime_s: float = 900
    ) -> str:
        """An access token as the server would sign it."""
        lifetime = timedelta(seconds=lifetime_s)
        return Tokens(SECRET, lifetime, Revoked(lifetime)).issue(user_id, login_id, role)

    def kill(self) -> None:
        """kill -9 of the server's process, whose end is awaited."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a server under test: nothing of the caller's own settings."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "PYTEST_VERSION")}
    usual = {"HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "warning", "DRAIN_PAUSE_SECONDS": "0"}
    return kept | usual | changes


def start_process(
    *arguments: str,
    cwd: Path = ROOT,
    user: str | None = None,
    python: str = sys.executable,
    script: Path = ROOT / "run.py",
    **changes: str,
) -> "subprocess.Popen[str]":
    """Start `run.py`, perhaps as another user; its output is read by `ready_url`."""
    return subprocess.Popen(
        [python, str(script), *arguments],
        env=environment(**changes),
        cwd=cwd,
        user=user,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def python_for_anyone(folder: Path) -> tuple[str, dict[str, str]] | None:
    """(interpreter, environment) that any user may run with the packages of this one.

    The tests' own interpreter may lie in a private home; then a system's one of the same version
    takes its packages. None where there is neither.
    """
    packages = sysconfig.get_path("purelib")
    if not all(_may_be_entered(Path(path)) for path in (packages, str(ROOT))):
        return None
    if _may_be_entered(Path(sys.executable).resolve()):
        return sys.executable, {}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for place in ("/usr/bin", "/usr/local/bin"):
        candidate = Path(place) / version
        if candidate.exists() and _may_be_entered(candidate.resolve()):
            return str(candidate), {"PYTHONPATH": f"{packages}:{_backports(folder)}"}
    return None


def _backports(folder: Path) -> Path:
    """What an older release of the same version of Python needs besides this one's packages."""
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--only-binary", ":all:",
         "--target", str(folder / "backports"), "async-timeout==5.0.1"],
        check=True,
    )  # fmt: skip
    for path in (folder / "backports").rglob("*"):
        path.chmod(path.stat().st_mode | 0o555)
    return folder / "backports"


def _may_be_entered(path: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (path, *path.parents))


def ready_url(process: "subprocess.Popen[str]") -> str:
    """The address that the process prints when it serves; fails with what it printed instead."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if match := re.search(r"ready at http://\S+:(\d+)", line):
            return f"http://127.0.0.1:{match[1]}"
    raise AssertionError("the server did not start:\n" + "".join(printed))


def stop_process(process: "subprocess.Popen[str]") -> int:
    """SIGTERM, and the exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(5)
    finally:
        if process.stdout is not None:
            process.stdout.close()


@asynccontextmanager
async def serving(
    database_url: str, redis_url: str, *arguments: str, **changes: str
) -> AsyncIterator[Product]:
    """A `run.py` process on these servers, and a client for it."""
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "JWT_SECRET": SECRET,
        "RATE_LIMITS": "off",
        "DATA_DIR": str(data_folder()),
    } | changes
    process = start_process(*arguments, **given)
    try:
        url = await asyncio.to_thread(ready_url, process)
        async with aiohttp.ClientSession() as http:
            product = Product(url, database_url, redis_url, http, process)
            try:
                yield product
            finally:
                for person in product.people:
                    await person.close()
    finally:
        await asyncio.to_thread(stop_process, process)
