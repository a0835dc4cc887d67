"""The page as browsers get it: modules and styles in few files, and what its worker keeps.

The files in `static/` are the only source. What is made from them is made anew when one of them
has changed; `?unpacked` shows the page as it is written.
"""

import asyncio
import hashlib
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from server.assets import File
from server.javascript import CannotPack
from server.pack import Packed, pack_modules

log = structlog.get_logger("server.shell")

_ENTRY, _LATER_PAGES = "js/app.js", "js/views/later-pages.js"
# What the page shows without a connection, besides its packs.
_KEPT = tuple(
    f"/static/{name}"
    for name in ("manifest.webmanifest", "img/favicon.svg", "img/favicon-running.svg",
                 "img/icon-192.png")
)  # fmt: skip
_STYLE = re.compile(r' *<link rel="stylesheet" href="/static/(css/[\w-]+\.css)" />\n')
_PRELOAD = re.compile(r' *<link rel="modulepreload" href="[^"]+" />\n')
_EARLY = re.compile(r'<script src="/static/(js/[\w/-]+\.js)"></script>')
_SCRIPT = f'    <script type="module" src="/static/{_ENTRY}"></script>'
_LOOK_S = 1.0
# Pages that the first script draws.
_FIRST_PAGES = ("/", "/login", "/signup", "/reset", "/verify")


@dataclass(frozen=True, slots=True)
class Shell:
    """All that is served of one state of the files; `version` changes with any of it."""

    version: str
    page: File
    page_elsewhere: File
    worker: File
    packs: dict[str, File]
    newest: dict[str, str]

    def page_at(self, path: str) -> File:
        """Who begins elsewhere needs the other pages at once."""
        return self.page if path in _FIRST_PAGES else self.page_elsewhere


class Shells:
    """The shell of the files in `folder` as they are now."""

    def __init__(self, folder: Path, pages: tuple[str, ...]) -> None:
        self._folder = folder
        self._segments = sorted({page.split("/")[1] for page in pages})
        self._lock = asyncio.Lock()
        self._made: Shell | None = None
        self._state = ""
        self._looked_at = float("-inf")

    async def now(self) -> Shell | None:
        """None while the files cannot be packed: the log says why, and the page is as written."""
        async with self._lock:
            if time.monotonic() - self._looked_at > _LOOK_S:
                await asyncio.get_running_loop().run_in_executor(None, self._look)
                self._looked_at = time.monotonic()
        return self._made

    def _look(self) -> None:
        state = _state_of(self._folder)
        if state == self._state:
            return
        self._state = state
        try:
            self._made = make(self._folder, self._segments)
        except (CannotPack, OSError) as error:
            self._made = None
            log.warning("the page cannot be packed", reason=str(error))


def make(folder: Path, segments: list[str]) -> Shell:
    """The shell, from the files in `folder`. Raises CannotPack, or OSError.

    `segments` are the first parts of the addresses of pages.
    """
    html = (folder / "index.html").read_text()
    packed = Packed()
    styles = packed.add(
        "app.css", "".join(_style(folder, n) for n in _STYLE.findall(html)).encode()
    )
    pack_modules(_sources(folder), _ENTRY, packed)
    html = _EARLY.sub(lambda found: _early(folder, found[1], packed), html)
    page = _rewritten(html, packed, styles)
    kept = [*packed.files, *_KEPT]
    version = _digest(page + "".join(kept))
    facts = {"version": version, "first": packed.first, "files": kept, "pages": segments}
    worker = f"self.SHELL = {json.dumps(facts)};\n{(folder / 'sw.js').read_text()}"
    elsewhere = _with_preloads(page, [packed.later[_LATER_PAGES]], "  </head>")
    begins = set(packed.files) - set(packed.later.values())
    return Shell(
        version,
        _file("index.html", page),
        _file("index.html", elsewhere),
        _file("sw.js", worker),
        {name: File.of(name, body, Path(name).stem) for name, body in packed.files.items()},
        {_without_digest(address): address for address in begins},
    )


def answer_pack(shell: Shell, address: str) -> File | str | None:
    """The pack at `address`; or where that of another version is found in this one; or None.

    While servers of two versions run side by side, a page of one may ask the other for what it
    begins with. What it loads later must fit, and is not replaced.
    """
    return shell.packs.get(address) or shell.newest.get(_without_digest(address))


def _state_of(folder: Path) -> str:
    """Changes with every file that the shell is made from."""
    paths = [folder / "index.html", folder / "sw.js"]
    for part in ("css", "js", "vendor"):
        paths += (path for path in (folder / part).rglob("*") if path.suffix in (".js", ".css"))
    found = ((path, path.stat()) for path in sorted(paths))
    return _digest("".join(f"{path} {s.st_mtime_ns} {s.st_size};" for path, s in found))


def _sources(folder: Path) -> dict[str, str]:
    paths = (path for part in ("js", "vendor") for path in (folder / part).rglob("*.js"))
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def _rewritten(html: str, packed: Packed, styles: str) -> str:
    first = _STYLE.search(html)
    if first is None or _SCRIPT not in html:
        raise CannotPack("index.html has not the styles and the script that it had")
    link = f'    <link rel="stylesheet" href="{styles}" />\n'
    html = html[: first.start()] + link + _STYLE.sub("", html[first.end() :])
    script = f'    <script type="module" src="{packed.first}"></script>'
    return _with_preloads(_PRELOAD.sub("", html).replace(_SCRIPT, script), packed.libraries, script)


def _early(folder: Path, name: str, packed: Packed) -> str:
    """What runs before the first drawing stays a script of its own, as it is."""
    return f'<script src="{packed.add(name, (folder / name).read_bytes())}"></script>'


def _with_preloads(html: str, addresses: list[str], before: str) -> str:
    links = "".join(f'    <link rel="modulepreload" href="{each}" />\n' for each in addresses)
    return html.replace(before, f"{links}{before}", 1)


def _style(folder: Path, name: str) -> str:
    """A style sheet without its comments and indentation."""
    text = re.sub(r"/\*.*?\*/", "", (folder / name).read_text(), flags=re.DOTALL)
    if re.search(r"@import|url\((?![\"']?(?:/|data:))", text):
        raise CannotPack(f"{name} names another file by an address that is not whole")
    return re.sub(r"\s*\n\s*", "\n", text).strip() + "\n"


def _file(name: str, text: str) -> File:
    return File.of(name, text.encode(), _digest(text))


def _without_digest(address: str) -> str:
    return f"{Path(address).stem.rpartition('-')[0]}{Path(address).suffix}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
