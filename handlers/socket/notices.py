"""What instances say to each other under a name, as one of them keeps it [P1]. No I/O."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec
import structlog

from handlers.socket.people import People
from rooms.presence import Mood, merge_moods
from storage.presence import Heard, Said

log = structlog.get_logger(__name__)

_stamps = itertools.count(1)


@dataclass(slots=True, eq=False)
class Notice:
    """`stamp` names what this instance said last, `unsaid` is whether there is something else to
    say; `words` are what all say, by instance with its stamp. Until `keep_until` nothing that was
    heard before is taken for gone: others may not have found back yet."""

    name: str
    unsaid: bool = True
    stamp: str = ""
    version: str = ""
    words: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    keep_until: float = float("-inf")

    decoder: ClassVar[Any]

    def text(self) -> str:
        """What this instance has to say."""
        raise NotImplementedError

    def said(self) -> Said:
        """Say it; until the next change it is said again by its stamp alone."""
        self.unsaid = False
        self.stamp = str(next(_stamps))
        return Said(self.name, self.stamp, self.text())

    def take(self, heard: Heard, me: str) -> bool:
        """Learn what all say now; False if this instance's own word is lost."""
        self.version = heard.version
        self.words = {
            instance: self._read(instance, stamp, text)
            for instance, (stamp, text) in heard.words.items()
        }
        return not self.stamp or self.unsaid or self.words.get(me, ("", []))[0] == self.stamp

    def _read(self, instance: str, stamp: str, text: bytes) -> tuple[str, list[Any]]:
        kept = self.words.get(instance)
        if kept is not None and kept[0] == stamp:
            return kept
        try:
            return stamp, self.decoder.decode(text)
        except ValueError as error:
            # From an instance of another version, perhaps.
            log.warning("a word of presence could not be read", error=repr(error))
            return stamp, []


@dataclass(slots=True, eq=False)
class Moods(Notice):
    """Who is invisible or away [P2]: of few users, and known to every instance, because it holds
    for all channels and depends on all of a user's connections.

    An instance also says of whom they are active, where another one says that they are away.
    """

    mine: dict[int, Mood] = field(default_factory=dict)
    merged: Mapping[int, Mood] = field(default_factory=dict)

    decoder: ClassVar[Any] = msgspec.json.Decoder(list[tuple[int, Mood]])

    def text(self) -> str:
        return msgspec.json.encode(list(self.mine.items())).decode()

    def settle(self, people: People, me: str, now: float) -> bool:
        """Compare what others say with the people here; whether anything has changed."""
        others = list(self._of_others(me))
        mine = people.moods(now, [user_id for user_id, mood in others if mood == "away"])
        if mine != self.mine:
            self.mine, self.unsaid = mine, True
        merged = merge_moods([*others, *mine.items()])
        if now < self.keep_until:
            merged = {**self.merged, **merged}
        changed = merged != self.merged
        self.merged = merged
        return changed

    def _of_others(self, me: str) -> Iterable[tuple[int, Mood]]:
        for instance, (_, words) in self.words.items():
            if instance != me:
                yield from words
