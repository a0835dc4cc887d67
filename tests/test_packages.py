"""What is shipped and installed is what was looked at: locks, hashes, licences (SECURITY.md)."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.audit import NotAsked, known_holes
from tests.support.product import ROOT

LOCKS = ("requirements.txt", "requirements-dev.txt")
# A package that only some systems need is in the lock, and need not be installed.
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;]+)( ;[^\\]+)?")


def pins(name: str) -> dict[str, tuple[str, bool]]:
    """(version, whether everywhere) by package of a list of requirements."""
    found = (_PIN.match(line) for line in (ROOT / name).read_text().splitlines())
    return {_plain(m[1]): (m[2], m[3] is None) for m in found if m}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_exact_versions_with_hashes_and_nothing_else(lock: str) -> None:
    """From wheels only, and from the index only: no address, no folder, no range."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    first, *lines = [line for line in text.splitlines() if line.strip()]
    assert first == "--only-binary :all:"
    for line in lines:
        assert _PIN.match(line), line[:80]
        assert re.search(r" --hash=sha256:[0-9a-f]{64}", line), line[:80]
        assert not re.search(r"://|@ |>=|<=|~=|--index|--extra", line), line[:80]


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_what_is_locked_and_installed(lock: str) -> None:
    locked = pins(lock)
    for name, (asked, _) in pins(lock.replace(".txt", ".in")).items():
        assert locked[name][0] == asked, name
    elsewhere = {n: v for n, (v, everywhere) in locked.items() if everywhere and version(n) != v}
    assert elsewhere == {}, "install the lock: pip install --require-hashes -r requirements-dev.txt"


def test_the_two_locks_agree() -> None:
    all_of_them = pins(LOCKS[1])
    assert {n: v for n, v in pins(LOCKS[0]).items() if all_of_them[n] != v} == {}


@pytest.mark.parametrize("folder", ["static/vendor", "static/api-docs"])
def test_the_licence_of_what_is_copied_is_beside_it(folder: str) -> None:
    """Their checksums are compared by `test_documents.py` and `pages-are-safe.test.mjs`."""
    table = (ROOT / folder / "README.md").read_text()
    named = set(re.findall(r"`((?:LICENSE|NOTICE)[\w.-]*|[\w.-]+\.LICENSE\.txt)`", table))
    assert named
    assert {name for name in named if not (ROOT / folder / name).stat().st_size} == set()


def answering(folder: Path, said: str, status: int = 1) -> None:
    """A `pip-audit` that says this."""
    program = folder / "pip-audit"
    program.write_text(f"#!/bin/sh\n{said}\nexit {status}\n")
    program.chmod(0o755)


def test_known_holes_are_told_and_who_cannot_be_asked_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAsked, match="not installed"):
        known_holes()
    answering(tmp_path, 'echo "ConnectionError: no route to host" >&2')
    with pytest.raises(NotAsked, match="no route to host"):
        known_holes()
    hole = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}
    rows = [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "left-out", "skip_reason": "unknown to the index"},
        {"name": "leaky", "version": "1.0", "vulns": [hole]},
    ]
    (tmp_path / "report.json").write_text(json.dumps({"dependencies": rows, "fixes": []}))
    answering(tmp_path, f'while read -r line; do echo "$line"; done < {tmp_path}/report.json'
              f'\nprintf %s "$line"')  # fmt: skip
    assert known_holes() == ["leaky 1.0: PYSEC-2026-1, mended in 2.0"]
    (tmp_path / "report.json").write_text(json.dumps({"dependencies": rows[:2], "fixes": []}))
    with pytest.raises(NotAsked, match="does not know 1 of 2 packages"):
        known_holes()
