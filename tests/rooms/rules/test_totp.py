"""One-time codes: the vectors of RFC 6238, one step of drift, each step once, and waiting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.rules.totp import (
    STEP_S,
    Attempts,
    code_at,
    matching_step,
    plain,
    recovery_text,
    secret_text,
    step_of,
)

SECRET = b"12345678901234567890"
NOW = datetime(2026, 3, 1, 12, 0, 10, tzinfo=UTC)
STEP = step_of(NOW)


@pytest.mark.parametrize(
    "seconds, code",
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """RFC 6238, Appendix B, for SHA-1; six digits are the last six."""
    assert code_at(SECRET, seconds // STEP_S, digits=8) == code
    at = datetime.fromtimestamp(seconds, UTC)
    assert matching_step(SECRET, code[2:], at, after=0) == seconds // STEP_S


@pytest.mark.parametrize("drift, fits", [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(drift: int, fits: bool) -> None:
    code = code_at(SECRET, STEP + drift)
    assert matching_step(SECRET, code, NOW, after=0) == (STEP + drift if fits else None)


def test_a_step_is_accepted_once_and_none_before_it() -> None:
    code = code_at(SECRET, STEP)
    assert matching_step(SECRET, code, NOW, after=STEP) is None
    assert matching_step(SECRET, code_at(SECRET, STEP - 1), NOW, after=STEP) is None
    assert matching_step(SECRET, code_at(SECRET, STEP + 1), NOW, after=STEP) == STEP + 1


@given(st.text(max_size=70))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = matching_step(SECRET, text, NOW, after=0)
    near = {code_at(SECRET, step) for step in (STEP - 1, STEP, STEP + 1)}
    assert (found is not None) == (plain(text) in near)


def test_codes_may_be_written_in_groups() -> None:
    code = code_at(SECRET, STEP)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]}\n", NOW, after=0) == STEP
    assert plain("ABCD-efgh IJKL") == "abcdefghijkl"


def test_the_fifth_wrong_code_waits_and_each_further_one_twice_as_long() -> None:
    attempts, waits = Attempts(), []
    for _ in range(14):
        attempts = attempts.failed(NOW)
        waits.append(attempts.wait_s(NOW))
    assert waits[:8] == [0, 0, 0, 0, 60, 120, 240, 480]
    assert waits[-1] == 3600
    assert attempts.wait_s(NOW + timedelta(hours=1)) == 0


def test_no_number_of_wrong_codes_is_too_much_to_count() -> None:
    assert Attempts(2**31 - 2).failed(NOW).wait_s(NOW) == 3600


def test_secrets_and_recovery_codes_are_easy_to_type() -> None:
    assert secret_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert recovery_text(bytes(range(10))) == "aaaq-eaye-auda-ocaj"
