"""Everything that must hold before a change goes in, in one command: `python -m tests`.

Lint, format, types, the browser client's modules under node, and last pytest, which takes the
arguments: `python -m tests -k streak -x`. All of them run; the first that failed gives the exit
code. Without node, what needs it is left out and said so; with `CI` set, that is a failure. So is
the question whether holes are known in the packages, where nobody can be asked: never a failure.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.audit import NotAsked, known_holes
from tests.support.node import module_options

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "tests" / "js"
TYPED = ("rooms", "storage", "handlers", "server", "run.py")


@dataclass(frozen=True)
class Outcome:
    """How a check ended; `code` is an exit code, or None for one that was left out."""

    name: str
    code: int | None
    note: str = ""

    def __str__(self) -> str:
        if self.code is None:
            return f"{self.name}: left out, {self.note}"
        return (
            f"{self.name}: {'ok' if self.code == 0 else 'FAILED'}{self.note and f', {self.note}'}"
        )


class Summary:
    """Shows the checks in pytest's own summary, so that its line stays the last."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        self._outcomes = outcomes

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("checks before pytest")
        for outcome in self._outcomes:
            terminalreporter.line(str(outcome), red=bool(outcome.code))


def main(arguments: list[str]) -> int:
    os.chdir(ROOT)
    outcomes = list(checks())
    code = int(pytest.main([*several(arguments), *arguments], plugins=[Summary(outcomes)]))
    return next((o.code for o in outcomes if o.code), code)


def several(arguments: list[str]) -> list[str]:
    """The options for as many processes as there are processors.

    A file stays in one process. Whoever stops at the first failure or looks into one has them all
    in this process.
    """
    alone = {"-x", "--pdb", "--exitfirst", "-s"}
    if any(given in alone or given.startswith(("-n", "--dist")) for given in arguments):
        return []
    return ["-n", str(os.cpu_count() or 1), "--dist", "loadfile"]


def checks() -> Iterator[Outcome]:
    tool = (sys.executable, "-m")
    yield run("ruff check", *tool, "ruff", "check", "--quiet", ".")
    yield run("ruff format", *tool, "ruff", "format", "--check", "--quiet", ".")
    yield run("mypy", *tool, "mypy", *(name for name in TYPED if (ROOT / name).exists()))
    yield install_clients()
    yield run_client_tests()
    yield audit()


def run(name: str, *command: str) -> Outcome:
    print(f"── {name}", flush=True)
    return Outcome(name, subprocess.run(command, check=False).returncode)


def without(name: str, program: str) -> Outcome:
    note = f"{program} is not installed"
    print(f"── {name}: {note}", flush=True)
    return Outcome(name, 1 if os.environ.get("CI") else None, note)


def audit() -> Outcome:
    """Whether holes are known in the locked packages, where somebody can be asked (`audit.py`)."""
    name = "known holes"
    print(f"── {name}", flush=True)
    try:
        holes = known_holes()
    except NotAsked as why:
        print(why)
        return Outcome(name, None, str(why))
    print("\n".join(holes))
    return Outcome(name, 1 if holes else 0, f"{len(holes)} of them" if holes else "none")


def install_clients() -> Outcome:
    """The stock JavaScript clients, when they are missing or older than their lock file."""
    name, npm = "npm ci", shutil.which("npm")
    lock, installed = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return Outcome(name, 0, "nothing to do")
    if not npm:
        return without(name, "npm")
    return run(name, npm, "ci", "--prefix", str(CLIENTS), "--ignore-scripts", "--silent")


def run_client_tests() -> Outcome:
    """`node --test` on the tests of `static/`, file by file: node 22 takes no folder any more."""
    name, node = "node --test", shutil.which("node")
    if not node:
        return without(name, "node")
    files = [str(path) for path in sorted(Path("tests/static").rglob("*.*js")) if is_test(path)]
    if not files:
        return Outcome(name, None, "no tests in tests/static")
    return run(name, node, "--test", *module_options(node), *files)


def is_test(path: Path) -> bool:
    """Whether node would take the file for tests, as in `clock.test.js`, `test_clock.mjs`."""
    return re.fullmatch(r"test([-_].*)?|.*[-_.]test", path.stem) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
