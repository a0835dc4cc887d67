"""Tables in text: which character parts the cells, what the columns are, where each row stands."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rooms.errors import Invalid
from rooms.imports.row import Refused

LONGEST_LINE = 100_000
LONGEST_ROW = 1_000_000
_PARTING = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Cells:
    """A row: in which line of the file it begins, and its cells by the names of their columns."""

    line: int
    by_name: Mapping[str, str]

    def first(self, *names: str) -> str:
        """The cell of the first of these columns that has anything in it, without spaces around."""
        return next(filter(None, (self.by_name.get(name, "").strip() for name in names)), "")


class Table:
    """The rows of a table whose first line names the columns, in whatever case."""

    def __init__(self, lines: Iterable[str]) -> None:
        source = _Source(lines)
        self._head_at, head = next(
            ((at, line) for at, line in enumerate(source, 1) if line.strip()), (1, "")
        )
        parting = max(_PARTING, key=head.count)
        self._source = source
        self._parting = parting
        self.columns = [name.strip().lower() for name in _cells(head, parting)]

    def require(self, kind: str, *choices: Sequence[str]) -> None:
        """Raises Invalid unless one column of each choice is there."""
        for names in choices:
            if not set(names) & set(self.columns):
                raise Invalid.field("file", f"is no {kind}: it has no column “{names[0]}”")

    def __iter__(self) -> Iterator[Cells | Refused]:
        reader = csv.reader(self._source, delimiter=self._parting)
        columns, begins = self.columns, self._head_at + 1
        while True:
            self._source.begin_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Refused(begins, "a quotation mark is not closed, or a cell is far too long")
            else:
                if len(cells) > len(columns) and any(map(str.strip, cells[len(columns) :])):
                    yield Refused(begins, f"it has {len(cells)} cells, for {len(columns)} columns")
                elif any(map(str.strip, cells)):
                    yield Cells(begins, dict(zip(columns, cells, strict=False)))
            begins = self._head_at + reader.line_num + 1


class _Source:
    """Lines for a reader, which keeps a row whole: no row may have too many of them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._taken = 0

    def begin_row(self) -> None:
        self._taken = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._taken > LONGEST_ROW:
            raise csv.Error("the row is too long")  # before the next line is taken and counted
        line = next(self._lines)
        self._taken += len(line)
        return line


def _cells(line: str, parting: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=parting), [])
    except csv.Error:
        return []


def joined(cells: Sequence[str]) -> str:
    """Some texts in one cell, such as tags; `parted` is its inverse."""
    return ",".join(_quoted(cell) for cell in cells)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & {",", '"'} else cell


def parted(cell: str) -> list[str]:
    """The texts in one cell, parted by commas; one in quotation marks may have commas itself."""
    return _cells(cell, ",")
