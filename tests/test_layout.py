"""Who may import whom, and what stays where; docs/ARCHITECTURE.md, "Folders".

    run.py → server → handlers/{http,socket,jobs} → handlers/actions → storage → rooms

and no arrow the other way. `handlers/messages` stands above `rooms` alone, and every other part of
`handlers` may use it. The rules read the source and import nothing; each is a function from a
module to what is wrong with it, so that it can be shown a wrong one.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Each part, and the parts that it may import besides itself.
_BELOW_TRANSPORTS = {"handlers.actions", "handlers.messages", "storage", "rooms", "handlers"}
ARROWS = {
    "rooms": set(),
    "storage": {"rooms"},
    "handlers": set(),
    # Views are made from rows, so that a row and what clients see of it stand side by side.
    "handlers.messages": {"storage", "rooms", "handlers"},
    "handlers.actions": {"handlers.messages", "storage", "rooms", "handlers"},
    "handlers.http": _BELOW_TRANSPORTS,
    "handlers.socket": _BELOW_TRANSPORTS,
    "handlers.jobs": _BELOW_TRANSPORTS,
}
ARROWS["server"] = set(ARROWS)
ARROWS["run"] = set(ARROWS)
# They look at the product from outside, but start it as anybody would, by run.py.
ARROWS["benchmarks"] = ARROWS["docs"] = ARROWS["deploy"] = set(ARROWS) - {"server", "run"}

# What of the standard library neither waits, reads, writes, asks for the time nor throws dice.
PURE = set(
    """
    __future__ abc array base64 binascii bisect calendar collections contextlib copy csv dataclasses
    datetime decimal difflib enum fractions functools graphlib hashlib heapq html itertools json
    hmac keyword math numbers operator re statistics string struct textwrap types typing unicodedata
    zoneinfo
    """.split()
)
SQL = re.compile(
    r"""\s*(?:--[^\n]*\n\s*)*(?:
        select\s+(?:[*\d$]|.*\bfrom\s|[\w.]+\()
        | insert\s+into\s
        | update\s+[\w."]+\s+(?:(?:as\s+)?\w+\s+)?set\s
        | delete\s+from\s
        | with\s+(?:recursive\s+)?\w+\s*(?:\([\w\s,]*\))?\s+as\s+[\w\s]*\(
        | (?:create|alter|drop)\s+(?:unique\s+|temp\s+)?(?:table|index|type|view|schema|database)\s
        | truncate\s+(?:table\s+)?\w+$
        | lock\s+table\s
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Module:
    """A source file: `name` is dotted, as in an import; `part` is its key in ARROWS."""

    path: PurePosixPath
    tree: ast.Module

    @classmethod
    def of(cls, path: str, source: str) -> "Module":
        return cls(PurePosixPath(path), ast.parse(source, path))

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def part(self) -> str | None:
        return part_of(self.name)

    def imports(self) -> Iterator[str]:
        """The dotted names that it imports, wherever in it; `from a import b` is "a.b"."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from (alias.name for alias in names)
                case ast.ImportFrom(module=module, names=names, level=level):
                    base = ".".join(filter(None, [*self._package(level), module]))
                    yield from (f"{base}.{alias.name}" for alias in names)
                case ast.Call(
                    func=ast.Attribute(attr="import_module")
                    | ast.Name(id="import_module" | "__import__"),
                    args=[ast.Constant(value=str(imported)), *_],
                ):
                    yield imported

    def _package(self, level: int) -> tuple[str, ...]:
        return self.path.parts[: len(self.path.parts) - level] if level else ()


def part_of(name: str) -> str | None:
    """The longest key of ARROWS that `name` lies in; None for packages that are not ours."""
    first, *rest = name.split(".")
    inner = f"{first}.{rest[0]}" if rest else first
    return inner if inner in ARROWS else first if first in ARROWS or first == "tests" else None


Rule = Callable[[Module], Iterator[str]]


def arrows_run_down(module: Module) -> Iterator[str]:
    """A part imports only what is below it."""
    assert module.part is not None
    for imported in module.imports():
        part = part_of(imported)
        if part not in {None, module.part, *ARROWS[module.part]}:
            yield f"{module.part} imports {imported}"


def rooms_import_only_what_is_pure(module: Module) -> Iterator[str]:
    """No third-party package, and no I/O, clock or randomness of the standard library."""
    if module.part == "rooms":
        for imported in module.imports():
            if imported.split(".")[0] not in {"rooms", *PURE}:
                yield f"rooms imports {imported}"


def rooms_do_not_wait(module: Module) -> Iterator[str]:
    """Nothing in the domain is asynchronous."""
    if module.part == "rooms":
        for node in ast.walk(module.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                yield f"{type(node).__name__} in line {node.lineno}"


def rooms_do_not_look_outside(module: Module) -> Iterator[str]:
    """No clock, no file, no terminal: `now` is an argument."""
    if module.part != "rooms":
        return
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id="open" | "print" | "input" | "eval" | "exec" as called)):
                yield f"{called}() in line {node.lineno}"
            case ast.Attribute(
                value=ast.Name(id=owner) | ast.Attribute(attr=owner),
                attr="now" | "utcnow" | "today" as read,
            ) if owner.lower() in {"datetime", "date", "dt"}:
                yield f"{owner}.{read} in line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr="utcnow" | "today" as read)):
                yield f".{read}() in line {node.lineno}"


def actions_know_no_transport(module: Module) -> Iterator[str]:
    """Neither aiohttp nor Socket.IO, and so nothing below them."""
    if module.part in {"handlers.actions", "handlers.messages", "rooms"}:
        for imported in module.imports():
            if imported.split(".")[0] in {"aiohttp", "aiohttp_cors", "socketio", "engineio"}:
                yield f"{module.part} imports {imported}"


def sql_stays_in_storage(module: Module) -> Iterator[str]:
    """A guess from how a string begins; docstrings may say what they like."""
    if module.part in {"storage", "benchmarks", "docs", "deploy"}:
        return
    docstrings = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings and SQL.match(text):
                yield f"SQL in line {node.lineno}: {text.split()[:4]}"
            case ast.JoinedStr(values=values) if SQL.match("".join(map(text_of, values))):
                yield f"SQL in line {node.lineno}"


def text_of(part: ast.expr) -> str:
    """What a part of an f-string contributes, with a word for what is filled in."""
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "x"


def transports_open_no_transaction(module: Module) -> Iterator[str]:
    """A transaction belongs to an action."""
    if module.part in {"handlers.http", "handlers.socket"}:
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Attribute(attr="transaction")):
                    yield f".transaction() in line {node.lineno}"


RULES: list[Rule] = [
    arrows_run_down,
    rooms_import_only_what_is_pure,
    rooms_do_not_wait,
    rooms_do_not_look_outside,
    actions_know_no_transport,
    sql_stays_in_storage,
    transports_open_no_transaction,
]


def source_modules() -> Iterator[Module]:
    folders = {part.split(".")[0] for part in ARROWS} - {"run"}
    paths = [path for folder in sorted(folders) for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in [ROOT / "run.py", *paths]:
        if path.exists() and not {".venv", "node_modules"} & set(path.parts):
            yield Module.of(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_to_the_layout(rule: Rule) -> None:
    wrong = [f"{module.path}: {fault}" for module in source_modules() for fault in rule(module)]
    assert wrong == [], rule.__doc__


def test_every_pure_module_is_one_of_the_standard_library() -> None:
    assert PURE - sys.stdlib_module_names == set()


def test_handlers_have_no_parts_but_those_of_the_layout() -> None:
    """So that a new folder gets its arrows before it gets its imports."""
    folders = {f"handlers.{path.parent.name}" for path in ROOT.glob("handlers/*/__init__.py")}
    assert folders <= set(ARROWS)


# rule, where, and what must not stand there
WRONG = [
    (arrows_run_down, "rooms/timer.py", "from storage import entries"),
    (arrows_run_down, "rooms/rules/days.py", "from ...storage import entries"),
    (arrows_run_down, "rooms/timer.py", "import server"),
    (arrows_run_down, "storage/entries.py", "from handlers.messages.entries import StartTimer"),
    (arrows_run_down, "storage/entries.py", "import server.settings"),
    (arrows_run_down, "storage/entries.py", "def late():\n    from server import settings"),
    (arrows_run_down, "handlers/messages/entries.py", "from handlers.actions import timers"),
    (arrows_run_down, "handlers/actions/timers.py", "from handlers.http import answers"),
    (arrows_run_down, "handlers/actions/timers.py", "from handlers import socket"),
    (arrows_run_down, "handlers/actions/timers.py", "from ..jobs import effects"),
    (arrows_run_down, "handlers/actions/timers.py", "from .. import jobs"),
    (arrows_run_down, "handlers/http/entries.py", "from handlers.socket import table"),
    (arrows_run_down, "handlers/socket/table.py", "import handlers.http.entries"),
    (arrows_run_down, "handlers/jobs/effects.py", "from handlers.http import entries"),
    (arrows_run_down, "handlers/http/entries.py", "from server.settings import Settings"),
    (arrows_run_down, "handlers/jobs/loops.py", "importlib.import_module('server')"),
    (arrows_run_down, "handlers/__init__.py", "from handlers.http import entries"),
    (arrows_run_down, "server/application.py", "import run"),
    (arrows_run_down, "server/application.py", "from tests.clock import FakeClock"),
    (arrows_run_down, "benchmarks/load.py", "from server import application"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "import asyncio"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "import os.path"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "from time import monotonic"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "from random import random"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "import logging"),
    (rooms_import_only_what_is_pure, "rooms/timer.py", "import msgspec"),
    (rooms_do_not_wait, "rooms/timer.py", "async def decide(): ..."),
    (rooms_do_not_look_outside, "rooms/timer.py", "open('x')"),
    (rooms_do_not_look_outside, "rooms/timer.py", "from datetime import datetime\ndatetime.now()"),
    (rooms_do_not_look_outside, "rooms/timer.py", "import datetime as dt\ndt.datetime.utcnow()"),
    (rooms_do_not_look_outside, "rooms/timer.py", "field(default_factory=date.today)"),
    (actions_know_no_transport, "handlers/actions/timers.py", "from aiohttp import web"),
    (actions_know_no_transport, "handlers/actions/timers.py", "import socketio"),
    (actions_know_no_transport, "handlers/messages/timers.py", "import aiohttp.web"),
    (sql_stays_in_storage, "handlers/actions/timers.py", "x = 'select id from users'"),
    (sql_stays_in_storage, "handlers/actions/timers.py", "x = 'SELECT 1'"),
    (sql_stays_in_storage, "handlers/actions/timers.py", "x = '''\n  -- why\n  select * '''"),
    (sql_stays_in_storage, "handlers/actions/timers.py", "x = 'select clock_timestamp()'"),
    (sql_stays_in_storage, "handlers/http/entries.py", "x = f'select {columns} from users'"),
    (sql_stays_in_storage, "handlers/http/entries.py", "x = 'insert into users ' 'values (1)'"),
    (sql_stays_in_storage, "handlers/jobs/effects.py", "x = 'update users set name = $1'"),
    (sql_stays_in_storage, "handlers/jobs/effects.py", "x = 'update users u set name = $1'"),
    (sql_stays_in_storage, "server/loops.py", "x = 'delete from users'"),
    (sql_stays_in_storage, "server/loops.py", "x = 'with a as (select 1) select 2'"),
    (sql_stays_in_storage, "rooms/timer.py", "x = 'with recursive a (b, c) as materialized ('"),
    (sql_stays_in_storage, "run.py", "x = 'create unique index a on b (c)'"),
    (sql_stays_in_storage, "run.py", "x = 'truncate users'"),
    (transports_open_no_transaction, "handlers/http/a.py", "connection.transaction()"),
    (transports_open_no_transaction, "handlers/socket/a.py", "async with c.transaction(): ..."),
]  # fmt: skip


def test_every_rule_is_shown_something_wrong() -> None:
    assert {rule for rule, _, _ in WRONG} == set(RULES)


@pytest.mark.parametrize("rule, path, source", WRONG)
def test_a_rule_sees_what_is_wrong(rule: Rule, path: str, source: str) -> None:
    if "async with" in source:
        source = f"async def f():\n    {source}"
    assert list(rule(Module.of(path, source))) != []


# where, and what may stand there
RIGHT = [
    ("run.py", "from server.application import make\nfrom storage import embedded"),
    ("server/application.py", "from handlers.http import entries\nimport handlers.socket.table"),
    ("server/application.py", "from . import settings\nimport rooms.timer, storage, aiohttp"),
    ("handlers/http/entries.py", "from handlers.actions import timers\nfrom aiohttp import web"),
    ("handlers/http/entries.py", "from ..messages.entries import View\nimport storage.entries"),
    ("handlers/actions/timers.py", "from handlers.messages import entries\nc.transaction()"),
    ("handlers/messages/entries.py", "import msgspec\nfrom rooms.entry import Entry"),
    ("storage/entries.py", "import asyncpg\nfrom rooms.entry import Entry\nx = 'select 1'"),
    ("rooms/timer.py", "from collections.abc import Sequence\nfrom .rules import periods"),
    ("rooms/timer.py", "def decide(now, today):\n    return command.now, today(now)"),
    ("handlers/http/entries.py", "'''Select 1 of them.'''\nx = 'Select a project first.'"),
    ("handlers/http/entries.py", "x = 'Update your password.'\ny = 'With all your entries'"),
    ("handlers/http/entries.py", "x = 'delete'\ny = 'Delete your account?'\nz = 'set your zone'"),
]  # fmt: skip


@pytest.mark.parametrize("path, source", RIGHT)
def test_the_rules_leave_alone_what_is_right(path: str, source: str) -> None:
    module = Module.of(path, source)
    assert [fault for rule in RULES for fault in rule(module)] == []
