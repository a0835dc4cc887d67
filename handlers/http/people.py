"""/api/users/{user_id}/… and /api/timeline: what may be seen of people."""

from datetime import datetime

from handlers.actions import people, timeline
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.earned import AwardedView
from handlers.messages.people import (
    ActivityView,
    MomentPosition,
    ProfileView,
)
from handlers.messages.timeline import PageQuery, TimelineItem, TimelineQuery

api = Api()
_TAG = "People"


@api.call("GET", "/users/{user_id}/profile", tag=_TAG, answer=ProfileView, errors=("not_found",))
async def read_person(call: Call, user_id: int) -> ProfileView:
    """Somebody, with their badges, streak, totals and focus time by day."""
    return await people.read_profile(call.services, call.user, user_id)


@api.call(
    "GET", "/users/{user_id}/badges", tag=_TAG, query=PageQuery, answer=list[AwardedView],
    errors=("not_found",),
)  # fmt: skip
async def read_badges(call: Call, user_id: int, query: PageQuery) -> Reply:
    """Somebody's badges, the latest first."""
    page, more = await people.read_badges(
        call.services, call.user, user_id, _position(query), query.limit
    )
    return Reply(page, headers=next_page(call.request, _cursor(more)))


@api.call("GET", "/users/{user_id}/activity", tag=_TAG, answer=ActivityView, errors=("not_found",))
async def read_activity(call: Call, user_id: int) -> ActivityView:
    """On which projects somebody tracks time, and their latest entries."""
    return await people.read_activity(call.services, call.user, user_id)


@api.call(
    "GET", "/users/{user_id}/timeline", tag=_TAG, query=TimelineQuery,
    answer=list[TimelineItem], errors=("not_found", "forbidden"),
)  # fmt: skip
async def read_timeline(call: Call, user_id: int, query: TimelineQuery) -> Reply:
    """What happened to somebody, the latest first."""
    return await _timeline(call, user_id, query, following=query.following)


@api.call("GET", "/timeline", tag=_TAG, query=PageQuery, answer=list[TimelineItem])
async def read_news(call: Call, query: PageQuery) -> Reply:
    """What happened to oneself and to those whom one follows, the latest first."""
    return await _timeline(call, call.user.user_id, query, following=True)


async def _timeline(call: Call, user_id: int, query: PageQuery, *, following: bool) -> Reply:
    page, more = await timeline.read_timeline(
        call.services, call.user, user_id, _position(query), query.limit, following=following
    )
    return Reply(page, headers=next_page(call.request, _cursor(more)))


def _position(query: PageQuery) -> tuple[datetime, int] | None:
    position = decode_cursor(query.cursor, MomentPosition)
    return None if position is None else position.parts


def _cursor(more: tuple[datetime, int] | None) -> str | None:
    return None if more is None else encode_cursor(MomentPosition.of(*more))
