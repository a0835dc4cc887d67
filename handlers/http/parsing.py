"""What a request says, as the types of its call: path, query and body."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from handlers.http.operation import Upload
from handlers.messages.common import refusal_of
from rooms.errors import Invalid, Malformed, NotFound, TooLarge, UnsupportedMediaType

_CHUNK = 64 * 1024
_BIGGEST_ID = 2**53 - 1


def path_value(name: str, text: str) -> int | str:
    if not name.endswith("_id"):
        return text
    value = int(text) if len(text) <= 16 else 0
    if not 1 <= value <= _BIGGEST_ID:
        raise NotFound
    return value


def query_of(shape: type[msgspec.Struct], request: web.Request) -> msgspec.Struct:
    given = request.query
    for name, value in given.items():
        if len(given.getall(name)) > 1:
            raise Invalid.field(name, "is given twice")
        if "\0" in value or value != readable(value):
            raise Invalid.field(name, "must be UTF-8 without NUL")
    try:
        return msgspec.convert(dict(given), shape, strict=False)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None


def readable(text: str) -> str:
    """`text` of a request's head, with a mark for every byte that was no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def body_of(
    shape: type[msgspec.Struct], optional: bool, request: web.Request
) -> msgspec.Struct:
    raw = await request.read()
    if not raw and optional:
        return shape()
    if request.content_type != "application/json":
        raise UnsupportedMediaType
    try:
        return msgspec.json.decode(raw, type=shape)
    except (ValueError, RecursionError) as error:
        raise refusal_of(error) from None


def require_media(request: web.Request, upload: Upload) -> None:
    """Refuse a body that cannot be what the call takes, before any of it is read.

    Raises UnsupportedMediaType or TooLarge.
    """
    if request.content_type not in upload.media:
        raise UnsupportedMediaType(f"The body must be {' or '.join(upload.media)}.")
    if (request.content_length or 0) > upload.most_bytes + (_CHUNK if upload.field else 0):
        raise _too_large(upload)


async def chunks_of(request: web.Request, upload: Upload) -> AsyncIterator[bytes]:
    """The body, piece by piece as it comes. Raises TooLarge once it is."""
    async for chunk in _limited(request.content, upload):
        yield chunk


async def file_of(request: web.Request, upload: Upload) -> bytes:
    """The file in a multipart body. Raises Invalid, TooLarge or Malformed."""
    assert upload.field is not None
    body: Any = _Bounded(request.content, upload)
    try:
        async for part in MultipartReader(request.headers, body):
            if isinstance(part, BodyPartReader) and part.name == upload.field:
                return b"".join([chunk async for chunk in _limited(part, upload)])
    except (ValueError, RuntimeError) as error:
        # A RuntimeError for a `_charset_` that is none, and for parts within parts without end.
        raise Malformed("The parts of the body cannot be told apart.") from error
    raise Invalid.field(upload.field, "is missing")


class _Bounded:
    """What MultipartReader needs of a body, all of whose parts, and what stands between them, are
    hardly longer than the one that is looked for may be."""

    def __init__(self, body: StreamReader, upload: Upload) -> None:
        self._body = body
        self._upload = upload
        self._left = upload.most_bytes + _CHUNK

    async def read(self, size: int = -1) -> bytes:
        return self._counted(await self._body.read(size))

    async def readline(self, **options: Any) -> bytes:
        return self._counted(await self._body.readline(**options))

    def unread_data(self, chunk: bytes) -> None:
        self._left += len(chunk)
        self._body.unread_data(chunk)

    def at_eof(self) -> bool:
        return self._body.at_eof()

    def _counted(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise _too_large(self._upload)
        return chunk


async def _limited(source: StreamReader | BodyPartReader, upload: Upload) -> AsyncIterator[bytes]:
    size = 0
    while chunk := await _read(source):
        size += len(chunk)
        if size > upload.most_bytes:
            raise _too_large(upload)
        yield chunk


async def _read(source: StreamReader | BodyPartReader) -> bytes:
    if isinstance(source, BodyPartReader):
        return bytes(await source.read_chunk(_CHUNK))
    return await source.read(_CHUNK)


def _too_large(upload: Upload) -> TooLarge:
    return TooLarge(f"It may have {upload.most_bytes // 1024**2} MiB.")
