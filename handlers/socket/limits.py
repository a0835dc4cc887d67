"""How many events a connection, and a user, may send.

An event is judged at once, by what this instance has seen: no event waits for Redis. What busy
users spend is told to Redis once a second, and who has spent too much on all instances together has
to pause on each.
"""

from dataclasses import dataclass

from rooms.errors import RateLimited
from rooms.rules.limits import RATES, Rate


@dataclass(slots=True)
class Bucket:
    """A leaky bucket by its theoretical arrival time (GCRA): `rate` a second, `burst` at once."""

    rate: float
    burst: int
    due_at: float = 0.0

    def take(self, now: float, cost: int = 1) -> float:
        """0.0 if `cost` fits now (and is taken), else the seconds until it would."""
        due_at = max(self.due_at, now) + cost / self.rate
        wait = due_at - now - self.burst / self.rate
        if wait > 0:
            return wait
        self.due_at = due_at
        return 0.0

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing pass for so long."""
        self.due_at = max(self.due_at, now + self.burst / self.rate + seconds)


@dataclass(slots=True)
class Spender:
    """A user who is connected here: by how many connections, and what was not told yet."""

    bucket: Bucket
    connections: int = 0
    spent: int = 0


class EventLimits:
    """The limits of one instance, `per_user` that of all together; `on=False` lifts them."""

    PER_CONNECTION = (100.0, 400)

    def __init__(self, *, on: bool, per_user: Rate = RATES["events"]) -> None:
        self._on = on
        self._per_user = (per_user.count / per_user.period_s, per_user.count)
        self._users: dict[int, Spender] = {}

    def connection(self) -> Bucket:
        """The bucket of a new connection."""
        return Bucket(*self.PER_CONNECTION)

    def arrive(self, user_id: int) -> None:
        """A connection of the user's begins."""
        user = self._users.setdefault(user_id, Spender(Bucket(*self._per_user)))
        user.connections += 1

    def depart(self, user_id: int) -> None:
        """A connection of the user's has ended."""
        user = self._users[user_id]
        user.connections -= 1
        if not user.connections:
            del self._users[user_id]

    def take(self, own: Bucket, user_id: int, now: float, cost: int) -> None:
        """Count an event. Raises RateLimited with the seconds to wait."""
        if not self._on:
            return
        user = self._users[user_id]
        wait = own.take(now, cost) or user.bucket.take(now, cost)
        if wait:
            raise RateLimited(retry_after_s=max(0.001, round(wait, 3)))
        user.spent += cost

    def take_spent(self) -> dict[int, int]:
        """What those have spent since the last time who spend much: a quarter of what they may in a
        second. Of the others nobody need know."""
        spent = {}
        for user_id, user in self._users.items():
            if user.spent >= self._per_user[0] / 4:
                spent[user_id] = user.spent
            user.spent = 0
        return spent

    def pause(self, user_id: int, now: float, seconds: float) -> None:
        """Somebody has spent too much elsewhere."""
        user = self._users.get(user_id)
        if user is not None:
            user.bucket.pause(now, seconds)
