"""ES modules in our own style, read: what they import and export, and their code without comments.

No parser of all of JavaScript, and it does not guess: whatever it does not know it refuses with the
line where it stands, so that nothing is packed that would run differently.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


class CannotPack(Exception):
    """Why a module cannot be packed, and where."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `names` maps what is exported to what it is called here, "*" is the whole."""

    address: str
    names: dict[str, str]


@dataclass(slots=True)
class Module:
    r"""What a module says. `code` has no imports and no `export`; `\0n\0` is for `later[n]`."""

    imports: list[Import] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    code: str = ""


_TOKEN = re.compile(
    r"""(?P<line>//[^\n]*)
    | (?P<comment>/\*.*?\*/)
    | (?P<space>[ \t]+)
    | (?P<break>\n\s*)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<word>[\w$]+)
    | (?P<sign>\+\+|--|=>|\?\.|[{}()\[\];,.<>=!+\-*/%&|^~?:\#@`])
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEXT = re.compile(r"(?:[^`\\$]+|\\.|\$(?!\{))*", re.DOTALL)
_IMPORT = re.compile(r'import\s+(?:(?:\*\s+as\s+(\w+)|\{([^}]*)\})\s+from\s+)?"([^"]+)";')
_EXPORT = re.compile(
    r"export\s+(?:(?:(?:async\s+)?function\*?|class|const)\s+([\w$]+)|\{([^}]*)\};)"
)
_LATER = re.compile(r'import\(\s*"([^"]+)"\s*\)')
# After these a slash begins a regular expression; after any other word it divides.
_OPERATORS = set("return typeof case in of delete void throw new else do instanceof".split())

Token = tuple[str, str, int]  # its kind, its text, where it begins


def read_module(source: str, name: str) -> Module:
    """What the module says. Raises CannotPack; `name` is for its message."""
    reader = _Reader(source, name)
    reader.read()
    return reader.module


class _Reader:
    def __init__(self, source: str, name: str) -> None:
        self._source = source
        self._name = name
        self._out: list[str] = []
        self.module = Module()

    def read(self) -> None:
        depth, skip_to = 0, 0
        for kind, text, at in self._tokens():
            if at < skip_to:
                continue
            if kind == "sign":
                depth += (text in "{([") - (text in "})]")
            if kind == "word" and text in ("import", "export", "await") and not self._is_a_name():
                skip_to, text = self._special(text, at, depth)
            self._put(kind, text)
        self.module.code = "".join(self._out).strip()

    def _put(self, kind: str, text: str) -> None:
        """Comments and indentation are left out; lines end where they did, as the grammar asks."""
        if kind in ("space", "break", "line", "comment"):
            text = "\n" if "\n" in text else " "
            if self._out and self._out[-1] in (" ", "\n"):
                text = max(self._out.pop(), text, key="\n".__eq__)
        self._out.append(text)

    def _is_a_name(self) -> bool:
        """Whether what comes now belongs to an object, as in `rule.import`."""
        return bool(self._out) and self._out[-1] in (".", "?.")

    def _special(self, word: str, at: int, depth: int) -> tuple[int, str]:
        """(where to go on, what stands there instead)."""
        if word == "await":
            if depth == 0:
                raise self._refusal(at, "waits outside of braces")
            return at, word
        if word == "import" and (match := _LATER.match(self._source, at)):
            self.module.later.append(match[1])
            return match.end(), f"\0{len(self.module.later) - 1}\0"
        pattern = _IMPORT if word == "import" else _EXPORT
        found = pattern.match(self._source, at) if depth == 0 else None
        if found is None:
            raise self._refusal(at, f"has an {word} that cannot be packed")
        return self._imported(found) if word == "import" else self._exported(found)

    def _imported(self, found: re.Match[str]) -> tuple[int, str]:
        whole, some, address = found.groups()
        names = {"*": whole} if whole else _names_in(some or "")
        self.module.imports.append(Import(address, names))
        return found.end(), ""

    def _exported(self, found: re.Match[str]) -> tuple[int, str]:
        name, several = found.groups()
        if name is None:
            self.module.exports |= {there: here for here, there in _names_in(several).items()}
            return found.end(), ""
        self.module.exports[name] = name
        return found.start() + len("export"), ""

    def _tokens(self) -> Iterator[Token]:
        at, before = 0, ""
        while at < len(self._source):
            kind, text = self._token(at, before)
            yield (kind, text, at)
            at += len(text)
            if kind not in ("space", "break", "line", "comment"):
                before = text

    def _token(self, at: int, before: str) -> tuple[str, str]:
        if self._source[at] == "`":
            return "template", self._template(at)
        found = _TOKEN.match(self._source, at)
        if found is None:
            raise self._refusal(at, "has a sign that is not known")
        kind, text = found.lastgroup or "", found[0]
        if text == "/" and self._begins_regex(at, before):
            regex = _REGEX.match(self._source, at)
            if regex is None:
                raise self._refusal(at, "has a regular expression that cannot be read")
            return "regex", regex[0]
        return kind, text

    def _begins_regex(self, at: int, before: str) -> bool:
        if before == "}":
            raise self._refusal(at, "has a slash after a brace: is it to divide?")
        value = re.fullmatch(r"""[\w$]+|\)|\]|\+\+|--|["'`/].*""", before, re.DOTALL)
        return value is None or before in _OPERATORS

    def _template(self, at: int) -> str:
        """The whole of it, with the code inside it as it is written."""
        end = at + 1
        while True:
            text = _TEXT.match(self._source, end)
            assert text is not None
            end = text.end()
            if self._source.startswith("`", end):
                return self._source[at : end + 1]
            if not self._source.startswith("${", end):
                raise self._refusal(at, "has a template without an end")
            end = self._end_of_hole(end + 2)

    def _end_of_hole(self, at: int) -> int:
        depth, before = 1, "{"
        while depth:
            if at >= len(self._source):
                raise self._refusal(at, "has a template without an end")
            kind, text = self._token(at, before)
            if kind == "sign":
                depth += (text == "{") - (text == "}")
            if kind == "word" and text in ("import", "export"):
                raise self._refusal(at, f"has an {text} inside a template")
            at += len(text)
            if kind not in ("space", "break", "line", "comment"):
                before = text
        return at

    def _refusal(self, at: int, what: str) -> CannotPack:
        line = self._source.count("\n", 0, at) + 1
        return CannotPack(f"{self._name}:{line} {what}")


def _names_in(braces: str) -> dict[str, str]:
    """`a, b as c` → {"a": "a", "b": "c"}"""
    pairs = (part.split() for part in braces.split(",") if part.strip())
    return {words[0]: words[-1] for words in pairs}
