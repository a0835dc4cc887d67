"""A connection, as everything behind the transport sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from handlers.actions.identity import Principal
from handlers.messages.channels import ConnectionClosing
from handlers.messages.common import to_json


class Wire(Protocol):
    """One client's end of the transport. Neither call waits; the order of writes is kept."""

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, or is about to."""

    def write(self, packet: str) -> None:
        """Send a Socket.IO packet."""

    @staticmethod
    def write_shared(wires: Sequence[Any], parcel: "Parcel") -> None:
        """Send packets to many connections of this kind, encoded once for all of them."""

    def close(self, *, reconnect: bool) -> None:
        """End the connection once everything written so far is out."""


class Parcel:
    """Packets that many connections get, in this order. Volatile ones may be dropped for a reader
    that is slow."""

    __slots__ = ("packets", "volatile")

    def __init__(self, packets: list[str], *, volatile: bool = False) -> None:
        self.packets = packets
        self.volatile = volatile


@dataclass(slots=True, eq=False)
class Client:
    """A connection that has said who it is, and the channels it follows."""

    wire: Wire
    principal: Principal
    username: str = ""
    channels: set[str] = field(default_factory=set)
    closing: bool = False

    @property
    def user_id(self) -> int:
        return self.principal.user_id

    def send(self, event: str, data: Any) -> None:
        """Send an event outside the envelope of channels."""
        if not self.closing:
            self.wire.write(event_packet(event, to_json(data)))

    def close(self, code: str, message: str, *, reconnect: bool) -> None:
        """Say why, and end the connection."""
        if self.closing:
            return
        self.closing = True
        told = ConnectionClosing(code=code, message=message, reconnect=reconnect)
        self.wire.write(event_packet("connection:closing", to_json(told)))
        self.wire.close(reconnect=reconnect)


def event_packet(event: str, data: str) -> str:
    """A Socket.IO packet with one argument, already JSON."""
    return f'2["{event}",{data}]'
