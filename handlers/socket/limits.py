"""How many events a connection, and a user, may send.

An event is judged at once, by what this instance has seen: no event waits for Redis. What busy
users spend is told to Redis once a second, and who has spent too much on all instances together has
to pause on each.
"""

from dataclasses import dataclass

from rooms.errors import RateLimited
from rooms.rules.limits import RATES, Rate

# When a connection that was one too many may try again: dead ones are noticed in that time.
ROOM_AFTER_S = 30.0


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

    def spend(self, now: float, cost: float) -> float:
        """Take `cost` in any case; for how many seconds no more of it should come."""
        self.due_at = max(self.due_at, now) + cost / self.rate
        return max(0.0, self.due_at - now - self.burst / self.rate)

    def pause(self, now: float, seconds: float) -> None:
        """Let nothing pass for so long."""
        self.due_at = max(self.due_at, now + self.burst / self.rate + seconds)


@dataclass(slots=True)
class Spender:
    """A user who is connected here: by how many connections, and what was not told yet.

    `pace` is how fast all of their connections together are read.
    """

    bucket: Bucket
    pace: Bucket
    connections: int = 0
    spent: int = 0


class EventLimits:
    """The limits of one instance, `per_user` that of all together; `on=False` lifts them.

    `most` is how many connections a user may have here.
    """

    PER_CONNECTION = (100.0, 400)
    # Packets, and kilobytes, that are read at all, refused ones included: of a user, and of
    # somebody who has not said who they are.
    PACE = (1000.0, 1500)
    PACE_OF_NOBODY = (20.0, 100)

    def __init__(
        self, *, on: bool, per_user: Rate = RATES["events"], most: int | None = None
    ) -> None:
        self._on = on
        self._most = most if on else None
        self._per_user = (per_user.count / per_user.period_s, per_user.count)
        self._users: dict[int, Spender] = {}

    def connection(self) -> Bucket:
        """The bucket of a new connection."""
        return Bucket(*self.PER_CONNECTION)

    def pace_of_nobody(self) -> Bucket | None:
        """How fast is read what comes from somebody who is not known yet."""
        return Bucket(*self.PACE_OF_NOBODY) if self._on else None

    def pace_of(self, user_id: int) -> Bucket | None:
        """How fast is read what comes from a user who is connected here."""
        user = self._users.get(user_id)
        return user.pace if self._on and user is not None else None

    def require_room(self, user_id: int) -> None:
        """Raises RateLimited where the user has as many connections as they may."""
        user = self._users.get(user_id)
        if self._most is not None and user is not None and user.connections >= self._most:
            raise RateLimited(
                f"You have {self._most} live connections already. Close some.",
                retry_after_s=ROOM_AFTER_S,
            )

    def arrive(self, user_id: int) -> None:
        """A connection of the user's begins."""
        if user_id not in self._users:
            self._users[user_id] = Spender(Bucket(*self._per_user), Bucket(*self.PACE))
        self._users[user_id].connections += 1

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
