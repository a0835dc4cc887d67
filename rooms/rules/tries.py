"""Trying secrets: after some failures each further try has to wait, twice as long each time.

Instants are whole microseconds, so that a script in Redis reckons the same.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from rooms.rules.limits import SECOND_US

# A failure is forgotten when there was none for so long.
MEMORY_S = 3600


@dataclass(frozen=True, slots=True)
class Patience:
    """`free` failures cost nothing; then 1 s, 2 s, 4 s … must lie before the next try, at most
    `longest_s`."""

    free: int
    longest_s: int

    def wait_us(self, failures: int) -> int:
        """How long after the last of so many failures the next try may come."""
        if failures < self.free:
            return 0
        # The exponent is bounded, since a number in a script has 53 bits.
        return min(1 << min(failures - self.free, 30), self.longest_s) * SECOND_US


# One device at one account. The owner who mistypes has some tries; who guesses has fifteen in the
# first half hour.
DEVICE = Patience(free=5, longest_s=900)
# All unknown devices at one account together, and all accounts from one address: against guessing
# from many places, or at many accounts. Never long, for it also meets those who do nothing wrong.
ACCOUNT = Patience(free=30, longest_s=60)
ADDRESS = Patience(free=50, longest_s=60)
# The password asked for once more, of who is signed in: a stolen login must not keep its owner out.
CONFIRM = Patience(free=10, longest_s=60)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a try counts for: a key, and how patient it is."""

    key: str
    patience: Patience


def wait_of(patience: Patience, failures: int, last: int, now: int) -> int:
    """How long a try at `now` has to wait, after so many failures of which the last was then."""
    if now - last >= MEMORY_S * SECOND_US:
        return 0
    return max(0, last + patience.wait_us(failures) - now)


class Tries:
    """Failures in memory, of `most` keys: the oldest are forgotten first."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def begin(self, trials: Sequence[Trial], now: int) -> int:
        """0 if a try may be made: it then counts as a failure everywhere, until it is forgiven.
        Else how long it has to wait, and nothing is counted."""
        known = [self._known(trial.key, now) for trial in trials]
        wait = max(
            wait_of(trial.patience, count, last, now)
            for trial, (count, last) in zip(trials, known, strict=True)
        )
        if wait == 0:
            for trial, (count, _) in zip(trials, known, strict=True):
                self._failures[trial.key] = (count + 1, now)
                self._failures.move_to_end(trial.key)
            while len(self._failures) > self._most:
                self._failures.popitem(last=False)
        return wait

    def forgive(self, trials: Sequence[Trial]) -> None:
        """The try was no failure: the first key is forgotten, the others lose what it added."""
        for place, trial in enumerate(trials):
            count, last = self._failures.get(trial.key, (0, 0))
            if place == 0 or count <= 1:
                self._failures.pop(trial.key, None)
            else:
                self._failures[trial.key] = (count - 1, last)

    def _known(self, key: str, now: int) -> tuple[int, int]:
        count, last = self._failures.get(key, (0, 0))
        return (0, 0) if now - last >= MEMORY_S * SECOND_US else (count, last)
