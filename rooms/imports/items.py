"""JSON too large to be read at once: an array, or an object of arrays, item by item."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

from rooms.errors import Invalid, Malformed

MOST_ITEMS = 2_000_000
_LARGEST_ITEM = 1024 * 1024
_SPACE = " \t\n\r"
_NO_SPACE = re.compile(f"[^{_SPACE}]")
_BEHIND = frozenset(_SPACE + ",:]}")


class Item(NamedTuple):
    """A value, the line that it begins in, and the field that it is (in), if any."""

    line: int
    section: str | None
    value: Any


def items(chunks: Iterable[str]) -> Iterator[Item]:
    """The elements of an array; of an object each field's value, or the elements of its array.

    Keeps no more than an item and as much again. Raises Malformed, with the line, and Invalid for
    more items than a file of this size has if each of them says anything.
    """
    for number, item in enumerate(_items(chunks)):
        if number == MOST_ITEMS:
            raise Invalid.field("file", f"has more than {MOST_ITEMS:,} items")
        yield item


def _items(chunks: Iterable[str]) -> Iterator[Item]:
    text = _Text(chunks)
    if text.peek() == "[":
        yield from _elements(text, None)
    elif text.peek() == "{":
        yield from _fields(text)
    else:
        text.fail()
    if text.peek():
        text.fail()


def _fields(text: "_Text") -> Iterator[Item]:
    text.expect("{")
    while text.peek() != "}":
        if text.peek() != '"':
            text.fail()
        section = text.value()
        text.expect(":")
        if text.peek() == "[":
            yield from _elements(text, section)
        else:
            yield Item(text.line, section, text.value())
        text.comma("}")
    text.expect("}")


def _elements(text: "_Text", section: str | None) -> Iterator[Item]:
    text.expect("[")
    while text.peek() != "]":
        yield Item(text.line, section, text.value())
        text.comma("]")
    text.expect("]")


class _Text:
    """What has come and was not taken yet; `line` is where the next thing stands."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._text = ""
        self._at = 0
        self._decoder = json.JSONDecoder(parse_constant=_no_number)
        self.line = 1

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            text = self._text
            found = _NO_SPACE.search(text, self._at)
            at = found.start() if found else len(text)
            self.line += text.count("\n", self._at, at)
            self._at = at
            if found:
                return found[0]
            if not self._fill():
                return ""

    def expect(self, character: str) -> None:
        if self.peek() != character:
            self.fail()
        self._at += 1

    def comma(self, end: str) -> None:
        """A comma with something behind it, or else what ends the list."""
        if self.peek() == end:
            return
        self.expect(",")
        if self.peek() == end:
            self.fail()

    def value(self) -> Any:
        """The value that begins here, whole."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
                # A number may go on in the next chunk.
                if self._text[end : end + 1] in _BEHIND or not self._more():
                    self.line += self._text.count("\n", self._at, end)
                    self._at = end
                    return value
            except (ValueError, RecursionError):
                if not self._more():
                    self.fail()

    def fail(self) -> NoReturn:
        raise Malformed(f"In line {self.line} the file is no JSON.")

    def _more(self) -> bool:
        """Whether more has come of an item that may still grow: as much again, so that looking at
        it each time from its beginning costs no more than twice its length."""
        had = len(self._text) - self._at
        if had > _LARGEST_ITEM or not self._fill():
            return False
        while len(self._text) < 2 * had and self._fill():
            continue
        return True

    def _fill(self) -> bool:
        chunk = next(self._chunks, "")
        if chunk:
            self._text = self._text[self._at :] + chunk
            self._at = 0
        return bool(chunk)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
