"""Boards: what is ranked, over which time and among whom, and where everybody stands [L1, L2].

A board's name carries the first day of its period, so that a new period is a new board.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, cast

from rooms.rules.boards import PERIODS, Period, period_start
from rooms.rules.boards import Scope as Among

Measure = Literal["time", "badges"]

MEASURES: tuple[Measure, ...] = ("time", "badges")
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """Among whom; `id` is that of the project or room, 0 for everybody."""

    among: Among
    id: int = 0

    @property
    def name(self) -> str:
        return self.among if self.among == "global" else f"{self.among}:{self.id}"

    @classmethod
    def of(cls, name: str) -> "Scope":
        """The scope of a name that is valid."""
        among, _, number = name.partition(":")
        return cls(cast(Among, among), int(number or 0))


EVERYBODY = Scope("global")


@dataclass(frozen=True, slots=True)
class Board:
    """One board, over the period that begins on `starts_on`."""

    measure: Measure
    period: Period
    starts_on: date
    scope: Scope = EVERYBODY

    @property
    def name(self) -> str:
        scope = self.scope
        return f"{self.measure}:{self.period}:{self.starts_on}:{scope.among}:{scope.id}"

    @classmethod
    def of(cls, name: str) -> "Board":
        """The board of a name as `name` gives it."""
        measure, period, day, among, number = name.split(":")
        scope = Scope(cast(Among, among), int(number))
        return cls(cast(Measure, measure), cast(Period, period), date.fromisoformat(day), scope)

    @property
    def ends_on(self) -> date | None:
        """The first day after its period; None for all time."""
        match self.period:
            case "day":
                return self.starts_on + _DAY
            case "week":
                return self.starts_on + 7 * _DAY
            case "month":
                return (self.starts_on.replace(day=1) + 32 * _DAY).replace(day=1)
            case "all":
                return None


def board_on(day: date, measure: Measure, period: Period, scope: Scope = EVERYBODY) -> Board:
    """The board that is on at `day`."""
    return Board(measure, period, period_start(period, day), scope)


def boards_of_everybody(day: date) -> list[Board]:
    """The boards of everybody that are on at `day`."""
    return [board_on(day, measure, period) for measure in MEASURES for period in PERIODS]


@dataclass(frozen=True, slots=True)
class Row:
    """A score that counts, and when it was reached, in milliseconds since 1970."""

    user_id: int
    score: int
    reached_ms: int

    @property
    def position(self) -> tuple[int, int, int]:
        """What a page goes on after."""
        return self.score, self.reached_ms, self.user_id


@dataclass(frozen=True, slots=True)
class Place(Row):
    """A row and its rank: equal scores share one [L2]."""

    rank: int


@dataclass(frozen=True, slots=True)
class Mine:
    """Where somebody stands among `total`; without a rank the score is 0 and nobody is around."""

    rank: int | None
    score: int
    total: int
    around: tuple[Place, ...] = ()


def ranked(rows: Sequence[Row], before: int, first_rank: int) -> list[Place]:
    """Rows that follow each other on a board, `before` of them being left out, with their ranks.

    1, 1, 3: a rank is one more than the number of those with a higher score [L2].
    """
    places: list[Place] = []
    rank = first_rank
    for place, row in enumerate(rows, before + 1):
        if places and places[-1].score != row.score:
            rank = place
        places.append(Place(row.user_id, row.score, row.reached_ms, rank))
    return places


def ms_of(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def instant_of(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)
