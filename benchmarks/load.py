"""Cheap Socket.IO clients: picows parses the frames, nothing decodes what is only counted."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import picows

_encode = msgspec.json.encode


class Refused(Exception):
    """An ack that is not ok."""


class Client(picows.WSListener):  # type: ignore[misc]
    """One connection. `deliveries` counts events; acks are matched by their id. `on_event` gets
    the packet of each event, where somebody wants to look."""

    on_event: Callable[[bytes], None] | None = None
    on_end: Callable[[], None] | None = None

    def __init__(self, token: str) -> None:
        self.token = token
        self.deliveries = 0
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._acks: dict[int, Callable[[bytes], None]] = {}
        self._next = 0
        self.transport: Any = None
        self.ended = False
        self._given_up = False

    @classmethod
    async def open(cls, url: str, token: str, source: str | None = None) -> "Client":
        """Connect, sign in, and wait for `connection:ready`.

        `source` is the address to come from: one has ports for some 28,000 connections.
        """
        options = {} if source is None else {"local_addr": (source, 0)}
        client = cls(token)
        connecting = picows.ws_connect(
            lambda: client,
            url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket",
            **options,
        )
        try:
            await connecting
            await client.ready
        except BaseException:
            client.break_off()
            raise
        return client

    def on_ws_connected(self, transport: Any) -> None:
        self.transport = transport
        if self._given_up:  # by whoever waited for it, a moment ago
            self.break_off()

    def on_ws_disconnected(self, transport: Any) -> None:
        self.ended = True
        if self.on_end is not None:
            self.on_end()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed before it was ready"))
            self.ready.exception()  # nobody may be waiting any more, which is no fault

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type != picows.WSMsgType.TEXT:
            return
        packet = frame.get_payload_as_bytes()
        match packet[:2]:
            case b"42":
                if self.ready.done():
                    self.deliveries += 1
                    if self.on_event is not None:
                        self.on_event(packet)
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
            raise Refused(f"{event}: {packet.decode()}")
        return packet

    async def insist(self, event: str, payload: dict[str, Any]) -> bytes:
        """The same until it is taken, a command under one id: a busy machine answers `unavailable`
        now and then."""
        if event != "channel:subscribe":
            payload = {"command_id": str(uuid.uuid4()), **payload}
        for _ in range(20):
            try:
                return await self.call(event, payload)
            except Refused as refused:
                if '"code":"unavailable"' not in str(refused):
                    raise
            await asyncio.sleep(1)
        raise TimeoutError(event)

    def close(self) -> None:
        """End the connection, what was sent first."""
        self.transport.disconnect()

    def break_off(self) -> None:
        """Be gone without a word, as a phone in a tunnel."""
        self._given_up = True
        if self.transport is not None:
            self.transport.disconnect(graceful=False)

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
