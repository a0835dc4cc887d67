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
class File:
    """One state of a file: `tag` names it, `small` is its gzip, None where that saves nothing."""

    tag: str
    content_type: str
    body: bytes
    small: bytes | None

    @classmethod
    def of(cls, name: str, body: bytes, tag: str) -> "File":
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        worth_it = content_type.startswith(_TEXTS) and len(body) >= WORTH_COMPRESSING
        return cls(tag, content_type, body, gzip.compress(body, mtime=0) if worth_it else None)

    def answer(self, request: web.Request, cache_control: str) -> web.Response:
        """The file, or 304 where the browser has it."""
        headers = {hdrs.CACHE_CONTROL: cache_control}
        is_text = self.content_type.startswith(_TEXTS)
        small = self.small if takes_gzip(request) else None
        tag = ETag(self.tag + ("-gz" if small is not None else ""))
        known = request.if_none_match or ()
        if any(k.value in ("*", tag.value) for k in known):
            response = web.Response(status=304, headers=headers)
        else:
            response = web.Response(body=small or self.body, headers=headers)
            response.content_type = self.content_type
            if is_text:
                response.charset = "utf-8"
            if small is not None:
                response.headers[hdrs.CONTENT_ENCODING] = "gzip"
        if is_text:
            vary(response, hdrs.ACCEPT_ENCODING)
        response.etag = tag
        return response


class Assets:
    """The files below one folder. A file that has changed is read anew at the next request."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[Path, File] = {}

    async def answer(
        self, request: web.Request, name: str, *, cache_control: str = "no-cache"
    ) -> web.Response:
        """The file `name`, or 304 where the browser has it. Raises HTTPNotFound."""
        try:
            file = await asyncio.get_running_loop().run_in_executor(None, self._read, name)
        except (OSError, ValueError):
            raise web.HTTPNotFound from None
        return file.answer(request, cache_control)

    def _read(self, name: str) -> File:
        """The file as it is now. Raises OSError or ValueError if it is none of ours."""
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise FileNotFoundError(name)
        now = path.stat()
        kept = self._kept.get(path)
        tag = f"{now.st_mtime_ns:x}-{now.st_size:x}"
        if kept is not None and kept.tag == tag:
            return kept
        file = File.of(path.name, path.read_bytes(), tag)
        if len(file.body) <= _BIGGEST_KEPT:
            self._kept[path] = file
        return file
