"""/api/rooms."""

from typing import Any

from handlers.actions import focus_rooms
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.common import Id
from handlers.messages.rooms import (
    HistoryFilter,
    RoomCreate,
    RoomEdit,
    RoomFilter,
    RoomMade,
    RoomView,
    RoundView,
)

api = Api()
_TAG = "Rooms"


@api.call(
    "POST", "/rooms", tag=_TAG, body=RoomCreate, answer=RoomMade, status=201,
    errors=("forbidden", "not_found", "conflict"),
)  # fmt: skip
async def make_room(call: Call, body: RoomCreate) -> RoomMade:
    """Make a focus room; the caller owns and hosts it."""
    return await focus_rooms.make_room(call.services, call.user, body, call.command_id)


@api.call("GET", "/rooms", tag=_TAG, query=RoomFilter, answer=list[RoomView])
async def list_rooms(call: Call, query: RoomFilter) -> Reply:
    """The rooms one may find, the newest first: one's own and joined ones, those of one's
    projects, and public ones."""
    found = await focus_rooms.list_rooms(
        call.services,
        call.user,
        mine=query.mine,
        project_id=query.project_id,
        before_id=decode_cursor(query.cursor, Id),
        limit=query.limit + 1,
    )
    page = found[: query.limit]
    more = encode_cursor(page[-1].id) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, more))


@api.call("GET", "/rooms/{slug}", tag=_TAG, answer=RoomView, errors=("not_found",))
async def read_room(call: Call, slug: str) -> RoomView:
    """A room as it is now; who is in it, for those who are in it themselves or if it is public."""
    return await focus_rooms.read_room(call.services, call.user, slug)


@api.call(
    "PATCH", "/rooms/{slug}", tag=_TAG, body=RoomEdit, answer=RoomView,
    errors=("forbidden", "not_found", "conflict", "version_conflict"),
)  # fmt: skip
async def edit_room(call: Call, slug: str, body: RoomEdit) -> RoomView:
    """Edit a room; settings apply from the next phase on, or at once with `apply: "now"`."""
    return await focus_rooms.edit_room(call.services, call.user, slug, body, call.command_id)


@api.call(
    "DELETE", "/rooms/{slug}", tag=_TAG, status=204, errors=("forbidden", "not_found", "conflict")
)
async def delete_room(call: Call, slug: str) -> None:
    """Close a room for good; what was earned in it stays with its members."""
    await focus_rooms.delete_room(call.services, call.user, slug, call.command_id)


@api.call(
    "GET", "/rooms/{slug}/history", tag=_TAG, query=HistoryFilter, answer=list[RoundView],
    errors=("forbidden", "not_found"),
)  # fmt: skip
async def read_history(call: Call, slug: str, query: HistoryFilter) -> Any:
    """The rounds of a room, the newest first: phases, members, what they meant to do, how it
    went, and what was credited."""
    found = await focus_rooms.read_history(
        call.services, call.user, slug, decode_cursor(query.cursor, Id), query.limit + 1
    )
    page = found[: query.limit]
    more = encode_cursor(page[-1].round) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, more))
