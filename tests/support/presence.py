"""What a client shows of presence: its snapshot, and the events since, by the rule it is given."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.live import Live
from tests.support.product import Person

MOST_NAMED = 200
# Everything is faster, in the same proportions.
QUICK = {
    "presence_tick": 0.2,
    "presence_renewal": 0.8,
    "presence_grace": 1.6,
    "presence_lease": 2.2,
}
GRACE_S, LEASE_S = QUICK["presence_grace"], QUICK["presence_lease"]
PATIENCE_S = 6.0


@dataclass
class Sight:
    """Who is there, to a follower of a channel: user id → status."""

    users: dict[int, str] = field(default_factory=dict)
    count: int = 0

    def begin(self, presence: Any) -> None:
        """Take a snapshot's; null is unknown, and shows nobody."""
        self.users = _named(presence["users"]) if presence else {}
        self.count = presence["count"] if presence else 0

    def apply(self, data: Any) -> None:
        """Take an event's."""
        self.count = data["count"]
        if self.count > MOST_NAMED:
            self.users = {}
            return
        for user_id in data["left"]:
            self.users.pop(user_id, None)
        self.users |= _named(data["joined"]) | _named(data["changed"])


def _named(users: list[Any]) -> dict[int, str]:
    return {user["user_id"]: user["status"] for user in users}


class Onlooker:
    """A live connection that follows one channel and shows who is there."""

    def __init__(self, live: Live, channel: str, answer: Any) -> None:
        self.live = live
        self.channel = channel
        self.answer = answer
        self._since = len(live.events)

    @classmethod
    async def on(cls, live: Live, channel: str, **since: Any) -> "Onlooker":
        # What comes between the ack and its reading is an event after it.
        before = len(live.events)
        looker = cls(live, channel, await live.do("channel:subscribe", channel=channel, **since))
        looker._since = before
        return looker

    @property
    def presence(self) -> Any:
        """What the answer has of presence."""
        snapshot = self.answer["snapshot"]
        return self.answer.get("presence") if snapshot is None else snapshot["presence"]

    @property
    def told(self) -> list[Any]:
        """The data of what was told since, in order."""
        return [
            envelope["data"]
            for name, envelope in self.live.events[self._since :]
            if name == "presence:updated" and envelope["channel"] == self.channel
        ]

    @property
    def sight(self) -> Sight:
        sight = Sight()
        sight.begin(self.presence)
        for data in self.told:
            sight.apply(data)
        return sight

    async def shows(self, users: dict[int, str], within_s: float = PATIENCE_S) -> float:
        """Wait until exactly these are shown; answers the seconds it took."""
        began = time.monotonic()
        while (seen := self.sight).users != users or seen.count != len(users):
            waited = time.monotonic() - began
            assert waited < within_s, f"{seen} after {waited:.1f} s, not {users}: {self.told}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing is told meanwhile."""
        before = len(self.told)
        yield
        assert self.told[before:] == []

    async def hears_nothing(self, for_s: float) -> None:
        with self.silence():
            await asyncio.sleep(for_s)


async def enter(person: Person, channel: str, url: str | None = None) -> Live:
    """A connection of the person's that follows the channel, perhaps on another instance."""
    live = await Live.open(url or person.product.url, person.token)
    await live.do("channel:subscribe", channel=channel)
    return live


async def team(owner: Person, *members: Person, **fields: Any) -> str:
    """The channel of a new project with these members."""
    project_id = await owner.project(**fields)
    for member in members:
        await owner.post(f"/projects/{project_id}/members", {"user_id": member.id})
    return f"project:{project_id}"
