"""[B1] and [B2]: when the past reached a badge, against counting all of it again and again."""

import time
import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.badge_history import (
    DatedMetric,
    History,
    HistoryEntry,
    metrics_of,
    reached_at,
)
from rooms.rules.badges import METRICS, AllOf, AnyOf, AtLeast, Criteria, Metric, holds
from rooms.rules.focus import FocusEntry, focus_days
from rooms.rules.periods import DayRule, whole_seconds
from rooms.rules.streaks import streak_of

HOUR = timedelta(hours=1)
UTC_DAYS = DayRule("UTC")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DATED: tuple[DatedMetric, ...] = ("rooms_joined", "rooms_hosted", "badges")
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})

thorough = settings(max_examples=200, deadline=None)


def at(text: str) -> datetime:
    """An instant of March 2026, as "05T10:00" in UTC."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def entry(
    from_at: str, to_at: str, project_id: int | None = None, days: DayRule = UTC_DAYS, id: int = 1
) -> HistoryEntry:
    return HistoryEntry(id, at(from_at), at(to_at), project_id, days)


def reached(metric: Metric, gte: int, *entries: HistoryEntry) -> datetime | None:
    return reached_at(AtLeast(metric, gte), History(entries))


class TestReachedAt:
    def test_it_is_the_end_of_the_entry_that_reached_it(self) -> None:
        """[B2]"""
        entries = entry("05T10:00", "05T11:00"), entry("05T12:00", "05T13:00")
        assert reached("total_seconds", 3600, *entries) == at("05T11:00")
        assert reached("total_seconds", 3601, *entries) == at("05T13:00")
        assert reached("total_seconds", 7201, *entries) is None

    def test_overlapping_time_counts_once(self) -> None:
        """[C1] In focus time, but an entry is as long as it is."""
        entries = entry("05T10:00", "05T11:00", 7), entry("05T10:30", "05T11:30", 7, id=2)
        assert reached("total_seconds", 5400, *entries) == at("05T11:30")
        assert reached("total_seconds", 5401, *entries) is None
        assert reached("project_seconds", 5401, *entries) is None

    def test_one_project_has_to_reach_it(self) -> None:
        """[B1]"""
        entries = [entry("05T10:00", "05T11:00", 7), entry("05T12:00", "05T13:00", 8)]
        assert reached("project_seconds", 3601, *entries) is None
        entries.append(entry("05T14:00", "05T15:00", 7))
        assert reached("project_seconds", 7200, *entries) == at("05T15:00")

    def test_time_on_no_project_is_no_projects(self) -> None:
        assert reached("project_seconds", 1, entry("05T10:00", "05T11:00")) is None

    def test_one_entry_has_to_reach_it(self) -> None:
        """[B1]"""
        entries = entry("05T10:00", "05T11:00"), entry("05T12:00", "05T14:00")
        assert reached("entry_seconds", 3601, *entries) == at("05T14:00")

    def test_early_is_what_the_clocks_of_the_entry_showed(self) -> None:
        """[B1] 07:59 UTC was 08:59 in Zurich, a minute later 09:00."""
        zurich = DayRule("Europe/Zurich", 4)
        early, late = entry("05T07:59:59", "05T08:30", days=zurich), entry("05T08:00", "05T08:30")
        assert reached("early_entries", 1, early) == at("05T08:30")
        assert reached("early_entries", 1, replace(late, days=zurich)) is None

    def test_late_is_from_22_00_to_midnight(self) -> None:
        """[B1]"""
        assert reached("late_entries", 1, entry("05T22:00", "05T22:30")) == at("05T22:30")
        assert reached("late_entries", 1, entry("05T21:59:59", "05T23:30")) is None
        assert reached("late_entries", 1, entry("05T00:00", "05T00:30")) is None

    def test_a_streak_is_reached_when_its_last_day_counts(self) -> None:
        """[S1] And stays reached, however long ago it ended."""
        entries = [entry(f"{day:02}T10:00", f"{day:02}T10:00:30") for day in (3, 4, 5, 20)]
        entries += [entry(f"{day:02}T12:00", f"{day:02}T12:00:30") for day in (3, 4, 5)]
        assert reached("streak_days", 3, *entries) == at("05T12:00:30")
        assert reached("active_days", 3, *entries) == at("05T12:00:30")
        assert reached("active_days", 4, *entries) is None

    def test_an_entry_across_midnight_makes_two_days(self) -> None:
        """[D2]"""
        crossing = entry("05T23:59", "06T00:01")
        assert reached("streak_days", 2, crossing) == at("06T00:01")

    def test_what_is_no_entry_counts_from_its_own_instant(self) -> None:
        """[B2]"""
        history = History(
            (entry("05T10:00", "05T11:00"),), {"rooms_joined": [at("07T10:00"), at("04T09:00")]}
        )
        assert reached_at(AtLeast("rooms_joined", 2), history) == at("07T10:00")
        both = AllOf((AtLeast("rooms_joined", 1), AtLeast("entries", 1)))
        assert reached_at(both, history) == at("05T11:00")

    def test_nothing_reaches_nothing(self) -> None:
        assert reached("entries", 1) is None


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Minutes or weeks, in one zone or many; entries touch, overlap and hold each other."""
    zones = draw(st.sampled_from([["UTC"], ["Pacific/Kiritimati", "Pacific/Niue"], ZONES]))
    rules = st.builds(DayRule, st.sampled_from(zones), st.integers(0, 6))
    step = draw(st.sampled_from([timedelta(seconds=20), 5 * HOUR]))
    halves = st.integers(0, 60).map(lambda n: BEGIN + n * step / 2)
    entries = []
    for id in range(draw(st.integers(0, 9))):
        from_at = draw(halves)
        to_at = from_at + draw(st.sampled_from([0, 1, 1, 2, 5, 12])) * step / 2
        to_at += timedelta(milliseconds=draw(st.sampled_from([0, 0, 300])))
        project_id = draw(st.sampled_from([None, 1, 2]))
        entries.append(HistoryEntry(id, from_at, to_at, project_id, draw(rules)))
    dated = {metric: draw(st.lists(halves, max_size=2)) for metric in DATED}
    return History(entries, dated, draw(st.sampled_from([1, 60])))


def counted(history: History, until: datetime) -> dict[Metric, int]:
    """The metrics of what there was at an instant, counted from nothing."""
    past = [one for one in history.entries if one.to_at <= until]
    days = focus_of(past)
    hours = [one.from_at.astimezone(zoneinfo.ZoneInfo(one.days.zone)).hour for one in past]
    projects = {one.project_id for one in past} - {None}
    per_project = [
        sum(focus_of([one for one in past if one.project_id == project]).values())
        for project in projects
    ]
    return {
        "total_seconds": sum(days.values()),
        "project_seconds": max(per_project, default=0),
        "entry_seconds": max((whole_seconds(e.from_at, e.to_at) for e in past), default=0),
        "entries": len(past),
        "streak_days": streak_of(days, max(days, default=date.min), history.minimum_s).longest,
        "active_days": sum(seconds >= history.minimum_s for seconds in days.values()),
        "early_entries": sum(hour < 9 for hour in hours),
        "late_entries": sum(hour >= 22 for hour in hours),
        **{m: sum(one <= until for one in history.dated.get(m, ())) for m in DATED},
    }


def focus_of(entries: list[HistoryEntry]) -> dict[date, int]:
    return focus_days(FocusEntry(one.id, one.from_at, one.to_at, one.days) for one in entries)


def instants(history: History) -> list[datetime]:
    dated = [one for instants in history.dated.values() for one in instants]
    return sorted({one.to_at for one in history.entries} | set(dated))


@st.composite
def reachable(draw: st.DrawFn) -> tuple[Criteria, History]:
    """Criteria about where a history comes to, so that it reaches some of them, and misses some."""
    history = draw(histories())
    end = metrics_of(history)

    def condition() -> AtLeast:
        metric = draw(st.sampled_from(METRICS))
        return AtLeast(metric, max(1, end[metric] * draw(st.integers(0, 5)) // 4))

    combine = draw(st.sampled_from([AllOf, AnyOf, None]))
    if combine is None:
        return condition(), history
    return combine((condition(), condition())), history


@thorough
@given(histories())
def test_what_is_counted_fact_by_fact_is_what_all_of_it_gives(history: History) -> None:
    """[B1], [C1] To the second, in any zones."""
    assert metrics_of(history) == counted(history, datetime.max.replace(tzinfo=UTC))


@thorough
@given(reachable())
def test_it_is_the_first_fact_after_which_the_criteria_hold(
    case: tuple[Criteria, History],
) -> None:
    """[B2] Against counting anew after each fact."""
    criteria, history = case
    held = (one for one in instants(history) if holds(criteria, counted(history, one)))
    assert reached_at(criteria, history) == next(held, None)


def test_ten_years_take_no_time() -> None:
    entries = [
        HistoryEntry(n, BEGIN + n * 6 * HOUR, BEGIN + (n * 6 + 1) * HOUR, n % 5, UTC_DAYS)
        for n in range(14_600)
    ]
    criteria = AllOf((AtLeast("streak_days", 3650), AtLeast("total_seconds", 14_600 * 3600)))
    began = time.process_time()
    assert reached_at(criteria, History(entries)) == entries[-1].to_at
    assert time.process_time() - began < 5
