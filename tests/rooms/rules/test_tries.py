"""Trying passwords and codes (SECURITY.md, "Signing in"): slower and slower, never locked out."""

from hypothesis import given
from hypothesis import strategies as st

from rooms.rules.limits import SECOND_US
from rooms.rules.tries import ACCOUNT, ADDRESS, DEVICE, MEMORY_S, Patience, Trial, Tries, wait_of

HOUR = 3600 * SECOND_US


def waits(patience: Patience, failures: int) -> list[int]:
    """The seconds before each of the next tries of somebody who always fails and waits."""
    tries, now, found = Tries(), HOUR, []
    trials = [Trial("a", patience)]
    for _ in range(failures):
        wait = tries.begin(trials, now)
        found.append(wait // SECOND_US)
        if wait:
            assert tries.begin(trials, now + wait - 1) == 1
            now += wait
            assert tries.begin(trials, now) == 0
    return found


def test_five_failures_are_free_and_then_each_try_waits_twice_as_long() -> None:
    assert waits(DEVICE, 17) == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_whole_account_and_an_address_never_wait_longer_than_a_minute() -> None:
    """What strangers do to an account also meets its owner on a new device."""
    for patience in (ACCOUNT, ADDRESS):
        assert max(waits(patience, 80)) == 60
        assert waits(patience, patience.free) == [0] * patience.free


@given(st.lists(st.integers(0, 10 * SECOND_US), max_size=60))
def test_tries_at_once_gain_nothing(pauses: list[int]) -> None:
    """A try counts from its beginning, before anybody knows how it ends."""
    tries, now, begun = Tries(), HOUR, 0
    for pause in pauses:
        now += pause
        begun += tries.begin([Trial("a", DEVICE)], now) == 0
    # As many as somebody gets who makes each one as soon as it is allowed.
    most, left = DEVICE.free, sum(pauses)
    while left >= DEVICE.wait_us(most):
        left -= DEVICE.wait_us(most)
        most += 1
    assert begun <= most


def test_a_success_forgets_the_device_and_takes_back_only_its_own_elsewhere() -> None:
    tries, now = Tries(), HOUR
    stranger, owner = Trial("stranger", DEVICE), Trial("owner", DEVICE)
    account = Trial("account", Patience(3, 60))
    for _ in range(2):
        assert tries.begin([stranger, account], now) == 0
    for _ in range(4):
        assert tries.begin([owner, account], now) == 0
        tries.forgive([owner, account])
    assert tries.begin([stranger, account], now) == 0
    assert tries.begin([owner, account], now) > 0, "three failures of the stranger's still count"
    assert tries.begin([owner], now) == 0


def test_failures_are_forgotten() -> None:
    last = 7 * HOUR
    assert wait_of(DEVICE, 100, last, last + MEMORY_S * SECOND_US) == 0
    assert wait_of(DEVICE, 100, last, last) == 900 * SECOND_US


def test_no_more_failures_are_kept_than_allowed() -> None:
    tries = Tries(most=3)
    for number in range(5):
        for _ in range(5):
            tries.begin([Trial(str(number), DEVICE)], HOUR)
    assert tries.begin([Trial("0", DEVICE)], HOUR) == 0
    assert tries.begin([Trial("4", DEVICE)], HOUR) > 0
