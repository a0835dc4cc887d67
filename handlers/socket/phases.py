"""What the timers of the rooms followed here do, as far as presence shows it [P2]. No I/O."""

from collections.abc import Callable

import msgspec

from rooms.presence import Phase, phase_shown
from storage.channels import ChannelEvent


class _Timer(msgspec.Struct):
    state: str
    phase: str | None = None


class _Room(msgspec.Struct):
    timer: _Timer


class _Updated(msgspec.Struct):
    room: _Room


_updated = msgspec.json.Decoder(_Updated)


class Phases:
    """By channel, as of a position of it; older news are passed over."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Phase | None]] = {}

    def of(self, channel: str) -> Phase | None:
        return self._known.get(channel, (0, None))[1]

    def saw(self, event: ChannelEvent) -> bool:
        """A room:updated; whether people are shown differently from now on."""
        timer = _updated.decode(event.data).room.timer
        return self.learn(event.channel, phase_shown(timer.state, timer.phase), event.seq)

    def learn(self, channel: str, phase: Phase | None, seq: int) -> bool:
        known = self._known.get(channel)
        if known is not None and seq < known[0]:
            return False
        self._known[channel] = (seq, phase)
        return phase != (known[1] if known is not None else None)

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Forget the others."""
        for channel in [name for name in self._known if not wanted(name)]:
            del self._known[channel]
