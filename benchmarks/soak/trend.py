"""Whether a figure that was sampled for a while grows: pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# What comes before is the warming up: pools open, caches fill, code is met for the first time.
WARM_UP = 1 / 3
# Pairs are taken of so many samples at most: enough, and quick.
_MOST = 400

Series = Sequence[tuple[float, float]]  # (seconds since the beginning, value)


@dataclass(frozen=True, slots=True)
class Bound:
    """How much a figure may grow within an hour and still be flat: a share of its middle, or so
    many of its units, whichever is more. The units are what it moves by anyway."""

    unit: str
    share_per_h: float
    at_least_per_h: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a figure did after the warming up: its middle, its extremes, and its growth an hour
    against what is allowed."""

    unit: str
    middle: float
    least: float
    most: float
    per_h: float
    allowed_per_h: float

    @property
    def flat(self) -> bool:
        return self.per_h <= self.allowed_per_h


def slope_of(series: Series) -> float:
    """Growth a second, by the middle of the slopes between all pairs (Theil and Sen).

    A peak at the beginning or end, which would tilt a line of least squares, hardly moves it.
    """
    thinned = series[:: 1 + len(series) // _MOST]
    slopes = [
        (later - earlier) / (after - before)
        for place, (before, earlier) in enumerate(thinned)
        for after, later in thinned[place + 1 :]
        if after > before
    ]
    return median(slopes) if slopes else 0.0


def judge(series: Series, bound: Bound) -> Verdict:
    """What the figure did after the warming up; needs two samples of that time."""
    end = series[-1][0]
    steady = [point for point in series if point[0] >= end * WARM_UP]
    values = [value for _, value in steady]
    middle = median(values)
    return Verdict(
        bound.unit,
        middle,
        min(values),
        max(values),
        slope_of(steady) * 3600,
        max(bound.share_per_h * middle, bound.at_least_per_h),
    )
