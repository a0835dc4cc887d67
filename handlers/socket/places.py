"""A channel on which people are present, as one instance keeps it: who is there by a connection
of its own, who is there at all, and what the followers here have been told. No I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import msgspec

from handlers.messages.presence import PresenceView, presence_view
from handlers.socket.clients import Client
from handlers.socket.notices import Notice
from handlers.socket.people import Person
from rooms.presence import (
    MOST_NAMED,
    NOTHING_TOLD,
    Mood,
    News,
    Phase,
    Shown,
    Told,
    Word,
    merge_words,
    news_for,
    told_of,
)

PhaseOf = Callable[[str], Phase | None]


@dataclass(slots=True, eq=False)
class Place(Notice):
    """`here` are those present by a connection to this instance; `dropped` are those whose
    connection broke, and until when they are counted. `present` is None before the first reading,
    `told` before anybody was told; `unsure` are followers who have not been told anything.
    `omitted` are users whom a newcomer was not told of, because they had just become invisible.
    `kept` is whether somebody may be in `present` only because nobody is missed yet, `counted`
    whether `present` is newer than the last look for news."""

    phase_of: PhaseOf = lambda _name: None
    here: dict[int, Person] = field(default_factory=dict)
    dropped: dict[int, tuple[Word, float]] = field(default_factory=dict)
    present: dict[int, Shown] | None = None
    kept: bool = False
    counted: bool = False
    told: Told | None = None
    unsure: set[Client] = field(default_factory=set)
    omitted: set[int] = field(default_factory=set)
    told_at: float = float("-inf")
    telling_is_due: bool = False
    _view: PresenceView | None = None

    decoder: ClassVar[Any] = msgspec.json.Decoder(list[Word])

    @property
    def for_members(self) -> bool:
        """Whether only members are told: a project's outsiders are not [P1]."""
        return self.name.startswith("project:")

    def enter(self, person: Person, client: Client) -> None:
        """The connection makes its user present; it takes up what a dropped one left."""
        person.places.setdefault(self.name, set()).add(client)
        self.dropped.pop(person.id, None)
        self.here[person.id] = person
        self.unsaid = True

    def leave(self, person: Person, client: Client) -> None:
        """The connection does so no more."""
        clients = person.places.get(self.name)
        if clients is None or client not in clients:
            return
        clients.discard(client)
        if not clients:
            del person.places[self.name]
            del self.here[person.id]
            self.unsaid = True

    def drop(self, person: Person, client: Client, word: Word, until: float) -> None:
        """The connection broke: its user is counted a while longer [P1]."""
        if client in person.places.get(self.name, ()):
            self.dropped[person.id] = (word, until)
            self.leave(person, client)

    def forget(self, user_id: int) -> None:
        """The user has left for good: nobody waits for a connection of theirs that dropped."""
        if self.dropped.pop(user_id, None) is not None:
            self.unsaid = True

    def forget_dropped(self, now: float) -> None:
        """Count those no more who did not come back."""
        for user_id, (_, until) in list(self.dropped.items()):
            if until <= now:
                del self.dropped[user_id]
                self.unsaid = True

    def text(self) -> str:
        said = [self.word_of(person) for person in self.here.values()]
        said += [word for user_id, (word, _) in self.dropped.items() if user_id not in self.here]
        return msgspec.json.encode(said).decode()

    def word_of(self, person: Person) -> Word:
        return person.id, person.username, person.activity(self.phase_of)

    def count(self, moods: Mapping[int, Mood], now: float) -> None:
        """See who is present."""
        present = merge_words((words for _, words in self.words.values()), moods)
        self.kept = now < self.keep_until
        if self.kept:
            for user_id, shown in (self.present or {}).items():
                if moods.get(user_id) != "invisible":
                    present.setdefault(user_id, shown)
        self.present, self.counted = present, True

    def news(self) -> News | None:
        """What is new to the followers who know what was told."""
        self.counted = False
        if self.told is None:
            return None
        present = self.present or {}
        news = news_for(self.told, present)
        back = {user_id for user_id in self.omitted if user_id in present}
        if back and len(present) <= MOST_NAMED:
            news = news or News([], [], [], len(present))
            news = replace(news, joined=sorted(back.union(news.joined)))
        return news

    def everybody(self) -> News:
        """What is new to a follower who knows nothing."""
        return news_for(NOTHING_TOLD, self.present or {}) or News([], [], [], 0)

    def tell(self, now: float) -> set[Client]:
        """Followers are told what there is; answers those who know nothing."""
        self.told, self.told_at, self._view = told_of(self.present or {}), now, None
        self.omitted.clear()
        unsure, self.unsure = self.unsure, set()
        return unsure

    def view(self, invisible: Callable[[int], bool]) -> PresenceView:
        """What followers have been told, for one who comes new."""
        if self.told is None:
            self.told = told_of(self.present or {})
        if self._view is None:
            known = self.told.users if self.told.users is not None else self.present or {}
            hidden = {user_id for user_id in known if invisible(user_id)}
            self.omitted |= hidden
            self._view = presence_view({u: s for u, s in known.items() if u not in hidden})
        return self._view

    def forget_view(self) -> None:
        self._view = None
