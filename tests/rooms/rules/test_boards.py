"""[C3], [L1] and [L2]: what counts on boards, in which periods, and who stands where."""

import random
import zoneinfo
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.entry import Source
from rooms.rules.boards import (
    ALL_TIME_ON,
    DAY_CAP_S,
    PERIODS,
    BoardEntry,
    BoardKey,
    Counts,
    Period,
    Ranked,
    Scope,
    Score,
    Standing,
    board_days,
    period_start,
    periods_of,
    rank,
    scores,
)
from rooms.rules.periods import DayRule, whole_seconds

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
QUARTER = timedelta(minutes=15)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
UTC_DAYS = DayRule("UTC")
DAY_5, DAY_6 = date(2026, 3, 5), date(2026, 3, 6)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
SOURCES: list[Source] = ["timer", "manual", "room", "import"]
COUNTS: list[Counts] = ["all", "measured"]

thorough = settings(max_examples=100, deadline=None)


def at(text: str) -> datetime:
    """An instant of March 2026, as "05T10:00" in UTC."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def entry(from_at: str, to_at: str, project_id: int | None = None, id: int = 1) -> BoardEntry:
    return BoardEntry(id, at(from_at), at(to_at), project_id, None, "timer", False, None)


def counted(*entries: BoardEntry, counts: Counts = "all") -> dict[date, int]:
    """The seconds per day on the global board, in UTC."""
    rows = board_days(entries, UTC_DAYS, counts)
    return {key.day: row.seconds for key, row in rows.items() if key.scope == "global"}


def seconds_of(rows: dict[BoardKey, Score]) -> dict[BoardKey, int]:
    return {key: row.seconds for key, row in rows.items()}


class TestWhatCounts:
    def test_overlapping_entries_count_once(self) -> None:
        """[C1]"""
        entries = entry("05T10:00", "05T11:00"), entry("05T10:30", "05T11:30", id=2)
        assert counted(*entries) == {DAY_5: 5400}

    def test_each_board_has_its_own_union(self) -> None:
        """[C1] Of what lies within its scope."""
        first = replace(entry("05T10:00", "05T11:00", 7), room_id=3)
        rows = board_days([first, entry("05T10:30", "05T11:30", 8, id=2)], UTC_DAYS, "all")
        assert seconds_of(rows) == {
            BoardKey("global", 0, DAY_5): 5400,
            BoardKey("project", 7, DAY_5): 3600,
            BoardKey("project", 8, DAY_5): 3600,
            BoardKey("room", 3, DAY_5): 3600,
        }

    def test_a_day_has_16_hours_at_most(self) -> None:
        """[C3] On each board; the rest of the entry counts on the next day as ever."""
        rows = board_days([entry("05T02:00", "06T01:00", 7)], UTC_DAYS, "all")
        assert seconds_of(rows) == {
            BoardKey("global", 0, DAY_5): DAY_CAP_S,
            BoardKey("global", 0, DAY_6): 3600,
            BoardKey("project", 7, DAY_5): DAY_CAP_S,
            BoardKey("project", 7, DAY_6): 3600,
        }

    def test_16_hours_in_several_entries_are_no_more(self) -> None:
        """[C3]"""
        entries = entry("05T00:00", "05T09:00"), entry("05T10:00", "05T20:00", id=2)
        assert counted(*entries) == {DAY_5: DAY_CAP_S}

    def test_an_entry_counts_for_its_first_24_hours(self) -> None:
        """[T8]"""
        assert counted(entry("05T20:00", "09T20:00")) == {DAY_5: 4 * 3600, DAY_6: DAY_CAP_S}
        assert counted(entry("05T12:00", "09T12:00")) == {DAY_5: 12 * 3600, DAY_6: 12 * 3600}

    def test_what_is_doubtful_does_not_count(self) -> None:
        """[T7] Until it is resolved."""
        doubtful = replace(entry("05T10:00", "05T20:00"), doubtful_from=at("05T12:00"))
        assert counted(doubtful) == {DAY_5: 7200}
        assert counted(replace(doubtful, doubtful_from=at("05T10:00"))) == {}
        assert counted(replace(doubtful, doubtful_from=at("05T09:00"))) == {}
        assert counted(replace(doubtful, doubtful_from=at("05T21:00"))) == {DAY_5: 36_000}
        assert counted(replace(doubtful, doubtful_from=None)) == {DAY_5: 36_000}

    @pytest.mark.parametrize("source", SOURCES)
    def test_all_of_it_counts_by_default(self, source: Source) -> None:
        """[C3]"""
        one = replace(entry("05T10:00", "05T11:00"), source=source, claimed=True)
        assert counted(one) == {DAY_5: 3600}

    @pytest.mark.parametrize(
        "source, claimed, expected",
        [
            ("timer", False, {DAY_5: 3600}),
            ("room", False, {DAY_5: 3600}),
            ("timer", True, {}),
            ("room", True, {}),
            ("manual", False, {}),
            ("import", False, {}),
        ],
    )
    def test_only_what_the_server_measured_counts_where_it_is_said_so(
        self, source: Source, claimed: bool, expected: dict[date, int]
    ) -> None:
        """[C3]"""
        one = replace(entry("05T10:00", "05T11:00"), source=source, claimed=claimed)
        assert counted(one, counts="measured") == expected

    def test_what_does_not_count_covers_nothing(self) -> None:
        """[C3]"""
        manual = replace(entry("05T10:00", "05T12:00"), source="manual")
        timer = entry("05T11:00", "05T13:00", id=2)
        assert counted(manual, timer, counts="measured") == {DAY_5: 7200}

    def test_a_running_entry_does_not_count_yet(self) -> None:
        assert counted(replace(entry("05T10:00", "05T11:00"), to_at=None)) == {}

    def test_days_are_those_of_the_board(self) -> None:
        """[D4] Midnight in Zurich was at 23:00 UTC, and is at 22:00 on the day of 23 hours."""
        rows = board_days(
            [entry("28T22:30", "28T23:30"), entry("29T21:30", "29T22:30", id=2)],
            DayRule("Europe/Zurich"),
            "all",
        )
        assert [(key.day.day, row.seconds) for key, row in sorted(rows.items())] == [
            (28, 1800),
            (29, 3600),
            (30, 1800),
        ]

    @pytest.mark.parametrize("day, hours", [("2026-03-29", 23), ("2026-10-25", 25)])
    def test_no_day_is_longer_than_16_hours_whatever_its_clocks_do(
        self, day: str, hours: int
    ) -> None:
        """[C3], [D2]"""
        zurich = DayRule("Europe/Zurich")
        from_at, to_at = zurich.day_bounds(date.fromisoformat(day))
        assert to_at - from_at == hours * HOUR
        whole = replace(entry("05T10:00", "05T11:00"), from_at=from_at, to_at=from_at + 16 * HOUR)
        rows = board_days([whole, replace(whole, id=2, to_at=to_at)], zurich, "all")
        assert seconds_of(rows) == {BoardKey("global", 0, date.fromisoformat(day)): DAY_CAP_S}


class TestReachedAt:
    def test_it_is_the_latest_end_of_what_counts_that_day(self) -> None:
        """[L2]"""
        entries = entry("05T10:00", "05T12:00", 7), entry("05T10:30", "05T11:00", 7, id=2)
        rows = board_days([*entries, entry("05T13:00", "05T14:00", 8, id=3)], UTC_DAYS, "all")
        assert rows[BoardKey("global", 0, DAY_5)].reached_at == at("05T14:00")
        assert rows[BoardKey("project", 7, DAY_5)].reached_at == at("05T12:00")

    def test_an_entry_across_midnight_ends_when_it_ends(self) -> None:
        """[L2] For the day before, too."""
        rows = board_days([entry("05T23:00", "06T01:00")], UTC_DAYS, "all")
        assert {row.reached_at for row in rows.values()} == {at("06T01:00")}

    def test_what_does_not_count_does_not_reach(self) -> None:
        """[L2]"""
        late = replace(entry("05T20:00", "05T21:00", id=2), doubtful_from=at("05T20:00:00.5"))
        rows = board_days([entry("05T10:00", "05T11:00"), late], UTC_DAYS, "all")
        assert rows == {("global", 0, DAY_5): (3600, at("05T11:00"))}


# Second by second, or by quarters of an hour: what the rules say of a single tick.


def ticks(one: BoardEntry, unit: timedelta, counts: Counts) -> Iterator[datetime]:
    """The ends of the units that count: those in (from, until], on the clock's grid [D0]."""
    assert one.to_at is not None
    measured = one.source in ("timer", "room") and not one.claimed
    number = (one.from_at - datetime.min.replace(tzinfo=UTC)) // unit + 1
    tick = datetime.min.replace(tzinfo=UTC) + number * unit
    while tick <= one.to_at:
        doubtful = one.doubtful_from is not None and tick > one.doubtful_from
        too_long = tick - one.from_at > timedelta(hours=24)
        if not (doubtful or too_long or (counts == "measured" and not measured)):
            yield tick
        tick += unit


def by_ticks(
    entries: list[BoardEntry], days: DayRule, counts: Counts, unit: timedelta
) -> dict[BoardKey, Score]:
    found: dict[BoardKey, set[datetime]] = {}
    ends: dict[BoardKey, list[datetime]] = {}
    for one in entries:
        boards: list[tuple[Scope, int | None]] = [
            ("global", 0),
            ("project", one.project_id),
            ("room", one.room_id),
        ]
        for tick in ticks(one, unit, counts):
            for scope, scope_id in boards:
                if scope_id is not None:
                    key = BoardKey(scope, scope_id, days.day_of(tick - MICROSECOND))
                    found.setdefault(key, set()).add(tick)
                    assert one.to_at is not None
                    ends.setdefault(key, []).append(one.to_at)
    per_tick = int(unit.total_seconds())
    return {
        key: Score(min(len(those) * per_tick, 16 * 3600), max(ends[key]))
        for key, those in found.items()
    }


def next_change(rule: DayRule, day: date) -> date:
    """The next day that its clocks make longer or shorter; `day` if there is none."""
    for number in range(370):
        begin, end = rule.day_bounds(day + number * DAY)
        if end - begin != DAY:
            return day + number * DAY
    return day


@st.composite
def boards(
    draw: st.DrawFn, unit: timedelta, grid: timedelta, longest: int
) -> tuple[list[BoardEntry], DayRule, Counts]:
    """Entries about a midnight of some zone, half of the time on a day that is not of 24 h.

    They begin and end on the `grid`, and last up to `longest` units. Days are recent: all offsets
    are in quarters of an hour.
    """
    days = DayRule(draw(st.sampled_from([*ZONES, *["Europe/Zurich", "Australia/Lord_Howe"] * 99])))
    day = draw(st.dates(date(2024, 1, 1), date(2034, 1, 1)))
    if draw(st.booleans()):
        day = next_change(days, day)
    midnight = days.day_bounds(day)[draw(st.integers(0, 1))]
    steps = longest * (unit // grid)
    entries = []
    for id in range(draw(st.integers(0, 6))):
        from_at = midnight + draw(st.integers(-steps, steps // 2)) * grid
        span = draw(st.integers(0, steps))
        doubtful = draw(st.sampled_from([None, None, 0, span // 2, span - 1, span + 1]))
        entries.append(
            BoardEntry(
                id=id,
                from_at=from_at,
                to_at=from_at + span * grid,
                project_id=draw(st.sampled_from([None, 1, 2])),
                room_id=draw(st.sampled_from([None, 1])),
                source=draw(st.sampled_from(SOURCES)),
                claimed=draw(st.sampled_from([False, False, True])),
                doubtful_from=None if doubtful is None else from_at + doubtful * grid,
            )
        )
    return entries, days, draw(st.sampled_from(COUNTS))


SHORT = boards(SECOND, SECOND / 4, 40)
LONG = boards(QUARTER, QUARTER, 4 * 40)
Case = tuple[list[BoardEntry], DayRule, Counts]


@thorough
@given(SHORT)
def test_every_second_counts_once(case: Case) -> None:
    """[C1], [C3], [T7], [D0] Second by second, for entries that begin and end within one."""
    assert board_days(*case) == by_ticks(*case, unit=SECOND)


@thorough
@given(LONG)
def test_every_quarter_of_an_hour_counts_once(case: Case) -> None:
    """[C1], [C3], [T7], [T8], [D4] Over days, so that the limits of days and entries are met."""
    rows = board_days(*case)
    assert rows == by_ticks(*case, unit=QUARTER)
    assert all(0 < row.seconds <= DAY_CAP_S for row in rows.values())


@thorough
@given(LONG, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_matters(case: Case, dice: random.Random) -> None:
    """[C1]"""
    entries, days, counts = case
    twice = [*entries, *(replace(one, id=one.id + 100) for one in entries)]
    dice.shuffle(twice)
    assert board_days(twice, days, counts) == board_days(entries, days, counts)


@thorough
@given(SHORT, st.integers(0, 160))
def test_pieces_of_an_entry_sum_to_it(case: Case, cut: int) -> None:
    """[D0], [C1] Wherever it is cut, if only in the middle of a second."""
    entries, days, counts = case
    pieces = []
    for one in entries:
        assert one.to_at is not None
        middle = min(one.from_at + cut * SECOND / 4, one.to_at)
        pieces += [replace(one, to_at=middle), replace(one, id=one.id + 100, from_at=middle)]
    whole = seconds_of(board_days(entries, days, counts))
    assert seconds_of(board_days(pieces, days, counts)) == whole


@thorough
@given(SHORT)
def test_the_days_of_one_measured_entry_sum_to_it(case: Case) -> None:
    """[D0], [D2]"""
    entries, days, _ = case
    for one in entries:
        sure = replace(one, source="timer", claimed=False, doubtful_from=None)
        rows = board_days([sure], days, "measured")
        assert sure.to_at is not None
        total = sum(row.seconds for key, row in rows.items() if key.scope == "global")
        assert total == whole_seconds(sure.from_at, sure.to_at)


class TestPeriods:
    @pytest.mark.parametrize(
        "period, expected",
        [
            ("day", date(2027, 1, 1)),
            ("week", date(2026, 12, 28)),
            ("month", date(2027, 1, 1)),
            ("all", ALL_TIME_ON),
        ],
    )
    def test_a_day_lies_in_one_of_each(self, period: Period, expected: date) -> None:
        """[L1], [D4]"""
        assert period_start(period, date(2027, 1, 1)) == expected
        assert (period, expected) in periods_of(date(2027, 1, 1))

    @thorough
    @given(st.dates(date(2000, 1, 1), date(2099, 12, 1)))
    def test_a_period_is_named_by_its_first_day(self, day: date) -> None:
        """[L1]"""
        assert [period for period, _ in periods_of(day)] == list(PERIODS)
        for period, starts_on in periods_of(day):
            assert starts_on <= day
            assert period_start(period, starts_on) == starts_on
            if period not in ("day", "all"):
                assert period_start(period, starts_on - DAY) < starts_on


class TestScores:
    def test_they_are_the_sum_of_the_days_of_the_period(self) -> None:
        """[L1], [L2] Thursday the 5th, Sunday the 8th, Monday the 9th, and the month before."""
        rows = {
            BoardKey("global", 0, date(2026, 2, 27)): Score(1, at("01T00:00")),
            BoardKey("global", 0, DAY_5): Score(10, at("05T12:00")),
            BoardKey("project", 7, DAY_5): Score(5, at("05T11:00")),
            BoardKey("global", 0, date(2026, 3, 8)): Score(100, at("08T12:00")),
            BoardKey("global", 0, date(2026, 3, 9)): Score(1000, at("09T12:00")),
        }
        found = {period: scores(rows, period, DAY_5) for period in PERIODS}
        assert found["day"] == {
            ("global", 0): (10, at("05T12:00")),
            ("project", 7): (5, at("05T11:00")),
        }
        totals = {period: sums["global", 0] for period, sums in found.items()}
        assert totals["week"] == (110, at("08T12:00"))
        assert totals["month"] == (1110, at("09T12:00"))
        assert totals["all"] == (1111, at("09T12:00"))

    def test_a_period_without_time_has_no_score(self) -> None:
        assert scores({BoardKey("global", 0, DAY_5): Score(1, at("05T12:00"))}, "day", DAY_6) == {}


NOON, LATER = at("05T12:00"), at("05T13:00")


class TestRank:
    def test_equal_scores_share_a_rank(self) -> None:
        """[L2] 1, 1, 3: whoever reached it first stands first, and then the lower id."""
        found = rank(
            [
                Standing(1, 50, NOON),
                Standing(2, 90, LATER),
                Standing(4, 90, NOON),
                Standing(3, 90, NOON),
            ]
        )
        assert found == [
            Ranked(1, 3, 90, NOON),
            Ranked(1, 4, 90, NOON),
            Ranked(1, 2, 90, LATER),
            Ranked(4, 1, 50, NOON),
        ]

    def test_nothing_and_the_hidden_have_no_rank(self) -> None:
        """[L2] Nor do they take one from anybody."""
        hidden = Standing(1, 99, NOON, hidden=True)
        found = rank([hidden, Standing(2, 50, NOON), Standing(3, 0, NOON)])
        assert found == [Ranked(1, 2, 50, NOON)]

    @thorough
    @given(
        st.lists(
            st.builds(
                Standing,
                st.integers(1, 2**40),
                st.integers(0, 4),
                st.sampled_from([NOON, LATER]),
                st.booleans(),
            ),
            unique_by=lambda standing: standing.user_id,
            max_size=12,
        )
    )
    def test_a_rank_is_one_more_than_those_who_have_more(self, standings: list[Standing]) -> None:
        """[L2]"""
        shown = [one for one in standings if one.score and not one.hidden]
        found = rank(standings)
        assert {(one.user_id, one.rank) for one in found} == {
            (one.user_id, 1 + sum(other.score > one.score for other in shown)) for one in shown
        }
        order = [(-one.score, one.reached_at, one.user_id) for one in found]
        assert order == sorted(order)
