"""The web client's files, kept in memory as they were last read, and small for the wire."""

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, hdrs, web

from server.headers import WORTH_COMPRESSING, takes_gzip, vary

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("text/javascript", ".mjs")

_TEXTS = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_BIGGEST_KEPT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _File:
    """One state of a file: `small` is its gzip, None where that saves nothing."""

    changed_ns: int
    size: int
    content_type: str
    body: bytes
    small: bytes | None

    @property
    def tag(self) -> str:
        return f"{self.changed_ns:x}-{self.size:x}"


class Assets:
    """The files below one folder. A file that has changed is read anew at the next request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[Path, _File] = {}

    async def answer(
        self, request: web.Request, name: str, *, cache_control: str = "no-cache"
    ) -> web.Response:
        """The file `name`, or 304 where the browser has it. Raises HTTPNotFound."""
        try:
            file = await asyncio.get_running_loop().run_in_executor(None, self._read, name)
        except (OSError, ValueError):
            raise web.HTTPNotFound from None
        headers = {hdrs.CACHE_CONTROL: cache_control}
        is_text = file.content_type.startswith(_TEXTS)
        small = file.small if takes_gzip(request) else None
        tag = ETag(file.tag + ("-gz" if small is not None else ""))
        known = request.if_none_match or ()
        if any(k.value in ("*", tag.value) for k in known):
            response = web.Response(status=304, headers=headers)
        else:
            response = web.Response(body=small or file.body, headers=headers)
            response.content_type = file.content_type
            if is_text:
                response.charset = "utf-8"
            if small is not None:
                response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        if is_text:
            vary(response, hdrs.ACCEPT_ENCODING)
        response.etag = tag
        return response

    def _read(self, name: str) -> _File:
        """The file as it is now. Raises OSError or ValueError if it is none of ours."""
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise FileNotFoundError(name)
        now = path.stat()
        kept = self._kept.get(path)
        if kept is not None and (kept.changed_ns, kept.size) == (now.st_mtime_ns, now.st_size):
            return kept
        file = _file_of(path, now.st_mtime_ns)
        if file.size <= _BIGGEST_KEPT:
            self._kept[path] = file
        return file


def _file_of(path: Path, changed_ns: int) -> _File:
    body = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    small = None
    if content_type.startswith(_TEXTS) and len(body) >= WORTH_COMPRESSING:
        small = gzip.compress(body, mtime=0)
    return _File(changed_ns, len(body), content_type, body, small)
