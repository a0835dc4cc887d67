"""[C0] [D0] [D1] [D2] [D4]: summaries against counting second by second."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.periods import DayRule
from rooms.rules.reports import (
    Grouping,
    Key,
    Range,
    ReportEntry,
    Summary,
    fill,
    finest,
    period_of,
)

MS, SECOND = timedelta(milliseconds=1), timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Days of 23, 24, 23.5, 24.5 and 25 h, and a date that was skipped.
CHANGES = [
    ("Europe/Zurich", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Zurich", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 2, 28, 18, 15, tzinfo=UTC)),
]
GROUPINGS: list[Grouping] = ["day", "week", "month", "project", "tag"]


@st.composite
def entries(draw: st.DrawFn) -> list[ReportEntry]:
    """Some hours around a change of clocks, by somebody who goes to another zone in between."""
    _, at = draw(st.sampled_from(CHANGES))
    made = []
    for _ in range(draw(st.integers(1, 3))):
        from_at = at + draw(st.integers(-7_200_000, 7_200_000)) * MS
        zone = draw(st.sampled_from(CHANGES))[0]
        made.append(
            ReportEntry(
                draw(st.sampled_from([None, 1, 2])),
                tuple(draw(st.lists(st.sampled_from("abc"), unique=True, max_size=2))),
                from_at,
                from_at + draw(st.integers(0, 3_000_000)) * MS,
                DayRule(zone, draw(st.integers(0, 6))),
            )
        )
    return made


def plainly(
    found: Sequence[ReportEntry], group_by: Sequence[Grouping], span: Range
) -> tuple[dict[Key, int], int]:
    """The same, for each second of the clock's grid alone."""
    seconds: Counter[Key] = Counter()
    total = 0
    for entry in found:
        from_at = max(entry.from_at, span.from_at or entry.from_at)
        to_at = min(entry.to_at, span.to_at or entry.to_at)
        for number in range((from_at - EPOCH) // SECOND, (to_at - EPOCH) // SECOND):
            day = entry.days.day_of(EPOCH + number * SECOND)
            if (span.from_on and day < span.from_on) or (span.to_on and day > span.to_on):
                continue
            total += 1
            for tag in entry.tags or (None,) if "tag" in group_by else (None,):
                of = {
                    "day": day,
                    "week": day - timedelta(days=day.weekday()),
                    "month": day.replace(day=1),
                    "project": entry.project_id,
                    "tag": tag,
                }
                seconds[tuple(of[by] for by in group_by)] += 1
    return dict(seconds), total


@settings(max_examples=60, deadline=None)
@given(
    entries(),
    st.lists(st.sampled_from(GROUPINGS), min_size=1, max_size=2, unique=True),
    st.sampled_from(["all", "days", "instants", "day to instant"]),
    st.integers(-7200, 7200),
    st.integers(0, 14_400_000),
)
def test_a_summary_counts_every_second_once(
    found: list[ReportEntry], group_by: list[Grouping], kind: str, offset: int, length: int
) -> None:
    """In the own days of each entry, and only what lies within the range."""
    from_at = found[0].from_at + offset * SECOND
    day = found[0].days.day_of(from_at)
    span = {
        "all": Range(),
        "days": Range(from_on=day, to_on=day + timedelta(days=length % 2)),
        "instants": Range(from_at=from_at, to_at=from_at + length * MS),
        "day to instant": Range(from_on=day, to_at=from_at + length * MS),
    }[kind]
    summary = Summary(group_by)
    for entry in found:
        summary.add_entry(entry, span)
    seconds, total = plainly(found, group_by, span)
    assert (summary.seconds, summary.total) == (seconds, total)
    assert sorted(summary.seconds.items(), key=repr) == sorted(summary.groups(), key=repr)
    widest = span.instants
    for entry in found:  # what storage leaves out has nothing in the range
        if (widest[0] and entry.to_at <= widest[0]) or (widest[1] and entry.from_at >= widest[1]):
            alone = Summary(group_by)
            alone.add_entry(entry, span)
            assert alone.total == 0


@given(entries(), st.integers(0, 14_400_000))
def test_two_halves_of_a_range_sum_to_the_whole(found: list[ReportEntry], cut: int) -> None:
    """[D0]"""
    at = min(entry.from_at for entry in found) + cut * MS
    parts = [Summary(["day"]) for _ in range(3)]
    for entry in found:
        for part, span in zip(parts, (Range(), Range(to_at=at), Range(from_at=at)), strict=True):
            part.add_entry(entry, span)
    assert parts[0].total == parts[1].total + parts[2].total


def summary_of(group_by: Sequence[Grouping], *rows: tuple[str, int | None, str, int]) -> Summary:
    made = Summary(group_by)
    for day, project_id, tags, seconds in rows:
        made.add(date.fromisoformat(day), project_id, tuple(tags), seconds)
    return made


def test_periods_come_in_their_order_and_the_rest_by_its_time() -> None:
    """Within a project its weeks, within a week its projects; none among equals comes last."""
    rows = (
        ("2026-03-02", 7, "", 10),
        ("2026-03-10", 7, "", 30),
        ("2026-03-10", None, "", 35),
        ("2026-03-11", 8, "", 5),
    )
    first, second = date(2026, 3, 2), date(2026, 3, 9)
    assert [key for key, _ in summary_of(["project", "week"], *rows).groups()] == [
        (7, first), (7, second), (None, second), (8, second),
    ]  # fmt: skip
    assert [key for key, _ in summary_of(["week", "project"], *rows).groups()] == [
        (first, 7), (second, None), (second, 7), (second, 8),
    ]  # fmt: skip


def test_an_entry_counts_for_each_of_its_tags_and_once_in_all() -> None:
    """[C0]"""
    summary = summary_of(["tag"], ("2026-03-02", None, "ab", 10), ("2026-03-02", None, "", 5))
    assert summary.groups() == [(("a",), 10), (("b",), 10), ((None,), 5)]
    assert summary.total == 15


@pytest.mark.parametrize(
    "unit, span, expected",
    [
        ("day", Range(date(2026, 2, 27), date(2026, 3, 2)),
         ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
        ("week", Range(date(2026, 3, 1), date(2026, 3, 9)),
         ["2026-02-23", "2026-03-02", "2026-03-09"]),
        ("month", Range(date(2025, 12, 31), date(2026, 3, 1)),
         ["2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01"]),
        ("day", Range(), ["2026-02-28", "2026-03-01", "2026-03-02"]),
        ("month", Range(from_on=date(2026, 1, 5)), ["2026-01-01", "2026-02-01", "2026-03-01"]),
    ],
)  # fmt: skip
def test_periods_without_time_can_be_filled_in(unit: str, span: Range, expected: list[str]) -> None:
    rows = ("2026-02-28", None, "", 7), ("2026-03-02", None, "", 8)
    groups = fill(summary_of([unit], *rows).groups(), unit, span)  # type: ignore[list-item, arg-type]
    assert [str(key[0]) for key, _ in groups] == expected
    assert sum(seconds for _, seconds in groups) == 15


def test_nothing_is_filled_where_nothing_says_how_far() -> None:
    assert fill([], "day", Range()) == []
    assert fill([], "day", Range(from_on=date(2026, 3, 1))) == [((date(2026, 3, 1),), 0)]


def test_the_days_that_are_read_can_be_made_into_what_is_asked() -> None:
    """A week may begin in one month and end in another."""
    assert finest(["project", "week"]) == "week"
    assert finest(["month", "week"]) == "day"
    assert finest(["tag"]) is None
    assert period_of("month", date(2026, 3, 31)) == date(2026, 3, 1)
