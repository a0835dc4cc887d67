"""A client that does not read, and then does: a websocket on a socket with the smallest buffer."""

import asyncio
import socket
from urllib.parse import urlsplit

from tests.support.live import PATIENCE_S
from tests.support.raw import PATH, WEBSOCKET

_PING = "2"


class Deaf:
    """Sends what it is told to; what it is sent waits in the server until `hear` is called."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.close_code: int | None = None

    @classmethod
    async def open(cls, url: str) -> "Deaf":
        """A websocket with a session of its own, the opening packet unread."""
        address = urlsplit(url)
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, (address.hostname, address.port))
        reader, writer = await asyncio.open_connection(sock=plain, limit=1024)
        writer.write(
            f"GET {PATH}?{WEBSOCKET} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        return cls(reader, writer)

    def send(self, packet: str) -> None:
        """Send a packet as a text frame, with the mask 0."""
        payload = packet.encode()
        size = len(payload)
        head = bytes((size | 0x80,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self._writer.write(b"\x81" + head + bytes(4) + payload)

    async def hear(self) -> str:
        """The next packet. Raises ConnectionError when the server has ended the connection."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while (frame := await self._frame()) is None:
                    continue
            except asyncio.IncompleteReadError:
                raise ConnectionResetError("it ended without a goodbye") from None
        return frame

    async def hear_all(self) -> list[str]:
        """All packets until the server ends the connection."""
        heard = []
        try:
            while True:
                heard.append(await self.hear())
        except ConnectionError:
            return heard

    def close(self) -> None:
        self._writer.transport.abort()

    async def _frame(self) -> str | None:
        first, size = await self._reader.readexactly(2)
        if size >= 126:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        payload = await self._reader.readexactly(size)
        if first == 0x88:
            self.close_code = int.from_bytes(payload[:2], "big")
            raise ConnectionAbortedError(f"closed with {self.close_code}")
        text = payload.decode()
        if text == _PING:
            self.send("3")
            return None
        return text
