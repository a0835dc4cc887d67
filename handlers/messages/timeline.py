"""The timeline: what happened to people, as clients see it."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from handlers.messages.common import Id, InstantText, Message, View, instant_text
from handlers.messages.entries import Tracker
from storage.timeline import Item

EventKind = Literal[
    "project_created",
    "badge_earned",
    "streak_reached",
    "room_joined",
    "timer_started",
    "timer_stopped",
]


class TimelineItem(View, frozen=True, kw_only=True):
    """Something that happened to `user`; `event_data` depends on `event_type`."""

    id: Id
    event_type: EventKind
    event_data: Any
    timestamp: InstantText
    user: Tracker


class TimelineAdded(View, frozen=True, kw_only=True):
    """timeline:added: something happened. Timers have events of their own."""

    item: TimelineItem


class PageQuery(Message, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class TimelineQuery(PageQuery, frozen=True, kw_only=True):
    """`following`: together with those whom the user follows; only of oneself."""

    following: bool = False


def item_view(item: Item) -> TimelineItem:
    data: Any = msgspec.Raw(item.data.encode())
    if item.entry_id is not None:
        data = msgspec.json.decode(item.data) | {
            "project_id": item.project_id,
            "project_name": item.project_name,
            "description": item.description,
        }
    return TimelineItem(
        id=item.id,
        event_type=item.event_type,  # type: ignore[arg-type]
        event_data=data,
        timestamp=instant_text(item.at),
        user=Tracker(id=item.user_id, username=item.username),
    )
