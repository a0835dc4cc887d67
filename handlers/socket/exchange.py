"""What this instance says of presence goes to Redis, and what all say comes from there [P1].

While Redis is away presence is unknown. When it is back everything is said again at once, and for
a while nobody is missed: the others need as long to find back.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from handlers.actions.services import Terms
from handlers.socket.notices import Notice
from storage.presence import PresenceAway, PresenceBook, Said

log = structlog.get_logger(__name__)


class Exchange:
    """The line between an instance's notices and Redis. `known` is whether it stands."""

    def __init__(self, book: PresenceBook, terms: Terms) -> None:
        self.me = book.instance
        self.known = True
        self._book = book
        self._lease = terms.presence_lease
        self._grace = terms.presence_grace
        # An older reading must not be taken after a newer one.
        self._one_at_a_time = asyncio.Lock()

    async def run(
        self, notices: Sequence[Notice], withdrawn: Sequence[Said], *, renew: bool
    ) -> set[str] | None:
        """Say what is unsaid (with `renew` all), then hear; the names of which something new was
        heard, or None while Redis is away."""
        async with self._one_at_a_time:
            try:
                await self._say(notices, withdrawn, renew=renew)
                heard = await self._hear(notices)
                # What was lost is said at once, for whoever reads next.
                await self._say(notices, (), renew=False)
            except PresenceAway as error:
                self._lost_sight(notices, error)
                return None
            self._came_back(notices)
            return heard

    async def listen(self, notices: Sequence[Notice]) -> bool:
        """Hear what is said now; False while Redis is away."""
        async with self._one_at_a_time:
            try:
                await self._hear(notices)
            except PresenceAway:
                return False
            return True

    async def end(self, said: Sequence[Said], lease: timedelta) -> None:
        """Say the last that there is to say."""
        try:
            await self._book.say(said, lease)
        except PresenceAway as error:
            log.debug("presence was not taken back", error=repr(error))

    async def _say(
        self, notices: Sequence[Notice], withdrawn: Sequence[Said], *, renew: bool
    ) -> None:
        said = [
            notice.said() if notice.unsaid else Said(notice.name, notice.stamp)
            for notice in notices
            if notice.unsaid or renew
        ]
        lost = await self._book.say([*withdrawn, *said], self._lease)
        for notice in notices:
            if notice.name in lost:
                self._lost(notice)

    async def _hear(self, notices: Sequence[Notice]) -> set[str]:
        by_name = {notice.name: notice for notice in notices}
        heard = await self._book.hear({name: n.version for name, n in by_name.items()})
        for name, words in heard.items():
            if not by_name[name].take(words, self.me):
                self._lost(by_name[name])
        return set(heard)

    def _lost(self, notice: Notice) -> None:
        """What this instance said is not there: what others said may be lost as well."""
        notice.unsaid = True
        self._keep(notice)

    def _keep(self, notice: Notice) -> None:
        now = asyncio.get_running_loop().time()
        notice.keep_until = now + self._grace.total_seconds()

    def _lost_sight(self, notices: Sequence[Notice], error: PresenceAway) -> None:
        if self.known:
            log.warning("presence is unknown", error=repr(error))
        self.known = False
        for notice in notices:
            notice.unsaid = True

    def _came_back(self, notices: Sequence[Notice]) -> None:
        if self.known:
            return
        log.info("presence is known again")
        self.known = True
        for notice in notices:
            self._keep(notice)
