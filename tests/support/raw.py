"""A connection by hand: frames of an Engine.IO websocket, for what no stock client sends."""

import asyncio
import json
from types import TracebackType
from typing import Any

import aiohttp

from tests.support.live import PATIENCE_S
from tests.support.product import Person, Product


class Raw:
    """One websocket. Engine.IO pings are answered; everything else is the test's to do."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    @classmethod
    async def open(cls, product: Product, **headers: str) -> "Raw":
        """A websocket with the handshake of Engine.IO done, and nobody signed in."""
        url = f"{product.url}/socket.io/?EIO=4&transport=websocket"
        raw = cls(await product.http.ws_connect(url, headers=headers, max_msg_size=0))
        opened = await raw.socket.receive_str(timeout=PATIENCE_S)
        assert opened.startswith("0{"), opened
        return raw

    @classmethod
    async def signed_in(cls, person: Person) -> "Raw":
        """A websocket that has been let in, with `connection:ready` read."""
        raw = await cls.open(person.product)
        await raw.send("40" + json.dumps({"token": person.token}))
        assert (await raw.next()).startswith("0{")
        assert (await raw.event())[0] == "connection:ready"
        return raw

    async def send(self, frame: str) -> None:
        await self.socket.send_str(frame)

    async def next(self) -> str:
        """The next Socket.IO packet. Raises ConnectionError when there is none any more."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT or message.data == "1":
                    raise ConnectionError(f"the connection has ended: {message}")
                if message.data == "2":
                    await self.socket.send_str("3")
                elif message.data[:1] == "4":
                    packet: str = message.data[1:]
                    return packet

    async def event(self) -> list[Any]:
        """The next packet, which must be an event: its name and its arguments."""
        packet = await self.next()
        assert packet.startswith("2["), packet
        event: list[Any] = json.loads(packet[1:])
        return event

    async def ack(self, packet: str, number: int = 7) -> Any:
        """Send an event packet that begins with `42<number>`; its ack, passing over events."""
        await self.send(packet)
        while not (answer := await self.next()).startswith("3"):
            continue
        assert answer.startswith(f"3{number}["), answer
        (data,) = json.loads(answer[len(f"3{number}") :])
        return data

    async def rest(self) -> list[str]:
        """Everything that comes until the server ends the connection."""
        packets = []
        try:
            while True:
                packets.append(await self.next())
        except ConnectionError:
            return packets

    async def __aenter__(self) -> "Raw":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.socket.close()
