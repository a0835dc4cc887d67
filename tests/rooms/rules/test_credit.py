"""[C2]: presence ∩ work phase, however it is cut into stays, tabs and stretches."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.rules.credit import Span, Stay, credit, is_certain
from rooms.rules.periods import whole_seconds

BEGIN = datetime(2026, 3, 5, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def span(from_s: float, to_s: float) -> Span:
    return Span(at(from_s), at(to_s))


def stay(from_s: float, to_s: float | None) -> Stay:
    return Stay(at(from_s), None if to_s is None else at(to_s))


def seconds(spans: list[Span]) -> int:
    return sum(whole_seconds(*one) for one in spans)


moments = st.integers(0, 40_000).map(lambda ms: at(ms / 1000))
spans = st.tuples(moments, moments).map(lambda two: Span(min(two), max(two)))
stays = spans.map(lambda s: Stay(s.from_at, s.to_at))


@pytest.mark.parametrize(
    "there, expected",
    [
        ([stay(-60, 60)], [span(0, 60)]),
        ([stay(300, 1200)], [span(300, 1200)]),
        ([stay(300, None)], [span(300, 1500)]),
        ([stay(0, 10), stay(20, 30)], [span(0, 10), span(20, 30)]),
        ([stay(0, 20), stay(10, 30)], [span(0, 30)]),
        ([stay(0, 10), stay(10, 20)], [span(0, 20)]),
        ([stay(0, 30), stay(5, 6)], [span(0, 30)]),
        ([stay(-9, 0), stay(1500, None)], []),
        ([stay(0.1, 0.9)], []),
        ([], []),
    ],
)
def test_who_was_there_is_credited_that(there: list[Stay], expected: list[Span]) -> None:
    assert credit(there, span(0, 1500)) == expected


def test_what_was_credited_before_is_not_again() -> None:
    """An end that was taken back adds what comes after it, and nothing twice."""
    assert credit([stay(0, None)], span(0, 100), [span(0, 40)]) == [span(40, 100)]
    assert credit([stay(0, 90)], span(0, 100), [span(10, 20), span(30, 40)]) == [
        span(0, 10),
        span(20, 30),
        span(40, 90),
    ]


def test_a_hundred_flips_in_a_minute_give_no_more_than_it_has() -> None:
    """[C2] Whatever the phases' edges, their seconds are those of the clock's grid."""
    edges = [0.6 * number for number in range(101)]
    flips = itertools.pairwise(edges)
    assert sum(seconds(credit([stay(0, None)], span(a, b))) for a, b in flips) == 60


def _covers(where: list[Span], moment: datetime) -> bool:
    return any(one.from_at <= moment < one.to_at for one in where)


@settings(deadline=None)
@given(st.lists(stays, max_size=6), spans, st.lists(spans, max_size=4), moments)
def test_a_moment_is_credited_once_if_somebody_was_there_while_it_ran(
    there: list[Stay], phase: Span, before: list[Span], moment: datetime
) -> None:
    found = credit(there, phase, before)
    present = any(s.from_at <= moment and s.to_at and moment < s.to_at for s in there)
    owed = present and _covers([phase], moment) and not _covers(before, moment)
    if _covers(found, moment):
        assert owed
    elif owed:  # left out because it has no whole second: it lies between two of them
        piece = [one for one in _pieces(there, phase, before) if _covers([one], moment)]
        assert [whole_seconds(*one) for one in piece] == [0]
    assert all(a.to_at < b.from_at or not before for a, b in itertools.pairwise(found))


def _pieces(there: list[Stay], phase: Span, before: list[Span]) -> list[Span]:
    """The same by brute force: moments between edges, joined."""
    edges = {phase.from_at, phase.to_at}
    edges |= {at for s in there for at in (s.from_at, s.to_at) if at}
    edges |= {at for s in before for at in s}
    pieces: list[Span] = []
    ordered = sorted(edges)
    for a, b in itertools.pairwise(ordered):
        present = any(s.from_at <= a and s.to_at and a < s.to_at for s in there)
        if present and _covers([phase], a) and not _covers(before, a):
            if pieces and pieces[-1].to_at == a:
                pieces[-1] = Span(pieces[-1].from_at, b)
            else:
                pieces.append(Span(a, b))
    return pieces


@settings(deadline=None)
@given(st.lists(stays, max_size=6), spans, st.lists(moments, max_size=5))
def test_cutting_a_phase_changes_no_sum_by_more_than_the_stays_do(
    there: list[Stay], phase: Span, cuts: list[datetime]
) -> None:
    """[D0] Pieces of the grid sum to the whole."""
    inside = sorted(cut for cut in cuts if phase.from_at < cut < phase.to_at)
    edges = [phase.from_at, *inside, phase.to_at]
    pieces = itertools.pairwise(edges)
    assert sum(seconds(credit(there, Span(a, b))) for a, b in pieces) == seconds(
        credit(there, phase)
    )


@settings(deadline=None)
@given(st.lists(stays, max_size=6), spans)
def test_crediting_again_gives_nothing(there: list[Stay], phase: Span) -> None:
    assert credit(there, phase, credit(there, phase)) == []


@pytest.mark.parametrize(
    "there, certain",
    [
        ([Stay(at(0), at(50))], True),
        ([Stay(at(0), None, beat_at=at(100))], True),
        ([Stay(at(0), None, beat_at=at(99))], False),
        ([Stay(at(0), None)], False),
        ([Stay(at(0), at(50), crashed=True)], False),
        ([Stay(at(0), at(40), crashed=True)], True),
        ([Stay(at(0), at(100), crashed=True)], True),
        ([Stay(at(0), at(50), crashed=True), Stay(at(50), None, beat_at=at(100))], True),
        ([Stay(at(0), at(50), crashed=True), Stay(at(50), at(60))], True),
        ([Stay(at(0), at(50), crashed=True), Stay(at(51), None, beat_at=at(100))], False),
        ([Stay(at(0), at(50), crashed=True), Stay(at(0), at(50), crashed=True)], False),
        ([], True),
    ],
)
def test_stays_are_certain_when_nothing_can_change_them(there: list[Stay], certain: bool) -> None:
    """[C2] Of a phase that ended at 100, when crashes since 45 may still be made good."""
    assert is_certain(there, at(100), at(45)) is certain
