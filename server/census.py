"""How many live connections there may be: from one address, of those nobody knows yet, and in all.

Counted by each instance for itself. A connection counts from its handshake to its end.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rooms.errors import RateLimited, Unavailable

# When one that was refused may try again.
_AGAIN_AFTER_S = 10.0
# Connections whose sender is not known yet are few, and short: this part of an address's.
_UNKNOWN_PART = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """`in_all` on this instance, `per_address`; None where there is no bound."""

    in_all: int | None = None
    per_address: int | None = None


class Census:
    """Who is connected, by address. `note` is told why somebody was turned away."""

    def __init__(self, bounds: Bounds, note: Callable[[str], None]) -> None:
        self._bounds = bounds
        self._note = note
        self._all = 0
        self._here: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()

    def arrive(self, address: str) -> None:
        """Somebody connects. Raises Unavailable or RateLimited, and has counted nobody then."""
        bounds = self._bounds
        if bounds.in_all is not None and self._all >= bounds.in_all:
            self._note("crowd")
            raise Unavailable("There are too many connections here.", retry_after_s=_AGAIN_AFTER_S)
        if bounds.per_address is not None:
            unknown = max(1, bounds.per_address // _UNKNOWN_PART)
            here = self._here[address] >= bounds.per_address
            if here or self._unknown[address] >= unknown:
                self._note("address")
                raise RateLimited(
                    "There are too many connections from this address.",
                    retry_after_s=_AGAIN_AFTER_S,
                )
        self._all += 1
        self._here[address] += 1
        self._unknown[address] += 1

    def know(self, address: str) -> None:
        """One that was unknown has been let in."""
        _less(self._unknown, address)

    def depart(self, address: str, *, known: bool) -> None:
        """One has ended."""
        self._all -= 1
        _less(self._here, address)
        if not known:
            _less(self._unknown, address)


def _less(counts: "Counter[str]", address: str) -> None:
    counts[address] -= 1
    if counts[address] <= 0:
        del counts[address]
