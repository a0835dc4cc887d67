"""Named statements: each is understood by the database, and used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from storage.queries import FOLDER, load

STORAGE = FOLDER.parent
HEAD = re.compile(r"^-- name: (\w+) \(([^)]*)\)$", re.MULTILINE)
NOUNS = sorted(path.stem for path in FOLDER.glob("*.sql"))
STATEMENTS = [(noun, name) for noun in NOUNS for name in load(noun)]


def used_by(path: Path) -> Iterator[tuple[str, str]]:
    """(noun, name) of the statements that a module takes: `NAME = load("noun")`, `NAME["name"]`."""
    tree = ast.parse(path.read_text("utf-8"))
    loaded: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(id="load"), args=[ast.Constant(value=str(noun))]),
            ):
                loaded[name] = noun
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(
                value=ast.Name(id=name), slice=ast.Constant(value=str(statement))
            ) if name in loaded:
                yield loaded[name], statement


USED = {use for path in STORAGE.rglob("*.py") for use in used_by(path)}


async def test_the_database_understands_every_statement(database_url: str) -> None:
    """Against the migrated schema, with as many parameters as its head says."""
    connection = await asyncpg.connect(database_url)
    wrong = []
    for noun in NOUNS:
        for name, parameters in HEAD.findall((FOLDER / f"{noun}.sql").read_text("utf-8")):
            try:
                prepared = await connection.prepare(load(noun)[name])
            except asyncpg.PostgresError as error:
                wrong.append(f"{noun}.{name}: {error}")
                continue
            taken = len(prepared.get_parameters())
            if taken != count_of(parameters):
                wrong.append(f"{noun}.{name} takes {taken} parameters, not ({parameters})")
    await connection.close()
    assert wrong == []


def count_of(parameters: str) -> int:
    """How many there are; `12 arrays of changed` stands for twelve."""
    parts = [part.strip() for part in parameters.split(",") if part.strip()]
    return sum(int(part.split()[0]) if part[0].isdigit() else 1 for part in parts)


def test_every_statement_is_used_and_every_use_has_one() -> None:
    assert set(STATEMENTS) - USED == set(), "stand there for nothing"
    assert USED - set(STATEMENTS) == set(), "are nowhere"


def test_every_statement_says_what_its_parameters_are() -> None:
    for noun in NOUNS:
        text = (FOLDER / f"{noun}.sql").read_text("utf-8")
        heads = re.findall(r"^-- name:.*$", text, re.MULTILINE)
        assert all(HEAD.fullmatch(head) for head in heads), noun
        assert len(heads) == len(load(noun))


def test_a_name_that_stands_twice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twice.sql").write_text("-- name: a ()\nselect 1\n-- name: a ()\nselect 2\n")
    monkeypatch.setattr("storage.queries.FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"twice\.sql names a twice"):
        load("twice")
