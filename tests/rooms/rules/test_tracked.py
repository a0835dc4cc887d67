"""[C0]: tracked time is the sum of entries, each in its own days."""

import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.periods import DayRule, whole_seconds
from rooms.rules.tracked import TrackedEntry, tracked_days

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
DAY_5, DAY_6 = date(2026, 3, 5), date(2026, 3, 6)


def entry(
    from_at: str, to_at: str | None, project_id: int | None = 1, days: DayRule | None = None
) -> TrackedEntry:
    """An entry of March 2026, its instants given as "05T10:00" in UTC."""
    begin = datetime.fromisoformat(f"2026-03-{from_at}").replace(tzinfo=UTC)
    end = to_at and datetime.fromisoformat(f"2026-03-{to_at}").replace(tzinfo=UTC)
    return TrackedEntry(project_id, begin, end or None, days or DayRule("UTC"))


@st.composite
def stopped_entries(draw: st.DrawFn) -> TrackedEntry:
    from_at = draw(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))
    return TrackedEntry(
        project_id=draw(st.sampled_from([None, 1, 2])),
        from_at=from_at,
        to_at=from_at + draw(st.timedeltas(timedelta(0), timedelta(days=31))),
        days=DayRule(draw(st.sampled_from(ZONES)), draw(st.integers(0, 6))),
    )


def test_an_entry_counts_for_its_day_and_project() -> None:
    assert tracked_days([entry("05T10:00", "05T11:00", 7)]) == {(DAY_5, 7): 3600}


def test_time_without_a_project_is_tracked_as_well() -> None:
    assert tracked_days([entry("05T10:00", "05T11:00", None)]) == {(DAY_5, None): 3600}


def test_overlapping_entries_count_twice() -> None:
    """[C0] Focus time is their union; tracked time is their sum."""
    entries = [entry("05T10:00", "05T11:00"), entry("05T10:30", "05T11:30")]
    assert tracked_days(entries) == {(DAY_5, 1): 7200}


def test_an_entry_across_midnight_gives_each_day_its_own_seconds() -> None:
    """[D2]"""
    assert tracked_days([entry("05T23:59:30.250", "06T00:01")]) == {(DAY_5, 1): 30, (DAY_6, 1): 60}


def test_an_entry_counts_in_the_days_it_was_made_with() -> None:
    """[D1] Another zone or day start in the profile moves no past day."""
    night_owl = DayRule("Europe/Zurich", 4)
    entries = [
        entry("06T01:00", "06T02:00", days=night_owl),
        entry("06T01:00", "06T02:00", days=DayRule("Europe/Zurich")),
    ]
    assert tracked_days(entries) == {(DAY_5, 1): 3600, (DAY_6, 1): 3600}


def test_a_running_entry_is_not_tracked_yet() -> None:
    """[C0]"""
    assert tracked_days([entry("05T10:00", None)]) == {}


def test_an_entry_within_one_second_leaves_no_day_behind() -> None:
    assert tracked_days([entry("05T10:00:00.100", "05T10:00:00.900")]) == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(stopped_entries(), max_size=5))
def test_the_days_of_a_project_sum_to_its_entries(entries: list[TrackedEntry]) -> None:
    """[C0], [D2] To the second, in any zones."""
    by_project: Counter[int | None] = Counter()
    for (_, project_id), seconds in tracked_days(entries).items():
        by_project[project_id] += seconds
    for stopped in entries:
        assert stopped.to_at is not None
        by_project[stopped.project_id] -= whole_seconds(stopped.from_at, stopped.to_at)
    assert not any(by_project.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(stopped_entries(), max_size=5))
def test_entries_count_the_same_alone_and_together(entries: list[TrackedEntry]) -> None:
    alone: Counter[tuple[date, int | None]] = Counter()
    for stopped in entries:
        alone.update(tracked_days([stopped]))
    assert tracked_days(entries) == alone
