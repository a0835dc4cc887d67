"""Named SQL: `queries/<noun>.sql` holds statements under `-- name: <name> (<parameters>)` lines.

The parameters are $1, $2, … in the order of that line. A test prepares every statement against
the migrated schema, and knows which are never used.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "queries"
_HEAD = re.compile(r"^-- name: (\w+) \(([^)]*)\)$", re.MULTILINE)


def columns(rows: Sequence[Sequence[Any]], width: int = 0) -> list[list[Any]]:
    """Rows as the arrays that a statement unnests; `width` is how many, where there is no row."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


@lru_cache
def load(noun: str) -> dict[str, str]:
    """The statements of one file by name. Raises ValueError for a name that stands twice."""
    text = (FOLDER / f"{noun}.sql").read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    statements: dict[str, str] = {}
    for name, _parameters, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in statements:
            raise ValueError(f"{noun}.sql names {name} twice")
        statements[name] = body.strip()
    return statements
