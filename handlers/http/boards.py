"""/api/leaderboard, and following others."""

from handlers.actions import boards, follows
from handlers.actions.boards import Asked
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.boards import (
    BoardQuery,
    FollowingView,
    MineQuery,
    MineView,
    RankedView,
    RowPosition,
)

api = Api()
_TAG = "Leaderboards"


@api.call(
    "GET", "/leaderboard", tag=_TAG, query=BoardQuery, answer=list[RankedView],
    errors=("not_found",),
)  # fmt: skip
async def read_board(call: Call, query: BoardQuery) -> Reply:
    """A board, from the top: who has focused most, or has the most badges."""
    asked = Asked(query.period, query.scope, query.by)
    position = decode_cursor(query.cursor, RowPosition)
    after = None if position is None else position.parts
    rows, more = await boards.read_page(call.services, call.user, asked, after, query.limit)
    cursor = None if more is None else encode_cursor(more)
    return Reply(rows, headers=next_page(call.request, cursor))


@api.call(
    "GET", "/leaderboard/me", tag=_TAG, query=MineQuery, answer=MineView, errors=("not_found",)
)
async def read_own_place(call: Call, query: MineQuery) -> MineView:
    """One's own rank on a board, and who is around."""
    asked = Asked(query.period, query.scope, query.by)
    return await boards.read_mine(call.services, call.user, asked, query.around)


@api.call("GET", "/users/{user_id}/follow", tag=_TAG, answer=FollowingView, errors=("not_found",))
async def read_following(call: Call, user_id: int) -> FollowingView:
    """Whether one follows a user, and is followed."""
    return await follows.read_following(call.services, call.user, user_id)


@api.call(
    "PUT", "/users/{user_id}/follow", tag=_TAG, answer=FollowingView,
    errors=("not_found", "conflict"),
)  # fmt: skip
async def follow(call: Call, user_id: int) -> FollowingView:
    """Follow a user: their scores are on one's board of scope `following`."""
    return await follows.follow(call.services, call.user, user_id, call.command_id)


@api.call("DELETE", "/users/{user_id}/follow", tag=_TAG, status=204)
async def unfollow(call: Call, user_id: int) -> None:
    """Follow a user no more."""
    await follows.unfollow(call.services, call.user, user_id, call.command_id)
