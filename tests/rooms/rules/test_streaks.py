"""[S1], [S2] and [S3]: days in a row, freezes, and why a streak is what it is."""

import time
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import DayRule
from rooms.rules.streaks import Streak, StreakDay, streak_of

DAY = timedelta(days=1)
BEGIN = date(2026, 3, 1)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
# Since 2024 no zone has skipped a date.
RECENT = st.dates(date(2024, 1, 1), date(2036, 12, 1))
LETTERS = {"done": "x", "frozen": "f", "missed": "-", "pending": "?"}

thorough = settings(max_examples=200, deadline=None)
brief = settings(max_examples=80, deadline=None)


def day(number: int) -> date:
    """The days of the examples count from 1."""
    return BEGIN + (number - 1) * DAY


def seconds_of(pattern: str) -> dict[date, int]:
    """60 s on each day that has an x, from the first one on."""
    return {day(n): 60 for n, letter in enumerate(pattern, start=1) if letter == "x"}


def streak(pattern: str, **more: date) -> Streak:
    """The streak on the last day of a pattern."""
    return streak_of(seconds_of(pattern), day(len(pattern)), 60, **more)


def told(of: Streak) -> str:
    """How its days went, as a pattern."""
    return "".join(LETTERS[one.state] for one in of.days)


@dataclass
class Model:
    """The rules as they are written, day by day, with a counter and two pockets."""

    run: int = 0
    longest: int = 0
    freezes: int = 0
    today_done: bool = False
    states: list[str] = field(default_factory=list)

    def live(self, seconds: int, minimum: int, *, is_today: bool) -> None:
        if seconds >= minimum:
            self.run += 1
            if self.run % 7 == 0 and self.freezes < 2:
                self.freezes += 1
            self.longest = max(self.longest, self.run)
            self.states.append("done")
            self.today_done = is_today
        elif is_today:
            self.states.append("pending")
        elif self.freezes > 0:
            self.freezes -= 1
            self.states.append("frozen")
        else:
            self.run = 0
            self.states.append("missed")


def model_of(seconds: Mapping[date, int], today: date, minimum: int) -> Model:
    model, at = Model(), min(seconds, default=today)
    if at > today:
        model.states.append("pending")
    while at <= today:
        model.live(seconds.get(at, 0), minimum, is_today=at == today)
        at += DAY
    return model


@st.composite
def lives(draw: st.DrawFn) -> tuple[dict[date, int], date, int]:
    """Some weeks, mostly with focus time, and a day in them that is today."""
    minimum = draw(st.sampled_from([1, 60, 600]))
    always: list[int | None] = [minimum]
    mostly = draw(st.sampled_from([[], always, always * 6, always * 20]))
    weeks = draw(st.lists(st.sampled_from([*mostly, minimum, minimum - 1, 0, None]), max_size=60))
    seconds = {day(n): amount for n, amount in enumerate(weeks, 1) if amount is not None}
    return seconds, day(draw(st.integers(-2, len(weeks) + 6))), minimum


class TestStreak:
    def test_days_in_a_row_up_to_today(self) -> None:
        """[S1]"""
        assert (streak("xx.xxx").current, streak("xx.xxx").longest) == (3, 3)

    def test_yesterday_is_enough_while_today_is_not_over(self) -> None:
        """[S1]"""
        found = streak("xxx.")
        assert (found.current, found.today_done, told(found)) == (3, False, "xxx?")

    def test_it_ends_by_itself(self) -> None:
        """[S1] Nobody has to do anything, and nobody has to have looked."""
        assert streak("xxx..").current == 0
        assert streak("xxx..").longest == 3

    def test_a_day_needs_the_minimum(self) -> None:
        """[S1]"""
        assert streak_of({day(1): 59}, day(1), 60).current == 0
        assert streak_of({day(1): 60}, day(1), 60).current == 1

    def test_without_entries_there_is_only_today(self) -> None:
        assert streak_of({}, BEGIN) == Streak(
            0, 0, False, None, 0, (StreakDay(BEGIN, 0, "pending"),)
        )

    def test_too_short_a_day_is_the_first_one_all_the_same(self) -> None:
        """[S2] The walk begins with the first entry."""
        found = streak_of({day(1): 5, day(2): 60}, day(3))
        assert found.days == (
            StreakDay(day(1), 5, "missed"),
            StreakDay(day(2), 60, "done"),
            StreakDay(day(3), 0, "pending"),
        )


class TestFreezes:
    def test_the_seventh_day_earns_a_freeze(self) -> None:
        """[S2]"""
        assert streak("xxxxxx").freezes == 0
        assert streak("xxxxxxx").freezes == 1

    def test_a_missed_day_uses_one_and_adds_nothing(self) -> None:
        """[S2]"""
        found = streak("xxxxxxx.x")
        assert (found.current, found.freezes, told(found)) == (8, 0, "xxxxxxxfx")

    def test_today_uses_none(self) -> None:
        """[S2] It may still be done."""
        assert streak("xxxxxxx.").freezes == 1

    def test_a_second_missed_day_needs_a_second_one(self) -> None:
        """[S2]"""
        found = streak("xxxxxxx..x")
        assert (found.current, found.longest, told(found)) == (1, 7, "xxxxxxxf-x")

    def test_no_more_than_two_are_held(self) -> None:
        """[S2]"""
        assert streak("x" * 21).freezes == 2
        assert streak("x" * 21 + "..").current == 21
        assert streak("x" * 21 + "..x").current == 22
        assert streak("x" * 21 + "...x").current == 1

    def test_frozen_days_bring_the_next_one_no_nearer(self) -> None:
        """[S2] Each 7th counting day of the run earns, wherever the frozen ones lie."""
        assert streak("xxxxxxx.xxxxxx").freezes == 0
        assert streak("xxxxxxx.xxxxxxx").freezes == 1

    def test_a_new_run_counts_its_seven_anew(self) -> None:
        assert streak("xxxxx.xx").freezes == 0
        assert streak("xxxxx.xxxxxxx").freezes == 1


class TestExpiry:
    @pytest.mark.parametrize(
        "pattern, expected, why",
        [
            ("x", 2, "tomorrow's end, since today is done"),
            ("x.", 2, "today's end"),
            ("xxxxxxx", 9, "a freeze bridges one day"),
            ("xxxxxxx.", 9, "the same, seen a day later"),
            ("xxxxxxx..", 9, "the freeze is used"),
            ("x" * 14, 17, "two freezes bridge two days"),
        ],
    )
    def test_it_lives_through_the_day_at_whose_end_it_ends(
        self, pattern: str, expected: int, why: str
    ) -> None:
        """[S3]"""
        assert streak(pattern).expires_on == day(expected), why

    def test_what_has_ended_does_not_expire(self) -> None:
        """[S3]"""
        assert streak("x..").expires_on is None

    def test_its_instant_is_the_end_of_the_users_own_day(self) -> None:
        """[S3], [D1] On the day on which the clocks of Zurich go forward, from 4 h."""
        expires_on = streak_of({date(2026, 3, 28): 60}, date(2026, 3, 28)).expires_on
        assert expires_on == date(2026, 3, 29)
        expires_at = DayRule("Europe/Zurich", 4).day_bounds(expires_on)[1]
        assert expires_at == datetime(2026, 3, 30, 2, tzinfo=UTC)

    def test_a_day_that_is_done_already_elsewhere_counts_when_it_comes(self) -> None:
        """Who flew west has tomorrow's minute, and lives to the day after it."""
        done = {day(1): 60, day(2): 60}
        assert streak_of(done, day(1)).current == 1
        assert streak_of(done, day(1)).expires_on == day(3)
        assert streak_of({day(2): 60}, day(1)).current == 0


class TestDays:
    def test_they_go_from_the_first_entry_to_today(self) -> None:
        """[S3]"""
        assert told(streak("x.xxxxxxx..x.")) == "x-xxxxxxxf-x?"

    def test_they_may_begin_later(self) -> None:
        found = streak("x.xxxxxxx..x.", days_from=day(10))
        assert told(found) == "f-x?"
        assert found == replace(streak("x.xxxxxxx..x."), days=found.days)

    def test_they_begin_with_the_first_entry_whatever_is_asked(self) -> None:
        assert told(streak("xx", days_from=day(-9))) == "xx"


@thorough
@given(lives())
def test_it_is_what_a_walk_day_by_day_gives(life: tuple[dict[date, int], date, int]) -> None:
    """[S1], [S2], [S3]"""
    seconds, today, minimum = life
    found, model = streak_of(seconds, today, minimum), model_of(seconds, today, minimum)
    assert (found.current, found.longest, found.today_done, found.freezes) == (
        model.run,
        model.longest,
        model.today_done,
        model.freezes,
    )
    assert [one.state for one in found.days] == model.states
    assert [one.seconds for one in found.days] == [seconds.get(d.date, 0) for d in found.days]
    assert found.days[-1].date == today


@thorough
@given(lives())
def test_it_ends_with_the_day_it_names_and_not_before(
    life: tuple[dict[date, int], date, int],
) -> None:
    """[S1], [S3] By the passing of days alone."""
    seconds, today, minimum = life
    found = streak_of(seconds, today, minimum)
    assert (found.expires_on is None) == (found.current == 0)
    at = today
    while found.expires_on is not None and at <= found.expires_on:
        later = streak_of(seconds, at, minimum)
        assert later.current >= found.current
        assert later.expires_on == found.expires_on
        at += DAY
    if found.expires_on is not None:
        ended = streak_of(seconds, at, minimum)
        # On that day a run may begin anew that somebody far east has in store.
        assert ended.current == (1 if at in seconds and seconds[at] >= minimum else 0)
        assert not ended.current or ended.today_done


@brief
@given(lives(), st.integers(-3, 70))
def test_a_later_beginning_only_hides_days(
    life: tuple[dict[date, int], date, int], number: int
) -> None:
    """[S3]"""
    seconds, today, minimum = life
    whole, part = (
        streak_of(seconds, today, minimum),
        streak_of(seconds, today, minimum, day(number)),
    )
    expected = [one for one in whole.days if one.date >= day(number)] or [whole.days[-1]]
    assert list(part.days) == expected


@brief
@given(st.sampled_from(ZONES), st.integers(0, 6), RECENT, st.integers(1, 20))
def test_a_minute_in_each_own_day_is_a_streak_on_any_clocks(
    zone: str, hour: int, first: date, length: int
) -> None:
    """[S1], [D1] The first minute of each day, which may be of 23 or 25 hours."""
    rule = DayRule(zone, hour)
    days = [first + n * DAY for n in range(length)]
    begins = [rule.day_bounds(one)[0] for one in days]
    entries = [FocusEntry(n, at, at + timedelta(seconds=60), rule) for n, at in enumerate(begins)]
    found = streak_of(focus_days(entries), days[-1])
    assert found.current == found.longest == length
    assert found.today_done


@brief
@given(st.sampled_from(ZONES), st.integers(0, 6), RECENT)
def test_it_is_over_at_the_instant_at_which_the_own_day_ends(
    zone: str, hour: int, first: date
) -> None:
    """[S3], [D1] Told by the day rule alone: still there a moment before, gone then."""
    rule = DayRule(zone, hour)
    at = rule.day_bounds(first)[0]
    seconds = focus_days([FocusEntry(1, at, at + timedelta(seconds=60), rule)])
    expires_on = streak_of(seconds, first).expires_on
    assert expires_on is not None
    expires_at = rule.day_bounds(expires_on)[1]
    assert streak_of(seconds, rule.day_of(expires_at - timedelta(microseconds=1))).current == 1
    assert streak_of(seconds, rule.day_of(expires_at)).current == 0


@brief
@given(st.lists(st.sampled_from(ZONES), min_size=1, max_size=12), RECENT)
def test_travelling_breaks_no_streak_while_each_own_day_has_its_minute(
    zones: list[str], first: date
) -> None:
    """[S1], [D1] Noon of each date, wherever one is; a minute later each day, as two noons of
    far places may be one instant."""
    entries = []
    for n, zone in enumerate(zones):
        rule = DayRule(zone)
        midnight = datetime.combine(first + n * DAY, datetime.min.time())
        noon = midnight.replace(hour=12, minute=n, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)
        entries.append(FocusEntry(n, noon, noon + timedelta(seconds=60), rule))
    found = streak_of(focus_days(entries), first + (len(zones) - 1) * DAY)
    assert (found.current, found.today_done) == (len(zones), True)


def test_ten_years_take_no_time() -> None:
    seconds = {BEGIN + n * DAY: 3600 for n in range(3650) if n % 11}
    began = time.process_time()
    found = streak_of(seconds, BEGIN + 3649 * DAY, 60, BEGIN + 3600 * DAY)
    assert time.process_time() - began < 0.5
    assert len(found.days) == 50
