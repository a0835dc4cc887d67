"""A client that speaks Engine.IO by hand, so that each statement of the protocol can be asked."""

import asyncio
import json
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp

PATH = "/socket.io/"
PATIENCE_S = 10.0


@dataclass
class RawSocket:
    """A websocket; what it receives is read packet by packet."""

    ws: aiohttp.ClientWebSocketResponse
    opening: dict[str, Any] = field(default_factory=dict)

    async def next(self) -> str:
        """The next packet that is no ping, which is answered."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
            assert message.type is aiohttp.WSMsgType.TEXT, message
            text: str = message.data
            if text != "2":
                return text
            await self.ws.send_str("3")

    async def next_of_any(self) -> str:
        """The next packet, whatever it is."""
        message = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        text: str = message.data
        return text

    async def until(self, start: str) -> str:
        """The next packet that begins so; others are passed over."""
        while not (packet := await self.next()).startswith(start):
            continue
        return packet

    async def send(self, packet: str) -> None:
        await self.ws.send_str(packet)

    async def sign_in(self, token: str) -> None:
        """Connect to the default namespace, and read up to `connection:ready`."""
        await self.send("40" + json.dumps({"token": token}))
        await self.until("40")
        await self.until('42["connection:ready"')

    async def ended(self) -> int | None:
        """Wait for the server to end it; the close code."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), PATIENCE_S)
            if message.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
                aiohttp.WSMsgType.ERROR,
            ):
                return self.ws.close_code


class Raw:
    """Requests to one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = aiohttp.ClientSession()

    async def __aenter__(self) -> "Raw":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.http.close()

    async def ask(self, method: str, query: str, body: str | None = None) -> tuple[int, str]:
        """(status, body) of a request to the Engine.IO path."""
        async with asyncio.timeout(PATIENCE_S):
            async with self.http.request(
                method, f"{self.url}{PATH}?{query}", data=body
            ) as response:
                return response.status, await response.text()

    async def poll(self, sid: str) -> tuple[int, list[str]]:
        """(status, packets) of a poll."""
        status, body = await self.ask("GET", f"EIO=4&transport=polling&sid={sid}")
        return status, body.split("\x1e")

    async def post(self, sid: str, *packets: str) -> tuple[int, str]:
        return await self.ask("POST", f"EIO=4&transport=polling&sid={sid}", "\x1e".join(packets))

    async def open_polling(self) -> dict[str, Any]:
        """A new polling session; what its opening packet says."""
        status, body = await self.ask("GET", "EIO=4&transport=polling")
        assert (status, body[:1]) == (200, "0"), body
        opening: dict[str, Any] = json.loads(body[1:])
        return opening

    async def open(self, query: str = "EIO=4&transport=websocket") -> RawSocket:
        """A new websocket, its opening packet read."""
        socket = RawSocket(await self.http.ws_connect(f"{self.url}{PATH}?{query}"))
        packet = await socket.next()
        assert packet[:1] == "0", packet
        socket.opening = json.loads(packet[1:])
        return socket

    async def upgrade(self, sid: str) -> RawSocket:
        """A websocket for a session that polls, before it is probed."""
        query = f"EIO=4&transport=websocket&sid={sid}"
        return RawSocket(await self.http.ws_connect(f"{self.url}{PATH}?{query}"))
