"""What the handler of an event works with, and how the table of events is written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from handlers.actions.services import Services
from handlers.socket.attendance import Attendance
from handlers.socket.clients import Client
from handlers.socket.deadlines import Deadlines
from handlers.socket.hub import Hub


@dataclass(slots=True)
class Desk:
    """What the handler of one event works with. `afterwards` runs when the ack has been written.

    `since` is when it came, by time.perf_counter(); `ack_id` is None where no ack is asked for.
    """

    services: Services
    hub: Hub
    attendance: Attendance
    deadlines: Deadlines
    client: Client
    since: float
    ack_id: int | None = None
    name: str = "unknown"
    afterwards: Callable[[], None] | None = None


# Answers what the ack carries as `data`: a view or, already encoded, text; or an awaitable of it.
# A handler that never waits is a plain function, and one that waits for a single future answers
# that: neither costs a task.
Handler = Callable[[Desk, Any], Any]


@dataclass(frozen=True, slots=True)
class EventType:
    """An event that clients send."""

    name: str
    message: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    handler: Handler
    cost: int = 1
    decoder: Any = None


def event(
    name: str,
    message: type[msgspec.Struct],
    answer: type[msgspec.Struct],
    handler: Handler,
    cost: int = 1,
) -> EventType:
    """A row of the table of events."""
    return EventType(name, message, answer, handler, cost, msgspec.json.Decoder(message))
