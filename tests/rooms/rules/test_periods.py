"""[D0], [D1] and [D2]: where days begin, on every zone's clocks."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo
from zoneinfo._zoneinfo import ZoneInfo as ReadableZoneInfo  # the one whose changes can be listed

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.periods import DayPiece, DayRule, is_zone, month_of, week_of, whole_seconds

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

thorough = settings(max_examples=300, deadline=None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(at: datetime, rule: DayRule) -> datetime:
    """What the clocks of the rule's zone show at `at`."""
    return at.astimezone(ZoneInfo(rule.zone)).replace(tzinfo=None)


def offset(at: datetime, rule: DayRule) -> timedelta:
    """How far they are ahead of UTC."""
    return local(at, rule) - at.replace(tzinfo=None)


def hour_of(day: date, rule: DayRule) -> datetime:
    """What they show, or have passed, when `day` begins."""
    return datetime(day.year, day.month, day.day, rule.starts_at_hour)


def next_change(zone: str, at: datetime) -> datetime:
    """An instant within a day before the next change of the clocks; `at` when there is none."""
    clocks = ZoneInfo(zone)
    for days in range(400):
        later = at + days * DAY
        if (later + DAY).astimezone(clocks).utcoffset() != later.astimezone(clocks).utcoffset():
            return later
    return at


def least_between_changes(zone: str) -> timedelta:
    clocks = ReadableZoneInfo.no_cache(zone)
    offsets = [clocks._tti_before.utcoff, *(info.utcoff for info in clocks._ttinfos)]
    changes = [
        at for at, (a, b) in zip(clocks._trans_utc, pairwise(offsets), strict=True) if a != b
    ]
    return min((timedelta(seconds=b - a) for a, b in pairwise(changes)), default=timedelta.max)


rules = st.builds(DayRule, st.sampled_from(ZONES), st.integers(0, 6))
any_instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 1), timezones=st.just(UTC))


@st.composite
def rules_and_instants(draw: st.DrawFn) -> tuple[DayRule, datetime]:
    """Any zone and day start, and an instant that is, half of the time, near a change of clocks."""
    rule, at = draw(rules), draw(any_instants)
    if draw(st.booleans()):
        at = next_change(rule.zone, at) + draw(st.timedeltas(-DAY, 2 * DAY))
    return rule, at


@st.composite
def rules_and_intervals(draw: st.DrawFn) -> tuple[DayRule, datetime, datetime]:
    rule, from_at = draw(rules_and_instants())
    return rule, from_at, from_at + draw(st.timedeltas(timedelta(0), 5 * DAY))


class TestWholeSeconds:
    def test_seconds_are_counted_on_the_clocks_grid(self) -> None:
        """[D0] floor(b) - floor(a): neither the sum of roundings nor the rounded difference."""
        assert whole_seconds(utc("2026-03-05T10:00:00.900"), utc("2026-03-05T10:00:01.100")) == 1
        assert whole_seconds(utc("2026-03-05T10:00:00.100"), utc("2026-03-05T10:00:00.900")) == 0
        assert whole_seconds(utc("2026-03-05T10:00:00.100"), utc("2026-03-05T10:00:02.000")) == 2

    def test_the_grid_goes_on_before_1970(self) -> None:
        assert whole_seconds(utc("1969-12-31T23:59:59.500"), utc("1970-01-01T00:00:00.500")) == 1

    def test_an_hour_that_the_clocks_repeat_is_an_hour(self) -> None:
        """Two datetimes of one zone subtract by what they show, which is 0 here."""
        first = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Zurich"))
        assert whole_seconds(first, first.replace(fold=1)) == 3600

    def test_an_instant_without_an_offset_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs its offset"):
            whole_seconds(datetime(2026, 3, 5), utc("2026-03-05T10:00"))

    @thorough
    @given(st.lists(any_instants, min_size=2, max_size=6))
    def test_pieces_sum_to_the_whole_wherever_it_is_cut(self, cuts: list[datetime]) -> None:
        cuts.sort()
        pieces = pairwise(cuts)
        assert sum(whole_seconds(a, b) for a, b in pieces) == whole_seconds(cuts[0], cuts[-1])


class TestZones:
    @pytest.mark.parametrize("name", ["UTC", "Europe/Zurich", "America/Argentina/Ushuaia"])
    def test_an_iana_name_is_a_zone(self, name: str) -> None:
        assert is_zone(name)

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../etc/passwd",
            "Europe/../Europe/Zurich",
            "/etc/localtime",
            "/usr/share/zoneinfo/UTC",
            "Europe",
            "Europe/",
            "europe/zurich",
            "Europe/Zurich\0",
            " UTC",
            "localtime",
            "Factory",
            "posixrules",
            "right/UTC",
            "tzdata.zi",
            "+02:00",
            "CET-1CEST",
        ],
    )
    def test_a_path_a_file_or_an_offset_is_no_zone(self, name: str) -> None:
        assert not is_zone(name)

    def test_a_rule_refuses_what_is_no_zone(self) -> None:
        with pytest.raises(ValueError, match="not a time zone"):
            DayRule("../etc/passwd", 0)

    @pytest.mark.parametrize("hour", [-1, 7])
    def test_a_rule_refuses_a_day_start_outside_0_to_6(self, hour: int) -> None:
        with pytest.raises(ValueError, match="0 to 6"):
            DayRule("UTC", hour)

    def test_no_zone_changes_its_clocks_twice_in_two_days(self) -> None:
        """Which the search for a day's beginning takes for granted."""
        assert [zone for zone in ZONES if least_between_changes(zone) <= 2 * DAY] == []


class TestWeeksAndMonths:
    @pytest.mark.parametrize("day", [date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 8)])
    def test_a_week_is_named_by_its_monday(self, day: date) -> None:
        """[D4]"""
        assert week_of(day) == date(2026, 3, 2)

    def test_a_week_may_begin_in_the_year_before(self) -> None:
        assert week_of(date(2027, 1, 1)) == date(2026, 12, 28)

    def test_a_month_is_its_year_and_two_digits(self) -> None:
        assert month_of(date(2026, 3, 31)) == "2026-03"


# zone, day start, day, when it begins and ends, what its clocks do
BOUNDS = [
    ("UTC", 0, "2026-03-05", "2026-03-05T00:00", "2026-03-06T00:00", "nothing"),
    ("UTC", 4, "2026-03-05", "2026-03-05T04:00", "2026-03-06T04:00", "nothing, from 4 h"),
    ("Asia/Kathmandu", 0, "2026-03-05", "2026-03-04T18:15", "2026-03-05T18:15", "are 5:45 ahead"),
    ("Europe/Zurich", 0, "2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00", "23 h"),
    ("Europe/Zurich", 0, "2025-10-26", "2025-10-25T22:00", "2025-10-26T23:00", "25 h"),
    ("Europe/Zurich", 2, "2026-03-29", "2026-03-29T01:00", "2026-03-30T00:00", "skip its start"),
    ("Europe/Zurich", 2, "2025-10-26", "2025-10-26T00:00", "2025-10-27T01:00", "repeat its start"),
    ("Europe/Zurich", 3, "2025-10-25", "2025-10-25T01:00", "2025-10-26T02:00", "repeat 2 to 3 h"),
    ("Australia/Lord_Howe", 0, "2025-04-06", "2025-04-05T13:00", "2025-04-06T13:30", "24.5 h"),
    ("Australia/Lord_Howe", 0, "2025-10-05", "2025-10-04T13:30", "2025-10-05T13:00", "23.5 h"),
    (
        "Australia/Lord_Howe",
        2,
        "2025-10-05",
        "2025-10-04T15:30",
        "2025-10-05T15:00",
        "2:00 to 2:30",
    ),
    ("Antarctica/Troll", 0, "2025-03-30", "2025-03-30T00:00", "2025-03-30T22:00", "22 h"),
    ("America/Sao_Paulo", 0, "2018-11-04", "2018-11-04T03:00", "2018-11-05T02:00", "0:00 to 1:00"),
    (
        "America/Sao_Paulo",
        0,
        "2018-02-17",
        "2018-02-17T02:00",
        "2018-02-18T03:00",
        "24:00 to 23:00",
    ),
    ("America/Sao_Paulo", 0, "2018-02-18", "2018-02-18T03:00", "2018-02-19T03:00", "the day after"),
    ("Africa/Cairo", 0, "2024-04-26", "2024-04-25T22:00", "2024-04-26T21:00", "0:00 to 1:00"),
    ("Asia/Beirut", 0, "2024-03-31", "2024-03-30T22:00", "2024-03-31T21:00", "0:00 to 1:00"),
    ("America/Havana", 0, "2025-11-02", "2025-11-02T04:00", "2025-11-03T05:00", "0:00 twice"),
    ("America/Havana", 0, "2025-03-09", "2025-03-09T05:00", "2025-03-10T04:00", "0:00 to 1:00"),
    ("America/St_Johns", 0, "2008-11-02", "2008-11-02T02:30", "2008-11-03T03:30", "0:01 to 23:01"),
    ("America/St_Johns", 0, "2008-11-01", "2008-11-01T02:30", "2008-11-02T02:30", "the day before"),
    ("Pacific/Apia", 0, "2011-12-29", "2011-12-29T10:00", "2011-12-30T10:00", "the day before"),
    ("Pacific/Apia", 0, "2011-12-30", "2011-12-30T10:00", "2011-12-30T10:00", "skip the date"),
    ("Pacific/Apia", 0, "2011-12-31", "2011-12-30T10:00", "2011-12-31T10:00", "the day after"),
    ("Pacific/Apia", 4, "2011-12-29", "2011-12-29T14:00", "2011-12-30T10:00", "20 h, then a jump"),
    ("Pacific/Apia", 4, "2011-12-30", "2011-12-30T10:00", "2011-12-30T14:00", "4 h are left of it"),
    ("Pacific/Kwajalein", 0, "1993-08-21", "1993-08-21T12:00", "1993-08-21T12:00", "skip the date"),
    ("America/Juneau", 0, "1867-10-18", "1867-10-17T08:57:41", "1867-10-18T08:57:41", "one of two"),
]


class TestBounds:
    @pytest.mark.parametrize("zone, hour, day, from_at, to_at, _clocks", BOUNDS)
    def test_a_day_begins_when_its_clocks_first_show_its_start(
        self, zone: str, hour: int, day: str, from_at: str, to_at: str, _clocks: str
    ) -> None:
        """[D1]"""
        bounds = DayRule(zone, hour).day_bounds(date.fromisoformat(day))
        assert bounds == (utc(from_at), utc(to_at))
        assert all(at.tzinfo is UTC for at in bounds)

    @pytest.mark.parametrize("zone, hour, day, from_at, to_at, _clocks", BOUNDS)
    def test_its_instants_are_its_own_and_no_others(
        self, zone: str, hour: int, day: str, from_at: str, to_at: str, _clocks: str
    ) -> None:
        rule, this, begin, end = (
            DayRule(zone, hour),
            date.fromisoformat(day),
            utc(from_at),
            utc(to_at),
        )
        if begin < end:
            assert rule.day_of(begin) == rule.day_of(end - MICROSECOND) == this
        assert rule.day_of(begin - MICROSECOND) < this < rule.day_of(end)

    def test_a_day_that_has_begun_does_not_end_because_the_clocks_go_back(self) -> None:
        """[D1] At 0:01 the clocks of Newfoundland went back to 23:01 of the day before."""
        at = utc("2008-11-02T02:45")
        assert local(at, DayRule("America/St_Johns")) == datetime(2008, 11, 1, 23, 15)
        assert DayRule("America/St_Johns").day_of(at) == date(2008, 11, 2)

    def test_an_instant_may_come_in_any_zone(self) -> None:
        at = datetime(2026, 3, 5, 23, 30, tzinfo=ZoneInfo("America/New_York"))
        assert DayRule("Europe/Zurich").day_of(at) == date(2026, 3, 6)

    def test_an_instant_without_an_offset_is_refused(self) -> None:
        with pytest.raises(ValueError, match="needs its offset"):
            DayRule("UTC").day_of(datetime(2026, 3, 5))

    @thorough
    @given(rules_and_instants())
    def test_successive_days_leave_no_gap(self, case: tuple[DayRule, datetime]) -> None:
        rule, at = case
        day = at.date()
        begin, end = rule.day_bounds(day)
        assert rule.day_bounds(day - DAY)[1] == begin <= end == rule.day_bounds(day + DAY)[0]

    @thorough
    @given(rules_and_instants())
    def test_an_instant_lies_within_its_day(self, case: tuple[DayRule, datetime]) -> None:
        rule, at = case
        begin, end = rule.day_bounds(rule.day_of(at))
        assert begin <= at < end

    @thorough
    @given(rules_and_instants())
    def test_a_day_is_24_hours_less_what_its_clocks_go_forward(
        self, case: tuple[DayRule, datetime]
    ) -> None:
        """[D2] So 23 and 25 h days, and the half hours between; only jumps over a start differ."""
        rule, at = case
        begin, end = rule.day_bounds(rule.day_of(at))
        if all(offset(edge - MICROSECOND, rule) >= offset(edge, rule) for edge in (begin, end)):
            assert end - begin == DAY - (offset(end, rule) - offset(begin, rule))

    @thorough
    @given(rules_and_instants())
    def test_no_minute_before_a_days_beginning_shows_its_start(
        self, case: tuple[DayRule, datetime]
    ) -> None:
        """[D1] by brute force: the first instant that shows the start or later, and no earlier."""
        rule, at = case
        day = at.date()
        begin, start = rule.day_bounds(day)[0], hour_of(day, rule)
        assert local(begin, rule) >= start
        assert local(begin - MICROSECOND, rule) < start
        assert all(local(begin - n * MINUTE, rule) < start for n in range(1, 26 * 60))


class TestSplit:
    def test_an_interval_within_a_day_is_one_piece(self) -> None:
        from_at, to_at = utc("2026-03-05T10:00"), utc("2026-03-05T11:00")
        pieces = list(DayRule("UTC").split(from_at, to_at))
        assert pieces == [DayPiece(date(2026, 3, 5), from_at, to_at)]

    def test_an_interval_that_ends_with_the_day_leaves_nothing_to_the_next(self) -> None:
        pieces = DayRule("UTC").split(utc("2026-03-05T10:00"), utc("2026-03-06T00:00"))
        assert [piece.day for piece in pieces] == [date(2026, 3, 5)]

    def test_an_interval_across_midnight_gives_each_day_its_own_seconds(self) -> None:
        """[D2]"""
        pieces = list(DayRule("UTC").split(utc("2026-03-05T23:30"), utc("2026-03-06T01:00")))
        assert [(p.day.day, whole_seconds(p.from_at, p.to_at)) for p in pieces] == [
            (5, 1800),
            (6, 3600),
        ]

    def test_three_days_of_clock_changes_have_their_own_lengths(self) -> None:
        """[D2]"""
        pieces = DayRule("Europe/Zurich").split(utc("2025-10-24T22:00"), utc("2025-10-27T23:00"))
        assert [whole_seconds(p.from_at, p.to_at) // 3600 for p in pieces] == [24, 25, 24]

    def test_a_skipped_date_gets_no_piece(self) -> None:
        pieces = DayRule("Pacific/Apia").split(utc("2011-12-30T09:00"), utc("2011-12-30T11:00"))
        assert [piece.day.day for piece in pieces] == [29, 31]

    def test_an_empty_interval_has_no_pieces(self) -> None:
        at = utc("2026-03-05T00:00")
        assert list(DayRule("UTC").split(at, at)) == []

    def test_an_interval_that_ends_before_it_begins_is_refused(self) -> None:
        with pytest.raises(ValueError, match="cannot end at"):
            DayRule("UTC").split(utc("2026-03-05T10:00"), utc("2026-03-05T09:59"))

    @thorough
    @given(rules_and_intervals())
    def test_pieces_cover_the_interval_exactly_and_in_order(
        self, case: tuple[DayRule, datetime, datetime]
    ) -> None:
        """[D2]"""
        rule, from_at, to_at = case
        pieces = list(rule.split(from_at, to_at))
        edges = [from_at, *(piece.to_at for piece in pieces)]
        assert edges[-1] == to_at
        assert [piece.from_at for piece in pieces] == edges[:-1]
        assert all(piece.from_at < piece.to_at for piece in pieces)
        days = [piece.day for piece in pieces]
        assert days == sorted(set(days))

    @thorough
    @given(rules_and_intervals())
    def test_the_seconds_of_pieces_sum_to_those_of_the_whole(
        self, case: tuple[DayRule, datetime, datetime]
    ) -> None:
        """[D0], [D2]"""
        rule, from_at, to_at = case
        total = sum(whole_seconds(p.from_at, p.to_at) for p in rule.split(from_at, to_at))
        assert total == whole_seconds(from_at, to_at)

    @thorough
    @given(rules_and_intervals())
    def test_every_piece_lies_in_the_day_it_names(
        self, case: tuple[DayRule, datetime, datetime]
    ) -> None:
        rule, from_at, to_at = case
        for piece in rule.split(from_at, to_at):
            assert rule.day_of(piece.from_at) == piece.day
            assert rule.day_of(piece.to_at - MICROSECOND) == piece.day
