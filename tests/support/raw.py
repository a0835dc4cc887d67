"""Clients by hand, for what no stock client sends: Engine.IO packet by packet."""

import asyncio
import json
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from tests.support.live import PATIENCE_S
from tests.support.product import Person, Product

PATH = "/socket.io/"
WEBSOCKET = "EIO=4&transport=websocket"
POLLING = "EIO=4&transport=polling"
_ENDS = {
    aiohttp.WSMsgType.CLOSE,
    aiohttp.WSMsgType.CLOSED,
    aiohttp.WSMsgType.CLOSING,
    aiohttp.WSMsgType.ERROR,
}


class Raw:
    """One websocket. Engine.IO pings are answered; everything else is the test's to do.

    What is sent, and what `packet` and `until` answer, begins with Engine.IO's digit; `next` and
    `event` answer what is Socket.IO's.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.opening: dict[str, Any] = {}

    @classmethod
    async def open(cls, product: Product, **headers: str) -> "Raw":
        """A websocket with the handshake of Engine.IO done, and nobody signed in."""
        return await Endpoint(product.url, product.http).open(headers=headers)

    @classmethod
    async def signed_in(cls, person: Person) -> "Raw":
        """A websocket that has been let in, with `connection:ready` read."""
        raw = await cls.open(person.product)
        await raw.sign_in(person.token)
        return raw

    async def sign_in(self, token: str) -> None:
        """Connect to the default namespace, and read up to `connection:ready`."""
        await self.send("40" + json.dumps({"token": token}))
        assert (await self.next()).startswith("0{")
        assert (await self.event())[0] == "connection:ready"

    async def send(self, packet: str) -> None:
        await self.socket.send_str(packet)

    async def any_packet(self) -> str:
        """The next packet, a ping too. Raises ConnectionError when there is none any more."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT or message.data == "1":
            raise ConnectionError(f"the connection has ended: {message}")
        packet: str = message.data
        return packet

    async def packet(self) -> str:
        """The next packet that is no ping; pings are answered."""
        async with asyncio.timeout(PATIENCE_S):
            while (packet := await self.any_packet()) == "2":
                await self.send("3")
        return packet

    async def until(self, start: str) -> str:
        """The next packet that begins so; others are passed over."""
        while not (packet := await self.packet()).startswith(start):
            continue
        return packet

    async def next(self) -> str:
        """The next Socket.IO packet."""
        return (await self.until("4"))[1:]

    async def event(self) -> list[Any]:
        """The next Socket.IO packet, which must be an event: its name and its arguments."""
        packet = await self.next()
        assert packet.startswith("2["), packet
        event: list[Any] = json.loads(packet[1:])
        return event

    async def ack(self, packet: str, number: int = 7) -> Any:
        """Send an event packet that begins with `42<number>`; its ack, passing over events."""
        await self.send(packet)
        answer = await self.until("43")
        assert answer.startswith(f"43{number}["), answer
        (data,) = json.loads(answer[len(f"43{number}") :])
        return data

    async def rest(self) -> list[str]:
        """Every Socket.IO packet that comes until the server ends the connection."""
        packets = []
        try:
            while True:
                packets.append(await self.next())
        except ConnectionError:
            return packets

    async def ended(self) -> int | None:
        """Wait for the server to end it, without an answer to anything; the close code."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.socket.receive()).type not in _ENDS:
                continue
        return self.socket.close_code

    async def __aenter__(self) -> "Raw":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.socket.close()


class Endpoint:
    """The Engine.IO endpoint of the server at `url`: websockets, and polls one by one."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def connect(self, query: str = WEBSOCKET, **options: Any) -> Raw:
        """A websocket of which nothing has been read."""
        options = {"max_msg_size": 0} | options
        return Raw(await self.http.ws_connect(f"{self.url}{PATH}?{query}", **options))

    async def open(self, **options: Any) -> Raw:
        """A websocket with a session of its own, the opening packet read."""
        raw = await self.connect(**options)
        packet = await raw.packet()
        assert packet.startswith("0{"), packet
        raw.opening = json.loads(packet[1:])
        return raw

    async def upgrade(self, sid: str) -> Raw:
        """A websocket for a session that polls, before it is probed."""
        return await self.connect(f"{WEBSOCKET}&sid={sid}")

    @property
    def address(self) -> tuple[str, int]:
        """Where a connection of one's own goes."""
        there = URL(self.url)
        assert there.host is not None
        assert there.port is not None
        return there.host, there.port

    async def ask(
        self, method: str, query: str, body: str | bytes | None = None
    ) -> tuple[int, str]:
        """(status, body) of a request."""
        url = f"{self.url}{PATH}?{query}"
        async with asyncio.timeout(PATIENCE_S):
            async with self.http.request(method, url, data=body) as response:
                return response.status, await response.text()

    async def open_polling(self) -> dict[str, Any]:
        """A new polling session; what its opening packet says."""
        status, body = await self.ask("GET", POLLING)
        assert (status, body[:1]) == (200, "0"), body
        opening: dict[str, Any] = json.loads(body[1:])
        return opening

    async def poll(self, sid: str) -> tuple[int, list[str]]:
        """(status, packets) of a poll."""
        status, body = await self.ask("GET", f"{POLLING}&sid={sid}")
        return status, body.split("\x1e")

    async def post(self, sid: str, *packets: str) -> tuple[int, str]:
        return await self.ask("POST", f"{POLLING}&sid={sid}", "\x1e".join(packets))
