"""Signatures, back-off and choices of webhooks [N3]."""

from datetime import UTC, datetime, timedelta

import pytest

from rooms.rules.webhooks import (
    ALL,
    GAP,
    MANY_FAILURES,
    MOST_ATTEMPTS,
    OWN_EVENTS,
    PING,
    PROJECT_EVENTS,
    chosen_events,
    is_given_up,
    pause_after,
    rest_after,
    signature,
    unknown_events,
)

FIRST = timedelta(seconds=10)
NOW = datetime(2026, 11, 21, 8, 0, 0, 999_000, tzinfo=UTC)


def test_the_signature_is_the_one_of_the_document() -> None:
    """As `printf '1795248000.{"a":1}' | openssl dgst -sha256 -hmac whsec_example` says."""
    made = signature(["whsec_example"], NOW, b'{"a":1}')
    expected = "272f559cce5606648f1a4f801b99e624e7a366d270133f1767972ac418624dc4"
    assert made == f"t=1795248000,v1={expected}"


def test_two_secrets_sign_side_by_side() -> None:
    one = signature(["one"], NOW, b"x")
    both = signature(["one", "two"], NOW, b"x")
    assert both.startswith(one + ",v1=")
    assert signature(["two"], NOW, b"x").removeprefix("t=1795248000,") in both


def test_attempts_go_on_for_about_a_day() -> None:
    pauses = [pause_after(n, FIRST) for n in range(1, MOST_ATTEMPTS + 1)]
    assert pauses[0] == FIRST
    assert pauses[-1] is None
    known = [pause for pause in pauses if pause is not None]
    assert known == sorted(known)
    assert timedelta(hours=20) < sum(known, timedelta()) < timedelta(hours=28)


def test_one_event_that_is_not_liked_does_not_stop_the_others() -> None:
    """But an address that fails whatever it is sent is left alone, for minutes at most."""
    assert rest_after(1, FIRST) == rest_after(2, FIRST) == timedelta(0)
    rests = [rest_after(n, FIRST) for n in range(3, 60)]
    assert rests == sorted(rests)
    assert rests[0] == FIRST
    assert rests[-1] == rest_after(10**9, FIRST) == timedelta(minutes=5)


def test_given_up_is_what_has_failed_for_long_and_often() -> None:
    patience = timedelta(days=3)
    long_ago, lately = NOW - patience, NOW - patience + timedelta(seconds=1)
    assert is_given_up(long_ago, MANY_FAILURES, NOW, patience)
    assert not is_given_up(long_ago, MANY_FAILURES - 1, NOW, patience)
    assert not is_given_up(lately, 10 * MANY_FAILURES, NOW, patience)
    assert not is_given_up(None, 0, NOW, patience)


def test_what_may_be_chosen() -> None:
    assert unknown_events([ALL, *OWN_EVENTS], of_project=False) == []
    assert unknown_events(["streak:updated", "x"], of_project=True) == ["streak:updated", "x"]
    assert unknown_events([PING, GAP, "login:revoked"], of_project=False) == [
        PING, GAP, "login:revoked"
    ]  # fmt: skip
    assert chosen_events(["timer:stopped"], of_project=False) == ("timer:stopped",)
    assert chosen_events([ALL, "timer:stopped"], of_project=True) == PROJECT_EVENTS


@pytest.mark.parametrize("name", OWN_EVENTS)
def test_names_have_no_space(name: str) -> None:
    """The database is handed them in one text."""
    assert " " not in name
