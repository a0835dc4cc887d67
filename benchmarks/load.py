"""Cheap Socket.IO clients: picows parses the frames, nothing decodes what is only counted."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
import picows

_encode = msgspec.json.encode


class Client(picows.WSListener):  # type: ignore[misc]
    """One connection. `deliveries` counts events; acks are matched by their id."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.deliveries = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acks: dict[int, Callable[[bytes], None]] = {}
        self._next = 0
        self.transport: Any = None
        self.ended = False

    @classmethod
    async def open(cls, url: str, token: str) -> "Client":
        """Connect, sign in, and wait for `connection:ready`."""
        _, client = await picows.ws_connect(
            lambda: cls(token),
            url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket",
        )
        await client.ready
        return client  # type: ignore[no-any-return]

    def on_ws_connected(self, transport: Any) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: Any) -> None:
        self.ended = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type != picows.WSMsgType.TEXT:
            return
        packet = frame.get_payload_as_bytes()
        match packet[:2]:
            case b"42":
                if self.ready.done():
                    self.deliveries += 1
                elif b"connection:ready" in packet[:24]:
                    self.ready.set_result(None)
            case b"43":
                bracket = packet.index(b"[")
                self._acks.pop(int(packet[2:bracket]))(packet)
            case b"44":
                self.ready.set_exception(ConnectionError(packet.decode()))
            case _ if packet[:1] == b"0":
                self._text(b"40" + _encode({"token": self.token}))
            case _ if packet[:1] == b"2":
                self._text(b"3")

    def send(self, event: str, payload: dict[str, Any], on_ack: Callable[[bytes], None]) -> None:
        """Send an event; `on_ack` gets the ack's packet."""
        self._next += 1
        self._acks[self._next] = on_ack
        self._text(f"42{self._next}".encode() + _encode([event, payload]))

    async def call(self, event: str, payload: dict[str, Any]) -> bytes:
        """Send an event and wait for its ack, which must be ok."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.send(event, payload, answer.set_result)
        packet = await answer
        if b'"ok":true' not in packet[:40]:
            raise RuntimeError(f"{event}: {packet.decode()}")
        return packet

    def close(self) -> None:
        self.transport.disconnect()

    def _text(self, packet: bytes) -> None:
        self.transport.send(picows.WSMsgType.TEXT, packet)


async def open_many(url: str, tokens: list[str], at_once: int = 64) -> list[Client]:
    """Connections for all tokens, a few at a time, in their order."""
    gate = asyncio.Semaphore(at_once)

    async def one(token: str) -> Client:
        async with gate:
            return await Client.open(url, token)

    return list(await asyncio.gather(*(one(token) for token in tokens)))


async def until(condition: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Wait until the condition holds; raises TimeoutError."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.001)
