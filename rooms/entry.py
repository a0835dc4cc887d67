"""A time entry: the recorded fact, as it stands in Postgres. Open while `ended_at` is None."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rooms.rules.periods import DayRule, whole_seconds

Source = Literal["timer", "manual", "room", "import"]
# Which deed set the end: T4 lets an earlier stop win only over a stop or a switch.
EndedBy = Literal["stop", "switch", "edit", "discard", "limit", "log", "room"]

MAX_SPAN = timedelta(days=31)
MAX_TAGS = 10
MAX_TAG_LENGTH = 40
MAX_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of time. Instants are UTC with whole milliseconds; `version` starts at 1."""

    id: int
    user_id: int
    project_id: int | None
    room_id: int | None
    description: str
    tags: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None
    ended_by: EndedBy | None
    deleted_at: datetime | None
    source: Source
    claimed: bool
    doubtful_from: datetime | None
    timezone: str
    day_starts_at: int
    version: int

    @property
    def running(self) -> bool:
        return self.ended_at is None and self.deleted_at is None

    @property
    def duration_seconds(self) -> int | None:
        """Whole seconds on the clock's grid, None while it runs [D0]."""
        return None if self.ended_at is None else whole_seconds(self.started_at, self.ended_at)

    @property
    def day_rule(self) -> DayRule:
        """The days this entry belongs to: those it was made with, for ever [D1, D3]."""
        return DayRule(self.timezone, self.day_starts_at)
