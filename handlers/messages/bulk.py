"""One event in place of many."""

from datetime import datetime

import msgspec

from handlers.messages.common import InstantText, View, instant_text


class EntryBulk(View, frozen=True, kw_only=True):
    """entry:bulk: `count` entries between two instants changed at once, for one reason."""

    reason: str
    from_: InstantText = msgspec.field(name="from")
    to: InstantText
    count: int

    @classmethod
    def of(cls, reason: str, from_at: datetime, to_at: datetime, count: int) -> "EntryBulk":
        return cls(reason=reason, from_=instant_text(from_at), to=instant_text(to_at), count=count)
