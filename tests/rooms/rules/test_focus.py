"""[C1]: focus time is the union of entries; no second counts twice."""

import random
import zoneinfo
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import DayRule

SECOND = timedelta(seconds=1)
DAY_5, DAY_6 = date(2026, 3, 5), date(2026, 3, 6)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})


def entry(id: int, from_at: str, to_at: str | None, days: DayRule | None = None) -> FocusEntry:
    """An entry of March 2026, its instants given as "05T10:00" in UTC."""
    begin = datetime.fromisoformat(f"2026-03-{from_at}").replace(tzinfo=UTC)
    end = to_at and datetime.fromisoformat(f"2026-03-{to_at}").replace(tzinfo=UTC)
    return FocusEntry(id, begin, end or None, days or DayRule("UTC"))


def test_an_own_timer_beside_a_room_counts_once() -> None:
    """[C1]"""
    assert focus_days([entry(1, "05T10:00", "05T11:00"), entry(2, "05T10:30", "05T11:30")]) == {
        DAY_5: 5400
    }


def test_a_second_belongs_to_the_day_of_the_entry_that_started_first() -> None:
    """Made in two zones: 23:30 to 0:30 of the one is all of the same day in the other."""
    west = DayRule("America/New_York")
    first, second = "05T23:30", "06T00:30"
    assert focus_days([entry(1, first, second, west), entry(2, "05T23:40", second)]) == {
        DAY_5: 3600
    }
    assert focus_days([entry(2, "05T23:40", second, west), entry(1, first, second)]) == {
        DAY_5: 1800,
        DAY_6: 1800,
    }
    alike = [entry(2, first, second, west), entry(1, first, second)]
    assert focus_days(alike) == {DAY_5: 1800, DAY_6: 1800}


def test_a_running_entry_hides_nothing() -> None:
    assert focus_days([entry(1, "05T10:00", None), entry(2, "05T10:30", "05T11:00")]) == {
        DAY_5: 1800
    }


def test_entries_that_touch_within_a_second_lose_none_of_it() -> None:
    """[D0]"""
    assert focus_days(
        [entry(1, "05T10:00:00.200", "05T10:00:00.700"), entry(2, "05T10:00:00.700", "05T10:00:01")]
    ) == {DAY_5: 1}


@st.composite
def short_entries(draw: st.DrawFn) -> list[FocusEntry]:
    """A few around a midnight, to the tenth of a second, in days of any zones."""
    middle = datetime(2026, 3, draw(st.integers(1, 31)), draw(st.integers(0, 23)), tzinfo=UTC)
    found = []
    for id in range(draw(st.integers(0, 5))):
        from_at = middle + timedelta(milliseconds=100 * draw(st.integers(-80, 80)))
        to_at = from_at + timedelta(milliseconds=100 * draw(st.integers(0, 100)))
        rule = DayRule(draw(st.sampled_from(ZONES)), draw(st.integers(0, 6)))
        found.append(FocusEntry(id, from_at, draw(st.sampled_from([to_at, to_at, None])), rule))
    return found


def _ticks(one: FocusEntry) -> set[datetime]:
    """The whole seconds that the clock's grid gives an entry: those in (from, to]."""
    assert one.to_at is not None
    tick = one.from_at.replace(microsecond=0) + SECOND
    found = set()
    while tick <= one.to_at:
        found.add(tick)
        tick += SECOND
    return found


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), short_entries())
def test_every_second_counts_once_for_the_entry_that_started_first(
    dice: random.Random, entries: list[FocusEntry]
) -> None:
    """[C1] Against counting second by second, in whatever order they are given."""
    expected: dict[date, int] = {}
    counted: set[datetime] = set()
    for one in sorted(entries, key=lambda e: (e.from_at, e.id)):
        if one.to_at is None:
            continue
        for tick in _ticks(one) - counted:
            day = one.days.day_of(tick - timedelta(milliseconds=1))
            expected[day] = expected.get(day, 0) + 1
        counted |= _ticks(one)
    shuffled = list(entries)
    dice.shuffle(shuffled)
    assert focus_days(shuffled) == expected
