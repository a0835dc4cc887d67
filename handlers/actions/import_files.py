"""A file that somebody sends: kept on disk while it is read, twice, in a thread of its own."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO, Literal, cast

from handlers.messages.transfer import ImportQuery
from rooms.errors import Invalid
from rooms.imports import ours, tools
from rooms.imports.account import ENTRIES, AccountFile, survey_account
from rooms.imports.lines import LONGEST_LINE
from rooms.imports.occurrences import Occurrences
from rooms.imports.row import Judge, Refused, Row, key_of
from rooms.imports.survey import Survey

Kind = Literal["toggl", "clockify", "focushub_csv", "focushub_json", "account"]
# A row with its key, as the `nth` of its likeness in the file.
Keyed = tuple[Row, bytes, int]
MOST_LINES = 2_000_000
_CHUNK = 64 * 1024
_TOOLS = {"toggl": tools.TOGGL, "clockify": tools.CLOCKIFY}


class ImportFile:
    """A file of one kind. Its methods take their time: they are for a thread."""

    def __init__(self, kind: Kind, query: ImportQuery | None = None) -> None:
        self.kind = kind
        self._query = query
        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed by its owner
        self._digest = blake2b(digest_size=16)

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Keep what comes."""
        async for chunk in chunks:
            self._digest.update(chunk)
            await asyncio.to_thread(self._file.write, chunk)

    def close(self) -> None:
        self._file.close()

    @property
    def digest(self) -> str:
        """Tells the file from others."""
        return self._digest.hexdigest()

    def survey(self) -> Survey:
        """What the whole of it says. Raises Invalid or Malformed."""
        if self.kind == "focushub_csv":
            return ours.survey_csv(self._lines())
        if self.kind == "focushub_json":
            return ours.survey_json(self._chunks())
        date_format = None if self._query is None else self._query.date_format
        return tools.survey(_TOOLS[self.kind], self._lines(), date_format)

    def survey_account(self) -> AccountFile:
        """The same of the file of an account."""
        return survey_account(self._chunks())

    def read(self, survey: Survey, judge: Judge, email: str | None) -> Iterator[Row | Refused]:
        """Its entries, and the lines that are none."""
        if self.kind == "focushub_csv":
            return ours.read_csv(self._lines(), judge)
        if self.kind in ("focushub_json", "account"):
            section = ENTRIES if self.kind == "account" else None
            return ours.read_json(self._chunks(), judge, section)
        return tools.read(_TOOLS[self.kind], self._lines(), survey, judge, email)

    def _lines(self) -> Iterator[str]:
        for number, line in enumerate(self._texts(lambda text: text.readline(LONGEST_LINE)), 1):
            if number > MOST_LINES:
                raise Invalid.field("file", f"has more than {MOST_LINES:,} lines; take it in parts")
            if len(line) == LONGEST_LINE:
                raise Invalid.field(
                    "file", f"line {number} has {LONGEST_LINE:,} characters or more"
                )
            yield line

    def _chunks(self) -> Iterator[str]:
        return self._texts(lambda text: text.read(_CHUNK))

    def _texts(self, take: Callable[[io.TextIOWrapper], str]) -> Iterator[str]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding="utf-8-sig", newline="")
        try:
            while part := take(text):
                yield part
        except UnicodeDecodeError:
            raise Invalid.field(
                "file", "is not in UTF-8; have your program save it as UTF-8"
            ) from None
        finally:
            text.detach()


class Batches:
    """The rows of a file, so many at a time, with their keys."""

    def __init__(self, rows: Iterator[Row | Refused], most: int, size: int) -> None:
        self._rows = rows
        self._size = size
        self._occurrences = Occurrences(most)

    async def take(self) -> tuple[list[Keyed], list[Refused]] | None:
        """The next ones; None at the end. In a thread, so that nobody waits meanwhile."""
        return await asyncio.to_thread(self._take)

    def _take(self) -> tuple[list[Keyed], list[Refused]] | None:
        keyed: list[Keyed] = []
        refused: list[Refused] = []
        for row in islice(self._rows, self._size):
            if isinstance(row, Refused):
                refused.append(row)
            else:
                likeness = row.likeness
                nth = self._occurrences.count(likeness)
                keyed.append((row, key_of(likeness, nth), nth))
        return (keyed, refused) if keyed or refused else None
