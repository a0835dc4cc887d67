"""Focus rooms as tests make and enter them."""

from collections.abc import Callable
from typing import Any

from tests.support.live import PATIENCE_S, Live
from tests.support.product import Person

SHORT = {"work_s": 1, "short_break_s": 1, "long_break_s": 1}


async def make_room(person: Person, **fields: Any) -> tuple[str, str]:
    """(slug, channel) of a new room."""
    made = await person.post("/rooms", {"name": "Deep work", **fields})
    return made["slug"], f"room:{made['room_id']}"


async def join(person: Person, slug: str) -> tuple[Live, Any]:
    """A connection that is in the room, and its snapshot."""
    live = await person.connect()
    answer = await live.do("room:join", room=slug)
    return live, answer["snapshot"]


async def told(
    live: Live,
    channel: str,
    event: str,
    where: Callable[[Any], bool] = lambda _data: True,
    patience_s: float = PATIENCE_S,
) -> Any:
    """The data of such an event on the channel, come or to come."""
    envelope = await live.expect(
        event, lambda e: e["channel"] == channel and where(e["data"]), patience_s
    )
    return envelope["data"]
