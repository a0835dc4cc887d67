"""The calls that Promodoro had, in its own words: camelCase, and minutes for seconds."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from handlers.messages.accounts import Email, Password
from handlers.messages.boards import RankedView
from handlers.messages.common import END, Command, Id, Instant, Message, Name, View, taken_instant
from handlers.messages.earned import DateText
from handlers.messages.entries import EntryView
from rooms import timer

PictureUrl = Annotated[
    str,
    Meta(
        max_length=1000,
        pattern="^https://[^\\s\\x00-\\x1f\\x7f\"'<>\\\\]+" + END,
        description="an https address; it is kept as it is and never fetched",
    ),
]


class Registration(Message, frozen=True, kw_only=True):
    """The username is made from the name."""

    name: Name
    email: Email
    password: Password
    image: PictureUrl | None = None


class FocusSession(Command, frozen=True, kw_only=True):
    """Minutes of focus that ended at `timestamp`; `userId`, if given, is the caller's own."""

    duration: Annotated[float, Meta(gt=0, le=1440, description="minutes")]
    timestamp: Instant
    user_id: Id | None = msgspec.field(default=None, name="userId")

    def to_command(self) -> timer.LogEntry:
        ended_at = taken_instant("timestamp", self.timestamp)
        span = timedelta(milliseconds=round(self.duration * 60_000))
        return timer.LogEntry(taken_instant("timestamp", ended_at - span), ended_at)


class SessionView(View, frozen=True, kw_only=True):
    id: Id
    duration: float
    timestamp: str


class LoggedSession(View, frozen=True, kw_only=True):
    session: SessionView
    entry: EntryView


class SpanView(View, frozen=True, kw_only=True):
    """The entries that started in a span, and whole minutes of focus time."""

    sessions: int
    total_time: int


MedalName = Literal["Bronze", "Silver", "Gold"]


class FocusMetrics(View, frozen=True, kw_only=True, rename="camel"):
    """Today, the seven days that end today, and the streak, in the user's own days."""

    daily_metrics: SpanView
    weekly_metrics: SpanView
    current_streak: int
    longest_streak: int
    current_badge: MedalName | None
    highest_badge: MedalName | None


class FocusLog(View, frozen=True, kw_only=True, rename="camel"):
    """One of the user's own days; `totalDuration` is in minutes."""

    date: DateText
    total_sessions: int
    total_duration: int


class MinutesView(RankedView, frozen=True, kw_only=True):
    """A row of a board; `total_time` is its score in minutes."""

    total_time: int


def with_minutes(row: RankedView) -> MinutesView:
    return MinutesView(**msgspec.structs.asdict(row), total_time=row.score // 60)
