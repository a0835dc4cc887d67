"""Who is connected to this instance: their timer, what their connections say, where they are.

No I/O: `presence.py` tells it what happens and asks what is to be said.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec

from handlers.socket.clients import Client
from rooms.presence import Activity, Mood, Phase, activity_of, mood_of
from storage.channels import ChannelEvent


@dataclass(slots=True, eq=False)
class Person:
    """Somebody with connections here. `seq` is the position of their own channel up to which
    `entry_id`, the entry that runs, is known. `places` are channels by the connections there."""

    id: int
    username: str
    show_activity: bool
    entry_id: int | None
    seq: int
    moods: dict[Client, Mood] = field(default_factory=dict)
    places: dict[str, set[Client]] = field(default_factory=dict)

    def activity(self, phase_of: Callable[[str], Phase | None]) -> Activity:
        """What others may be shown of what they do [P2, V2]."""
        return activity_of(
            timer_runs=self.entry_id is not None and self.show_activity,
            phases={phase_of(name) for name in self.places},
        )


class _Ref(msgspec.Struct):
    id: int
    ended_at: str | None = None


class _Timer(msgspec.Struct):
    entry: _Ref


class _User(msgspec.Struct):
    username: str


class _Named(msgspec.Struct):
    user: _User


_named = msgspec.json.Decoder(_Named)
_timer = msgspec.json.Decoder(_Timer)
_TIMER_EVENTS = {"timer:started", "timer:updated", "timer:stopped", "timer:discarded"}


class People:
    """All users with connections to this instance, and the moods that dropped ones left behind."""

    def __init__(self) -> None:
        self._people: dict[int, Person] = {}
        self._left_behind: dict[int, tuple[Mood, float]] = {}
        self._moody: set[int] = set()

    def of(self, client: Client) -> Person | None:
        """Whose connection it is; None once it has ended."""
        person = self._people.get(client.user_id)
        return person if person is not None and client in person.moods else None

    def arrive(
        self, client: Client, username: str, show_activity: bool, entry_id: int | None, seq: int
    ) -> Person:
        """A connection begins; its reading says what runs as of `seq` of the user's channel."""
        person = self._people.get(client.user_id)
        if person is None:
            person = Person(client.user_id, username, show_activity, entry_id, seq)
            self._people[person.id] = person
        elif seq >= person.seq:
            person.entry_id, person.seq = entry_id, seq
        person.username, person.show_activity = username, show_activity
        person.moods[client] = "active"
        return person

    def depart(self, client: Client, until: float) -> None:
        """A connection has ended. What it said holds for a while, lest a hidden user show up
        before they are back."""
        person = self._people[client.user_id]
        mood = person.moods.pop(client)
        left = self._left_behind.get(person.id)
        if mood == "invisible" or (mood == "away" and (left is None or left[0] == "away")):
            self._left_behind[person.id] = (mood, until)
        if not person.moods:
            del self._people[person.id]

    def set_mood(self, client: Client, mood: Mood) -> None:
        person = self.of(client)
        if person is not None:
            person.moods[client] = mood
            self._moody.add(person.id)

    def moods(self, now: float, asked: Iterable[int]) -> dict[int, Mood]:
        """What is to be said of the moods of users here: nothing of those who are simply active,
        unless they are `asked` for because another instance says something of them."""
        self._left_behind = {u: (m, t) for u, (m, t) in self._left_behind.items() if t > now}
        said: dict[int, Mood] = {}
        for user_id in self._moody | self._left_behind.keys():
            mood = self._mood_of(user_id)
            if mood != "active":
                said[user_id] = mood
            elif user_id not in self._left_behind and self._is_calm(user_id):
                self._moody.discard(user_id)
        for user_id in asked:
            if user_id in self._people and user_id not in said:
                said[user_id] = "active"
        return said

    def is_invisible(self, user_id: int) -> bool:
        """Whether a connection to this instance says so."""
        return user_id in self._moody and self._mood_of(user_id) == "invisible"

    def _mood_of(self, user_id: int) -> Mood:
        person = self._people.get(user_id)
        live = set(person.moods.values()) if person is not None else set[Mood]()
        left = self._left_behind.get(user_id)
        if left is not None and (left[0] == "invisible" or not live):
            live.add(left[0])
        return mood_of(live)

    def _is_calm(self, user_id: int) -> bool:
        person = self._people.get(user_id)
        return person is None or all(mood == "active" for mood in person.moods.values())

    def saw_name(self, event: ChannelEvent) -> Person | None:
        """user:updated on somebody's own channel; the user, if they have another name now."""
        person = self._people.get(int(event.channel.removeprefix("user:")))
        username = _named.decode(event.data).user.username
        if person is None or person.username == username:
            return None
        person.username = username
        for client in person.moods:
            client.username = username
        return person

    def saw_timer(self, event: ChannelEvent) -> Person | None:
        """An event of a user's own channel; the user, if it starts or ends their timer here."""
        if event.type not in _TIMER_EVENTS:
            return None
        person = self._people.get(int(event.channel.removeprefix("user:")))
        if person is None or event.seq <= person.seq:
            return None
        person.seq = event.seq
        entry = _timer.decode(event.data).entry
        before = person.entry_id
        if event.type in ("timer:started", "timer:updated") and entry.ended_at is None:
            person.entry_id = entry.id
        elif person.entry_id == entry.id:
            person.entry_id = None
        return person if person.entry_id != before else None
