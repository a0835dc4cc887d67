"""Rates of calls (docs/PROTOCOL.md, "Limits"): so many at once, and no more than the rate after."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.rules.limits import (
    RATES,
    SECOND_US,
    Buckets,
    Charge,
    Check,
    Decision,
    Rate,
    decide,
    parse_rates,
    verdict_of,
)

rates = st.builds(Rate, st.integers(1, 1000), st.integers(1, 3600))
steps = st.lists(st.tuples(st.integers(0, 20 * SECOND_US), st.integers(1, 3)), max_size=60)


def check_of(*charges: tuple[str, Rate, int]) -> Check:
    return Check(tuple(Charge(name, "u1", rate, cost) for name, rate, cost in charges))


@given(rates, steps)
def test_never_more_passes_than_the_burst_and_the_rate_since(
    rate: Rate, calls: list[tuple[int, int]]
) -> None:
    """Between any two instants, not only from the beginning."""
    buckets, now, passed = Buckets(), 5 * SECOND_US, list[tuple[int, int]]()
    for pause, cost in calls:
        now += pause
        if buckets.spend(check_of(("read", rate, cost)), now).allowed:
            passed.append((now, cost))
    for first, (since, _) in enumerate(passed):
        spent = 0
        for at, cost in passed[first:]:
            spent += cost
            assert spent <= rate.count + rate.count * (at - since) / (rate.period_s * SECOND_US)


@given(rates, steps)
def test_whoever_waits_as_told_is_let_in_and_not_before(
    rate: Rate, calls: list[tuple[int, int]]
) -> None:
    buckets, now = Buckets(), 0
    for pause, cost in calls:
        now += pause
        check = check_of(("read", rate, cost))
        decision = buckets.spend(check, now)
        if decision.allowed or cost > rate.count:
            continue
        wait = verdict_of(check, decision).wait_us
        assert wait > 0
        assert not decide(check, decision.spent_until, now + wait - 1).allowed
        assert decide(check, decision.spent_until, now + wait).allowed


def test_a_call_that_one_bucket_refuses_takes_nothing_out_of_the_others() -> None:
    many, one = Rate(100, 60), Rate(1, 60)
    buckets = Buckets()
    both = check_of(("read", many, 1), ("read.address", one, 1))
    assert buckets.spend(both, 0).allowed
    assert not buckets.spend(both, 0).allowed
    alone = check_of(("read", many, 1))
    assert verdict_of(alone, buckets.spend(alone, 0)).remaining == 98


def test_the_verdict_is_of_the_bucket_that_has_least_left() -> None:
    """So that a client which keeps to the headers is never refused."""
    check = check_of(("read", Rate(100, 60), 1), ("read.address", Rate(5, 60), 1))
    verdict = verdict_of(check, decide(check, [0, 0], 0))
    assert (verdict.name, verdict.remaining, verdict.reset_us) == (
        "read.address", 4, 12 * SECOND_US,
    )  # fmt: skip
    refused = verdict_of(check, Decision(False, 0, (0, 60 * SECOND_US)))
    assert (refused.remaining, refused.wait_us) == (0, 12 * SECOND_US)


def test_what_is_owed_is_taken_but_nobody_is_in_debt_for_long() -> None:
    rate = Rate(10, 10)
    owed = Check((Charge("events", "u1", rate, 10_000),), owed=True)
    assert decide(owed, [0], 0) == Decision(True, 0, (20 * SECOND_US,))


def test_no_more_buckets_are_kept_than_allowed() -> None:
    """Whoever comes from ever new addresses makes the others' grow old, and no memory full."""
    buckets = Buckets(most=10)
    for number in range(50):
        buckets.spend(Check((Charge("read.address", str(number), Rate(5, 60)),)), number)
    assert len(buckets) == 10
    kept = Check((Charge("read.address", "49", Rate(5, 60)),))
    assert verdict_of(kept, buckets.spend(kept, 50)).remaining == 3


def test_rates_are_set_by_name() -> None:
    assert parse_rates(" read=10/1 ,mail.address = 2/86400,") == {
        "read": Rate(10, 1),
        "mail.address": Rate(2, 86400),
    }
    assert set(parse_rates(",".join(f"{name}=1/1" for name in RATES))) == set(RATES)


@pytest.mark.parametrize(
    "text", ["raed=1/1", "read", "read=0/1", "read=1/0", "read=-1/1", "read=1"]
)
def test_wrong_rates_are_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        parse_rates(text)
