"""Leaderboards, and who follows whom [L1, L2, L3]."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from handlers.messages.common import END, Id, Message, View

Period = Literal["all", "day", "week", "month"]
ScopeName = Annotated[
    str,
    Meta(
        pattern="^(global|following|(project|room):[1-9][0-9]{0,14})" + END,
        description="global, following, project:{id} or room:{id}",
    ),
]
DateText = Annotated[
    str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", extra_json_schema={"format": "date"})
]


class RowPosition(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor holds: a row's score, when it was reached (ms, before 2100), whose it is."""

    score: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    reached_ms: Annotated[int, Meta(ge=0, lt=4_102_444_800_000)]
    user_id: Id

    @property
    def parts(self) -> tuple[int, int, int]:
        return self.score, self.reached_ms, self.user_id


class BoardQuery(Message, frozen=True, kw_only=True):
    period: Period = "all"
    scope: ScopeName = "global"
    by: Literal["time", "badges"] = "time"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class MineQuery(Message, frozen=True, kw_only=True):
    """`around`: how many rows above and below one's own."""

    period: Period = "all"
    scope: ScopeName = "global"
    by: Literal["time", "badges"] = "time"
    around: Annotated[int, Meta(ge=0, le=50)] = 5


class RankedView(View, frozen=True, kw_only=True):
    """A row of a board. `score` is in seconds, or in badges; equal scores share a rank [L2]."""

    user_id: Id
    username: str
    name: str
    avatar_url: str | None
    score: int
    rank: int


class MineView(View, frozen=True, kw_only=True):
    """Where one stands among `total`; who has no score, or is hidden, has no rank."""

    rank: int | None
    score: int
    total: int
    around: list[RankedView]


class OwnPlace(View, frozen=True, kw_only=True):
    rank: int | None
    score: int
    total: int


class BoardSnapshot(View, frozen=True, kw_only=True):
    """What a subscriber of a board begins with: its first 200 rows, and the own place."""

    rows: list[RankedView]
    me: OwnPlace
    period_start: DateText
    version: int


class BoardChange(View, frozen=True, kw_only=True):
    """A row that entered the first 200, or moved there; without a rank: one that left them."""

    user_id: Id
    username: str
    name: str
    avatar_url: str | None
    score: int
    rank: int | None


class BoardUpdated(View, frozen=True, kw_only=True):
    """leaderboard:updated: what has changed since the version `previous`. With another
    `period_start` than before, the changes are all there is."""

    period_start: DateText
    version: int
    previous: int
    changes: list[BoardChange]


class FollowingView(View, frozen=True, kw_only=True):
    """What is between the caller and a user; how many follow that one, and are followed."""

    user_id: Id
    following: bool
    follows_you: bool
    followers: int
    follows: int


def date_text(day: date) -> str:
    return day.isoformat()
