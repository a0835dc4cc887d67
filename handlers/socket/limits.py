"""How many events a connection, and a user over all connections here, may send."""

from dataclasses import dataclass

from rooms.errors import RateLimited


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


class EventLimits:
    """The limits of one instance; `on=False` lifts them all."""

    PER_CONNECTION = (100.0, 400)
    PER_USER = (200.0, 800)

    def __init__(self, *, on: bool) -> None:
        self._on = on
        self._users: dict[int, tuple[Bucket, int]] = {}

    def connection(self) -> Bucket:
        """The bucket of a new connection."""
        return Bucket(*self.PER_CONNECTION)

    def arrive(self, user_id: int) -> None:
        """A connection of the user's begins."""
        bucket, count = self._users.get(user_id, (Bucket(*self.PER_USER), 0))
        self._users[user_id] = (bucket, count + 1)

    def depart(self, user_id: int) -> None:
        """A connection of the user's has ended."""
        bucket, count = self._users.pop(user_id)
        if count > 1:
            self._users[user_id] = (bucket, count - 1)

    def take(self, own: Bucket, user_id: int, now: float, cost: int) -> None:
        """Count an event. Raises RateLimited with the seconds to wait."""
        if not self._on:
            return
        wait = own.take(now, cost) or self._users[user_id][0].take(now, cost)
        if wait:
            raise RateLimited(retry_after_s=max(0.001, round(wait, 3)))
