"""One event in place of many."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handlers.messages.common import InstantText, View, instant_text
from rooms.entry import Entry

# More than so many changes of closed entries at once are told as one event.
MOST_EVENTS = 50


class EntryBulk(View, frozen=True, kw_only=True):
    """entry:bulk: `count` entries between two instants changed at once, for one reason."""

    reason: str
    from_: InstantText = msgspec.field(name="from")
    to: InstantText
    count: int

    @classmethod
    def of(cls, reason: str, from_at: datetime, to_at: datetime, count: int) -> "EntryBulk":
        return cls(reason=reason, from_=instant_text(from_at), to=instant_text(to_at), count=count)

    @classmethod
    def of_entries(cls, reason: str, entries: Sequence[Entry]) -> "EntryBulk":
        """The event for these closed entries, of which there is one at least."""
        from_at = min(entry.started_at for entry in entries)
        to_at = max(entry.ended_at for entry in entries if entry.ended_at is not None)
        return cls.of(reason, from_at, to_at, len(entries))
