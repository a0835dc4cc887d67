"""One-time codes from a shared secret and the clock: RFC 6238, SHA-1, 30 s, 6 digits.

Nothing but these parameters is understood by every authenticator app, so they are not settings.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

STEP_S = 30
DIGITS = 6
# A clock may be off by so many steps, either way.
DRIFT = 1
SECRET_BYTES = 20
# So many wrong codes in a row are answered at once.
FREE_FAILURES = 5
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)


def step_of(at: datetime) -> int:
    """The number of the step of 30 s that `at` lies in."""
    return int(at.timestamp()) // STEP_S


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a step (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, at: datetime, after: int) -> int | None:
    """The step whose code this is, if it is near `at` and later than `after`.

    A step that was accepted once is never accepted again: whoever looked over a shoulder gains
    nothing. None for a code that does not fit.
    """
    given = plain(code).encode("utf-8", "surrogatepass")
    found = None
    for step in _near(step_of(at)):
        # All are compared, in the same time, whichever it is.
        if hmac.compare_digest(code_at(secret, step).encode(), given) and step > after:
            found = step
    return found


def _near(step: int) -> Iterator[int]:
    yield from range(max(0, step - DRIFT), step + DRIFT + 1)


def plain(code: str) -> str:
    """A code without what people put into it to read it by, in small letters."""
    return "".join(code.split()).replace("-", "").lower()


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong codes since the last right one, and until when no more are looked at."""

    failures: int = 0
    locked_until: datetime | None = None

    def wait_s(self, now: datetime) -> float:
        """How many seconds nothing is looked at for; 0 if a code may be tried."""
        left = (self.locked_until - now).total_seconds() if self.locked_until is not None else 0.0
        return max(0.0, left)

    def failed(self, now: datetime) -> "Attempts":
        """One more wrong code: from the fifth on each doubles the wait, up to an hour."""
        failures = self.failures + 1
        if failures < FREE_FAILURES:
            return Attempts(failures)
        # Two to the twelfth is far beyond an hour; what lies beyond does not fit a timedelta.
        wait: timedelta = _FIRST_WAIT * 2 ** min(failures - FREE_FAILURES, 12)
        return Attempts(failures, now + min(wait, _LONGEST_WAIT))


def secret_text(secret: bytes) -> str:
    """A secret as people type it into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def recovery_text(raw: bytes) -> str:
    """A recovery code of 10 random bytes, in groups that can be read aloud: 80 bits."""
    text = base64.b32encode(raw).decode().lower()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))
