"""What a room credits: presence ∩ work phase [C2]."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rooms.rules.periods import whole_seconds


class Span(NamedTuple):
    """[from_at, to_at)."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody in a room by one instance; `to_at` is None while they are there.

    `crashed`: it was not they who ended it. `beat_at` is when the instance of an open stay was
    last heard of, None if it never was.
    """

    from_at: datetime
    to_at: datetime | None
    crashed: bool = False
    beat_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or at < self.to_at)


def is_certain(stays: Collection[Stay], until: datetime, lost_before: datetime) -> bool:
    """Whether it is known for good what of the time before `until` a member's stays are.

    Who was lost by a crash since `lost_before`, and is not back, may still come back and have been
    there all along.
    """

    def known(stay: Stay) -> bool:
        if stay.to_at is None:
            return stay.beat_at is not None and stay.beat_at >= until
        if not stay.crashed or stay.to_at >= until or stay.to_at <= lost_before:
            return True
        return any(other.covers(stay.to_at) for other in stays)

    return all(known(stay) for stay in stays)


def credit(stays: Iterable[Stay], phase: Span, credited: Iterable[Span] = ()) -> list[Span]:
    """What one member's stays, by whatever tabs and instances, are worth of a phase that ran.

    What is `credited` already is left out, and so is what has no whole second [D0].
    """
    present = _union(
        Span(max(stay.from_at, phase.from_at), min(stay.to_at or phase.to_at, phase.to_at))
        for stay in stays
    )
    return [span for span in _less(present, _union(credited)) if whole_seconds(*span)]


def _union(spans: Iterable[Span]) -> list[Span]:
    """The same time in order, with spans that overlap or touch made one; none is empty."""
    joined: list[Span] = []
    for span in sorted(spans):
        if span.from_at >= span.to_at:
            continue
        if joined and span.from_at <= joined[-1].to_at:
            joined[-1] = Span(joined[-1].from_at, max(joined[-1].to_at, span.to_at))
        else:
            joined.append(span)
    return joined


def _less(spans: list[Span], taken: list[Span]) -> list[Span]:
    """What of `spans` is in none of `taken`; both are unions."""
    left: list[Span] = []
    for from_at, to_at in spans:
        for a, b in taken:
            if b <= from_at or a >= to_at:
                continue
            if a > from_at:
                left.append(Span(from_at, a))
            from_at = b
        if from_at < to_at:
            left.append(Span(from_at, to_at))
    return left
