"""A wire between a client and Postgres that can be cut or frozen at a chosen moment."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

COMMIT = b"COMMIT;\0"


class Wire:
    """A unix socket in front of the server's own. `url` is the server's address through it.

    Connections made after a cut or a freeze work, unless `refusing` is set.
    """

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        host = parse_qs(parts.query)["host"][0]
        self._server = f"{host}/.s.PGSQL.5432"
        self._socket = str(folder / ".s.PGSQL.5432")
        self.url = url.replace(quote(host), quote(str(folder)))
        self.refusing = False
        self.cut_before: bytes | None = None
        self.cut_after: bytes | None = None
        self.freeze_at: bytes | None = None
        self.happened = asyncio.Event()
        self._frozen: set[asyncio.StreamWriter] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator["Wire"]:
        with tempfile.TemporaryDirectory(prefix="wire-") as folder:
            wire = cls(url, Path(folder))
            server = await asyncio.start_unix_server(wire._connect, wire._socket)
            try:
                yield wire
            finally:
                server.close()
                wire.cut()

    def cut(self) -> None:
        """Break all connections there are."""
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        self._writers |= {writer, to_server}
        answering = asyncio.create_task(self._pass_answers(from_server, writer, to_server))
        try:
            while said := await reader.read(65536):
                if self.cut_before and self.cut_before in said:
                    self.cut_before = None
                    break
                if self.freeze_at and self.freeze_at in said:
                    # Both ends stay open, and nothing more passes.
                    self.freeze_at = None
                    self._frozen.add(to_server)
                    self.happened.set()
                if self.cut_after and self.cut_after in said:
                    # The server will do it, but its answer gets lost.
                    self.cut_after = None
                    self._frozen.add(to_server)
                    to_server.write(said)
                    await answering
                    break
                if to_server not in self._frozen:
                    to_server.write(said)
        except ConnectionError:
            pass
        finally:
            self.happened.set()
            for end in (writer, to_server):
                self._writers.discard(end)
                end.transport.abort()

    async def _pass_answers(
        self,
        from_server: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        to_server: asyncio.StreamWriter,
    ) -> None:
        try:
            while answer := await from_server.read(65536):
                if to_server in self._frozen:
                    return
                writer.write(answer)
            writer.transport.abort()  # the server has hung up
        except ConnectionError:
            pass
