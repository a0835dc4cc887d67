"""How often something may be done: buckets by the instant until which they are spent (GCRA).

A bucket is one number: the instant at which all that was spent will have come back. All instants
and spans here are whole microseconds, so that a script in Redis reckons the same.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` at once, and as many again in every `period_s` seconds, one by one."""

    count: int
    period_s: int

    @property
    def interval_us(self) -> int:
        """How long one takes to come back; rounded up, so that it is never more than the rate."""
        return -(-self.period_s * SECOND_US // self.count)

    @property
    def depth_us(self) -> int:
        """How long all of it takes to come back."""
        return self.interval_us * self.count


# What a user may do, and what all may do together who call from one address.
RATES: Mapping[str, Rate] = {
    "read": Rate(600, 60),
    "read.address": Rate(6000, 60),
    "write": Rate(300, 60),
    "write.address": Rate(3000, 60),
    "costly": Rate(60, 60),
    "costly.address": Rate(600, 60),
    "invite": Rate(60, 600),
    "invite.address": Rate(600, 600),
    "sign_in.address": Rate(300, 300),
    "mail": Rate(10, 3600),
    "mail.address": Rate(30, 3600),
    "events": Rate(800, 4),
}


def parse_rates(text: str) -> dict[str, Rate]:
    """`read=600/60, costly=30/60`: count/seconds by name. Raises ValueError, without the text."""
    rates = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = (piece.strip() for piece in part.partition("="))
        count, _, period = rate.partition("/")
        if name not in RATES:
            raise ValueError("must name limits there are, like read=600/60")
        if not (_is_number(count) and _is_number(period)):
            raise ValueError("must be like read=600/60, so many in so many seconds")
        rates[name] = Rate(int(count), int(period))
    return rates


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) > 0


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call takes out of the bucket that `owner` has for the rate of this name."""

    name: str
    owner: str
    rate: Rate
    cost: int = 1

    @property
    def bucket(self) -> str:
        return f"{self.name}:{self.owner}"


@dataclass(frozen=True, slots=True)
class Check:
    """The charges of one call: all are taken, or none if one does not fit. What is `owed` has been
    done already, and is taken in any case."""

    charges: tuple[Charge, ...]
    owed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it fitted at `now`, and until when each bucket is spent now."""

    allowed: bool
    now: int
    spent_until: tuple[int, ...]


def decide(check: Check, spent_until: Sequence[int], now: int) -> Decision:
    """What becomes of a check whose buckets are spent until these instants."""
    held = [max(until, now) for until in spent_until]
    after = [
        until + charge.rate.interval_us * charge.cost
        for until, charge in zip(held, check.charges, strict=True)
    ]
    if check.owed:
        # Nobody is in debt for longer than a full bucket takes to come back.
        most = [now + 2 * charge.rate.depth_us for charge in check.charges]
        return Decision(True, now, tuple(map(min, after, most)))
    fits = all(
        until - now <= charge.rate.depth_us
        for until, charge in zip(after, check.charges, strict=True)
    )
    return Decision(fits, now, tuple(after if fits else held))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a caller stands with a bucket: how much is left, how long until all of it is back, and
    how long to wait first; 0 for what was allowed."""

    name: str
    rate: Rate
    remaining: int
    reset_us: int
    wait_us: int


def verdict_of(check: Check, decision: Decision) -> Verdict:
    """The verdict by the charge that has to wait longest, or else has least left."""
    found = []
    for charge, until in zip(check.charges, decision.spent_until, strict=True):
        rate, reset = charge.rate, until - decision.now
        left = max(0, (rate.depth_us - reset) // rate.interval_us)
        wait = max(0, reset + rate.interval_us * charge.cost - rate.depth_us)
        found.append(Verdict(charge.name, rate, left, reset, 0 if decision.allowed else wait))
    return min(found, key=lambda verdict: (-verdict.wait_us, verdict.remaining))


class Buckets:
    """Buckets in memory, `most` of them: whose were not used for longest are forgotten first."""

    def __init__(self, most: int = 50_000) -> None:
        self._most = most
        self._spent_until: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._spent_until)

    def spend(self, check: Check, now: int) -> Decision:
        """Judge a check and keep what becomes of its buckets."""
        known = self._spent_until
        decision = decide(check, [known.get(c.bucket, 0) for c in check.charges], now)
        for charge, until in zip(check.charges, decision.spent_until, strict=True):
            known[charge.bucket] = until
            known.move_to_end(charge.bucket)
        while len(known) > self._most:
            known.popitem(last=False)
        return decision
