"""One websocket of a client's: picows parses the frames, and acks are matched by their numbers."""

import asyncio
from typing import Any, Protocol

import msgspec
import picows

_encode = msgspec.json.encode


class Refused(Exception):
    """An ack that is not ok; `code` is its error's."""

    def __init__(self, code: str, ack: Any) -> None:
        super().__init__(f"{code}: {ack}")
        self.code = code


class Gone(ConnectionError):
    """The connection ended before the answer came: not known to have happened."""


class Listener(Protocol):
    """Whose websocket it is."""

    token: str
    close_codes: list[int]

    def hear(self, wire: "Wire", packet: bytes) -> None:
        """An event came."""

    def on_end(self, wire: "Wire") -> None:
        """The websocket has ended."""


class Wire(picows.WSListener):  # type: ignore[misc]
    """One websocket of a client's, as long as it lasts."""

    def __init__(self, client: Listener) -> None:
        self.client = client
        self.transport: Any = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.acks: dict[int, asyncio.Future[bytes]] = {}
        self.number = 0

    def on_ws_connected(self, transport: Any) -> None:
        self.transport = transport

    def on_ws_disconnected(self, transport: Any) -> None:
        self.ended.set()
        lost = Gone("the connection ended")
        for waiting in (self.ready, *self.acks.values()):
            if not waiting.done():
                waiting.set_exception(lost)
                waiting.exception()  # nobody may be asking any more
        self.acks.clear()
        self.client.on_end(self)

    def on_ws_frame(self, transport: Any, frame: Any) -> None:
        if frame.msg_type != picows.WSMsgType.TEXT:
            if frame.msg_type == picows.WSMsgType.CLOSE:
                self.client.close_codes.append(int(frame.get_close_code()))
                transport.send_close(frame.get_close_code())
                transport.disconnect()
            return
        packet = frame.get_payload_as_bytes()
        match packet[:2]:
            case b"42":
                self.client.hear(self, packet)
            case b"43":
                bracket = packet.index(b"[")
                waiting = self.acks.pop(int(packet[2:bracket]), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(packet[bracket:])
            case b"44":
                if not self.ready.done():
                    self.ready.set_exception(Refused("connect_error", packet.decode()))
            case _ if packet[:1] == b"0":
                self.text(b"40" + _encode({"token": self.client.token}))
            case _ if packet[:1] == b"2":
                self.text(b"3")

    def text(self, packet: bytes) -> None:
        self.transport.send(picows.WSMsgType.TEXT, packet)
