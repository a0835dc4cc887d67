"""A channel as one instance keeps it: who follows, up to where, and what came before its turn.

No I/O: `hub.py` asks it which events are next.
"""

from dataclasses import dataclass, field

from handlers.socket.clients import Client
from handlers.socket.rights import Loss
from storage.channels import ChannelEvent

MOST_WAITING = 1000


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to followers: its packet, and whose right to read it ends or begins.

    An ephemeral one has no `seq`, and may be `for_members` alone.
    """

    seq: int | None
    packet: str
    loss: Loss | None = None
    joined: int | None = None
    for_members: bool = False


@dataclass(slots=True)
class Follower:
    """A client on a channel, and the last number that it has.

    While `held` is a list, what is delivered waits in it until the client has been answered where
    it stands. `member` says whether the right to read rests on a membership.
    """

    seq: int = 0
    member: bool = False
    held: list[Delivery] | None = field(default_factory=list)


@dataclass(slots=True)
class LocalChannel:
    """`seq` is the last event taken, None before the first reading; `waiting` are events that came
    before their turn, `unflushed` those that were taken and are not written yet. `holding` are
    the followers whose deliveries wait for an answer."""

    name: str
    followers: dict[Client, Follower] = field(default_factory=dict)
    seq: int | None = None
    waiting: dict[int, ChannelEvent] = field(default_factory=dict)
    beaten_at: float = 0.0
    holding: dict[Client, Follower] = field(default_factory=dict)
    unflushed: list[Delivery] = field(default_factory=list)
    flushed_at: float = 0.0
    flush_is_due: bool = False

    def take(self, event: ChannelEvent) -> list[ChannelEvent]:
        """The events whose turn it is, now that this one has come: none, it, or more with it."""
        if self.seq is not None:
            if event.seq <= self.seq:
                return []
            if event.seq == self.seq + 1:
                self.seq = event.seq
                if not self.waiting:
                    return [event]
                self.waiting.pop(event.seq, None)
                return [event, *self._next_waiting()]
        # One too many is read from the log, when its turn has come.
        if len(self.waiting) < MOST_WAITING:
            self.waiting[event.seq] = event
        return []

    def stand_at(self, seq: int) -> list[ChannelEvent]:
        """Everything up to `seq` is behind us; the events whose turn it is then."""
        self.seq = seq
        for old in [s for s in self.waiting if s <= seq]:
            del self.waiting[old]
        return self._next_waiting()

    def _next_waiting(self) -> list[ChannelEvent]:
        ready = []
        while self.seq is not None and (event := self.waiting.pop(self.seq + 1, None)):
            self.seq = event.seq
            ready.append(event)
        return ready
