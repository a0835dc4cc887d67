"""Streaks: counting days in a row, and the freezes that bridge missed ones [S1, S2, S3].

All of it is derived from the seconds per day. What lies between two counting days costs nothing,
so years take no longer than the days on which something was done.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

STREAK_MIN_SECONDS = 60
DAYS_PER_FREEZE = 7
MOST_FREEZES = 2
_DAY = timedelta(days=1)

State = Literal["done", "frozen", "missed", "pending"]
Medal = Literal["Bronze", "Silver", "Gold"]
_MEDALS: tuple[tuple[int, Medal], ...] = ((7, "Gold"), (3, "Silver"), (1, "Bronze"))


def medal_of(days: int) -> Medal | None:
    """The medal of a streak of so many days [B3]."""
    return next((medal for least, medal in _MEDALS if days >= least), None)


class Step(NamedTuple):
    """Where a user stands at the end of `day`, which counts [S2].

    `length` is the counting days of the run so far, `freezes` are held, and `longest` is the
    longest run up to here.
    """

    day: date
    length: int
    freezes: int
    longest: int

    @property
    def lasts_until(self) -> date:
        """The last day at whose beginning the run is still on; it ends with that day, unless done.

        Each freeze bridges one missed day, and the day after them is the last chance.
        """
        return self.day + (1 + self.freezes) * _DAY


def walk_on(before: Step | None, day: date) -> Step:
    """The step to the next counting day, over the missed ones between; from None to the first."""
    if before is None or day > before.lasts_until:
        length, freezes = 1, 0
    else:
        length, freezes = before.length + 1, before.freezes - _missed(before, day)
    if length % DAYS_PER_FREEZE == 0:
        freezes = min(freezes + 1, MOST_FREEZES)
    return Step(day, length, freezes, max(length, before.longest if before else 0))


def walk(days: Iterable[date]) -> list[Step]:
    """All steps over counting days, which come in order."""
    steps: list[Step] = []
    step: Step | None = None
    for day in days:
        step = walk_on(step, day)
        steps.append(step)
    return steps


def counting_days(seconds_by_day: Mapping[date, int], minimum_s: int) -> list[date]:
    """The days with at least `minimum_s` (1 or more) of focus time, in order [S1]."""
    return sorted(day for day, seconds in seconds_by_day.items() if seconds >= minimum_s)


class StreakDay(NamedTuple):
    """A day as it went: its focus seconds, and what they did to the streak [S3]."""

    date: date
    seconds: int
    state: State


@dataclass(frozen=True, slots=True)
class Streak:
    """A streak as of some today [S1, S3]: `current` and `longest` are counting days.

    `expires_on` is the last of the user's own days that it lives through if nothing more is done:
    it ends when that day ends. None if there is none. `freezes` are those still held.
    """

    current: int
    longest: int
    today_done: bool
    expires_on: date | None
    freezes: int
    days: tuple[StreakDay, ...]


def streak_of(
    seconds_by_day: Mapping[date, int],
    today: date,
    minimum_s: int = STREAK_MIN_SECONDS,
    days_from: date | None = None,
) -> Streak:
    """The streak of somebody with these focus seconds per own day.

    Its `days` go from that of the first entry, or from `days_from` if that is later, to today.
    Days after today, which one who travelled west may have, count once they have come.
    """
    steps = walk(counting_days(seconds_by_day, minimum_s))
    past = bisect_right(steps, today, key=lambda step: step.day)
    last = steps[past - 1] if past else None
    first = min(seconds_by_day, default=today)
    days = _explained(seconds_by_day, steps[:past], max(first, days_from or first), today)
    if last is None:
        return Streak(0, 0, False, None, 0, days)
    if today > last.lasts_until:
        return Streak(0, last.longest, False, None, 0, days)
    return Streak(
        current=last.length,
        longest=last.longest,
        today_done=last.day == today,
        expires_on=_expires_on(steps[past - 1 :]),
        freezes=last.freezes - _missed(last, today),
        days=days,
    )


def _missed(step: Step, day: date) -> int:
    """The days between that of the step and `day`."""
    return max((day - step.day).days - 1, 0)


def _expires_on(steps: list[Step]) -> date:
    """When the run that the first step is in ends, if nothing is done but these."""
    last = steps[0]
    for step in steps[1:]:
        if step.day > last.lasts_until:
            break
        last = step
    return last.lasts_until


def _explained(
    seconds_by_day: Mapping[date, int], steps: list[Step], from_on: date, today: date
) -> tuple[StreakDay, ...]:
    """The days from `from_on` to today, which is there in any case."""
    days = []
    at = bisect_right(steps, from_on, key=lambda step: step.day) - 1
    day = min(from_on, today)
    while day <= today:
        if at + 1 < len(steps) and steps[at + 1].day == day:
            at += 1
        state = _state(steps, at, day, today)
        days.append(StreakDay(day, seconds_by_day.get(day, 0), state))
        day += _DAY
    return tuple(days)


def _state(steps: list[Step], at: int, day: date, today: date) -> State:
    """The state of `day`; `at` is the last step that is not after it, -1 if there is none."""
    if at >= 0 and steps[at].day == day:
        return "done"
    if day == today:
        return "pending"
    # Freezes are used as days are missed, also where they did not reach in the end.
    return "frozen" if at >= 0 and day < steps[at].lasts_until else "missed"
