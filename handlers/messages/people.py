"""Profiles: what others, and oneself, may see of somebody [V2]."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import Id, InstantText, View
from handlers.messages.earned import AwardedView, StreakNow
from handlers.messages.entries import EntryView
from handlers.messages.reports import HeatDay

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TotalsView(View, frozen=True, kw_only=True):
    """`tracked_seconds` is the sum of the closed entries, the others are focus time [C0, C1]; today
    and the week are those of the user's own days [D1, D4]."""

    tracked_seconds: int
    focus_seconds: int
    today_seconds: int
    week_seconds: int
    entries: int


class ProfileView(View, frozen=True, kw_only=True):
    """Somebody. `email` is for themselves and admins; who shows no activity has neither streak nor
    totals nor contributions for others."""

    id: Id
    username: str
    name: str
    avatar_url: str | None
    email: str | UnsetType = UNSET
    joined_at: InstantText
    badges: list[AwardedView]
    streak: StreakNow | None
    totals: TotalsView | None
    contributions: list[HeatDay]


class ProjectTimeView(View, frozen=True, kw_only=True):
    """Tracked time on a project, in seconds."""

    project_id: Id
    name: str
    total_time_spent: int


class ActivityView(View, frozen=True, kw_only=True):
    """What somebody does: of others, on projects that the reader may read."""

    projects: list[ProjectTimeView]
    recent_entries: list[EntryView]


class MomentPosition(msgspec.Struct, frozen=True, array_like=True):
    """What a cursor holds: an instant (microseconds, before 2100), and an id."""

    at_us: Annotated[int, Meta(ge=0, lt=4_102_444_800_000_000)]
    id: Id

    @classmethod
    def of(cls, at: datetime, number: int) -> "MomentPosition":
        return cls((at - _EPOCH) // timedelta(microseconds=1), number)

    @property
    def parts(self) -> tuple[datetime, int]:
        return _EPOCH + timedelta(microseconds=self.at_us), self.id
