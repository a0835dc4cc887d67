"""The database's clock, as this instance knows it.

Deadlines are the database's instants. Where it runs on another machine, its clock is another one
than ours, and what clients are told of the time must agree with the deadlines they are told.
"""

import time
from collections import deque
from datetime import UTC, datetime, timedelta

from storage.database import Pool, acquired, read_clock

SAMPLES = 12


class Clock:
    """Our clock with the offset of the quickest of the last samples: it is off by at most half of
    that one's round trip."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        self.offset_s = 0.0

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset_s

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def note(self, sent: float, answered: float, received: float) -> None:
        """One reading: when it was asked and known by our clock, and what was answered."""
        trip = received - sent
        self._samples.append((trip, answered - (sent + received) / 2))
        self.offset_s = min(self._samples)[1]

    async def measure(self, pool: Pool) -> None:
        """Ask the database. Raises Unavailable."""
        async with acquired(pool) as connection:
            sent = time.time()
            answered = await read_clock(connection)
            self.note(sent, answered.timestamp(), time.time())
