"""What hints did not bring is read from the log: gaps at once, a lost last event by a check."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from handlers.socket.local import LocalChannel
from rooms.errors import Unavailable
from storage.channels import ChannelEvent, ahead_of, read_lagging
from storage.database import Pool

log = structlog.get_logger(__name__)

PAGE = 500
_PAUSE_S = 0.5


class Gaps:
    """The channels that lag behind the log, and the reading of what they miss.

    `receive` takes what was read; `skip(channel, seq)` is told that the log has lost everything
    up to `seq`.
    """

    def __init__(
        self,
        db: Pool,
        channels: Mapping[str, LocalChannel],
        receive: Callable[[ChannelEvent], None],
        skip: Callable[[LocalChannel, int], None],
    ) -> None:
        self._db = db
        self._channels = channels
        self._receive = receive
        self._skip = skip
        self._lagging: set[str] = set()
        self._wake = asyncio.Event()

    def note(self, name: str) -> None:
        """Read what the channel misses, soon."""
        self._lagging.add(name)
        self._wake.set()

    def note_all(self) -> None:
        """Hints may have been lost: look at every channel now."""
        self._lagging.update(self._channels)
        self._wake.set()

    def forget(self, name: str) -> None:
        """Nobody follows the channel any more."""
        self._lagging.discard(name)

    async def fill_for_ever(self) -> None:
        """Fill gaps as soon as they are noticed."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._lagging:
                    await self.fill()
            except Unavailable as error:
                log.warning("gaps wait for the database", error=repr(error))
                await asyncio.sleep(_PAUSE_S)
            except Exception:
                log.exception("gaps could not be filled")
                await asyncio.sleep(_PAUSE_S)
            if self._lagging:
                self._wake.set()

    async def fill(self) -> None:
        """Read what is missing on the lagging channels, a page of each."""
        lagging = {
            name: channel
            for name in self._lagging
            if (channel := self._channels.get(name)) is not None and channel.seq is not None
        }
        self._lagging.clear()
        if not lagging:
            return
        # Numbers that came before this reading: what it does not find below them is lost. A
        # number that comes during it proves nothing.
        known = {name: min(channel.waiting, default=0) for name, channel in lagging.items()}
        since = {name: channel.seq or 0 for name, channel in lagging.items()}
        try:
            events = await read_lagging(self._db, list(since), list(since.values()), PAGE)
        except BaseException:
            self._lagging.update(lagging)
            raise
        found = dict.fromkeys(lagging, 0)
        for event in events:
            found[event.channel] += 1
            self._receive(event)
        for name, channel in lagging.items():
            if self._channels.get(name) is channel:
                full = found[name] >= PAGE
                self._look_again(channel, full=full, since=since[name], known=known[name])

    def _look_again(self, channel: LocalChannel, *, full: bool, since: int, known: int) -> None:
        if full:
            self.note(channel.name)
        elif channel.waiting:
            # A channel that went back meanwhile misses what this reading did not ask for.
            went_back = channel.seq is None or channel.seq < since
            if known in channel.waiting and not went_back:
                self._skip(channel, known - 1)
            if channel.waiting:
                self.note(channel.name)

    async def check(self) -> None:
        """Find the channels whose last event is not here, and ask for what is missing."""
        known = [(n, c.seq) for n, c in self._channels.items() if c.seq is not None]
        if not known:
            return
        names, seqs = zip(*known, strict=True)
        for name in await ahead_of(self._db, names, seqs):
            # What has come meanwhile is found to be no gap by whoever fills it.
            if name in self._channels:
                self.note(name)
