"""Whether a figure grows, told from samples that waver."""

import random

import pytest

from benchmarks.soak.trend import Bound, judge, slope_of

BOUND = Bound("MiB", 0.05, 5.0)


def samples(per_h: float, noise: float, seed: int = 1) -> list[tuple[float, float]]:
    """Half an hour, every five seconds, around 120 MiB."""
    dice = random.Random(seed)
    return [(at, 120 + at * per_h / 3600 + dice.gauss(0, noise)) for at in range(0, 1800, 5)]


@pytest.mark.parametrize("seed", range(5))
def test_what_only_wavers_is_flat(seed: int) -> None:
    assert judge(samples(0, 1.5, seed), BOUND).flat


@pytest.mark.parametrize("seed", range(5))
def test_a_leak_of_twenty_mebibytes_an_hour_is_seen_through_the_noise(seed: int) -> None:
    verdict = judge(samples(20, 1.5, seed), BOUND)
    assert not verdict.flat
    assert 14 < verdict.per_h < 26


def test_a_peak_does_not_tilt_the_slope() -> None:
    points = samples(0, 0.0)
    points[-20:] = [(at, 400.0) for at, _ in points[-20:]]
    assert slope_of(points) == 0


def test_what_grows_only_while_it_warms_up_is_flat() -> None:
    warming = [(float(at), 50 + min(at, 500) / 5) for at in range(0, 1800, 5)]
    assert judge(warming, BOUND).flat


def test_shrinking_is_no_growth() -> None:
    assert judge(samples(-40, 1.0), BOUND).flat
