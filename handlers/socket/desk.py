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
from rooms.scopes import Scope


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
    scope: Scope = "write"


def event(
    name: str,
    message: type[msgspec.Struct],
    answer: type[msgspec.Struct],
    handler: Handler,
    cost: int = 1,
) -> EventType:
    """A row of the table of events."""
    decoder = msgspec.json.Decoder(message)
    return EventType(name, message, answer, handler, cost, decoder, _scope_of(name))


def _scope_of(name: str) -> Scope:
    """What an API token needs for it. A connection's own affairs are part of being connected."""
    if name.startswith(("clock:", "auth:", "channel:", "presence:")) or name == "timer:current":
        return "read"
    return "timer" if name.startswith("timer:") else "write"
