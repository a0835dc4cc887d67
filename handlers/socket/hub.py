"""The channels that this instance has listeners for, and the delivery of their events in order.

Every durable event reaches each follower once, in order, without a gap, whatever order the hints
come in: the next number is delivered, an old one dropped, and a gap is read from the log. A check
of all positions every second or two finds a last event whose hint was lost.

The end of a right is an event in the same order: whoever loses it is dropped from the channel
before anything after it is delivered.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from handlers.actions.services import Services
from handlers.actions.subscriptions import Since, read_channel
from handlers.messages.channels import ChannelClosed, ChannelPosition, Subscribed
from handlers.messages.common import instant_text, to_json
from handlers.socket.clients import Client, event_packet
from handlers.socket.rights import Loss, losses_of, membership_of
from rooms.errors import NotFound, Unavailable
from storage.channels import ChannelEvent, heads, read_lagging

log = structlog.get_logger(__name__)

_MOST_WAITING = 1000
_PAGE = 500


class Listening(Protocol):
    """Where hints come from: `storage.hints.Hints`."""

    def listen(self, channel: str) -> None: ...

    def ignore(self, channel: str) -> None: ...


@dataclass(slots=True)
class Follower:
    """A client on a channel. While `held` is a list, events wait in it for the client's answer."""

    seq: int = 0
    member: bool = False
    held: list[tuple[int, str]] | None = field(default_factory=list)


@dataclass(slots=True)
class LocalChannel:
    """A channel with followers here. `seq` is the last event delivered, None before the first
    reading; `waiting` are events that came before their turn."""

    name: str
    followers: dict[Client, Follower] = field(default_factory=dict)
    seq: int | None = None
    waiting: dict[int, ChannelEvent] = field(default_factory=dict)
    beaten_at: float = 0.0


class Hub:
    """All local channels. Its methods run on the event loop and never wait while delivering."""

    def __init__(self, services: Services, hints: Listening) -> None:
        self._services = services
        self._hints = hints
        self._channels: dict[str, LocalChannel] = {}
        self._lagging: set[str] = set()
        self._wake = asyncio.Event()
        self.delivered = 0

    # -- following

    def expect(self, client: Client, name: str) -> None:
        """Hold what is said on `name` from now on, for `client`, until `settle`."""
        self._hold(client, name)

    def settle(self, client: Client, name: str, seq: int) -> None:
        """`client` was told that it stands at `seq`: deliver what came since."""
        channel = self._channels.get(name)
        follower = channel.followers.get(client) if channel else None
        if channel is None or follower is None:
            return
        follower.member = True
        self._answered(channel, follower, seq)
        self.release(client, name)

    async def follow(self, client: Client, name: str, since: Since) -> Subscribed:
        """Make `client` a follower and answer where it stands; `release` must come after.

        Following again is allowed and answers again. Raises NotFound or Forbidden.
        """
        follower = self._hold(client, name)
        try:
            reading = await read_channel(self._services, client.principal, name, since)
            channel = self._channels.get(name)
            if channel is None or channel.followers.get(client) is not follower:
                raise NotFound("The right to read this channel has ended.")
        except BaseException:
            self.leave(client, name, only=follower)
            raise
        follower.member = reading.member
        self._answered(channel, follower, reading.answer.seq)
        return reading.answer

    def release(self, client: Client, name: str) -> None:
        """Deliver what came while the client's answer was under way."""
        channel = self._channels.get(name)
        follower = channel.followers.get(client) if channel else None
        if follower is None or follower.held is None:
            return
        held, follower.held = follower.held, None
        for seq, packet in held:
            self._pass_on(client, follower, seq, packet)

    def leave(self, client: Client, name: str, only: Follower | None = None) -> None:
        """Stop following, if it is followed (as `only`, where that is given)."""
        channel = self._channels.get(name)
        if channel is None or (only is not None and channel.followers.get(client) is not only):
            return
        channel.followers.pop(client, None)
        client.channels.discard(name)
        if not channel.followers:
            del self._channels[name]
            self._lagging.discard(name)
            self._hints.ignore(name)

    def gone(self, client: Client) -> None:
        """The connection has ended."""
        for name in list(client.channels):
            self.leave(client, name)

    def _hold(self, client: Client, name: str) -> Follower:
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = LocalChannel(name)
            channel.beaten_at = asyncio.get_running_loop().time()
            self._hints.listen(name)
        # Made anew when it follows already: its answer stands for everything before it.
        follower = channel.followers[client] = Follower()
        client.channels.add(name)
        return follower

    def _answered(self, channel: LocalChannel, follower: Follower, seq: int) -> None:
        """The follower stands at `seq`: what is delivered here must go on from there."""
        follower.seq = seq
        if channel.seq is None:
            channel.seq = seq
            for old in [s for s in channel.waiting if s <= seq]:
                del channel.waiting[old]
            self._advance(channel)
        elif seq < channel.seq and not any(s == seq + 1 for s, _ in follower.held or ()):
            # Another reading of the same new channel was newer and came first. Going back is
            # harmless: each follower takes only the number after its own.
            channel.seq = seq
            self._lag(channel.name)

    # -- delivering

    def announce(self, events: Iterable[ChannelEvent]) -> None:
        """Take committed events, in whatever order; those of channels without listeners too."""
        for event in events:
            self.receive(event)

    def receive(self, event: ChannelEvent) -> None:
        """Take one committed event, from this instance or another, perhaps for the second time."""
        channel = self._channels.get(event.channel)
        if channel is None:
            return
        if channel.seq is not None and event.seq == channel.seq + 1 and not channel.waiting:
            self._deliver(channel, event)
            return
        if channel.seq is not None and event.seq <= channel.seq:
            return
        if len(channel.waiting) < _MOST_WAITING:
            channel.waiting[event.seq] = event
        self._advance(channel)

    def _advance(self, channel: LocalChannel) -> None:
        """Deliver what waits, as far as it is consecutive; ask for the rest."""
        while channel.seq is not None and (event := channel.waiting.pop(channel.seq + 1, None)):
            self._deliver(channel, event)
        if channel.seq is not None and channel.waiting:
            self._lag(channel.name)

    def _deliver(self, channel: LocalChannel, event: ChannelEvent) -> None:
        channel.seq = event.seq
        packet = self._packet_of(event)
        followers = channel.followers
        loss = losses_of(event)
        if loss is not None:
            self._drop(channel, loss, event.seq)
        joined = membership_of(event)
        for client, follower in followers.items():
            if joined is not None and client.user_id == joined:
                follower.member = True
            if follower.held is not None:
                follower.held.append((event.seq, packet))
            elif event.seq == follower.seq + 1:
                follower.seq = event.seq
                client.wire.write(packet)
                self.delivered += 1
        if loss is not None and loss.afterwards:
            self._close(channel, list(followers), loss.code)

    def _pass_on(self, client: Client, follower: Follower, seq: int, packet: str) -> None:
        if seq == follower.seq + 1:
            follower.seq = seq
            client.wire.write(packet)
            self.delivered += 1

    def _packet_of(self, event: ChannelEvent) -> str:
        return event_packet(
            event.type,
            f'{{"channel":"{event.channel}","epoch":"{self._services.epoch}","seq":{event.seq},'
            f'"at":"{instant_text(event.at)}","data":{event.data}}}',
        )

    def _drop(self, channel: LocalChannel, loss: Loss, seq: int) -> None:
        """End the right of those concerned, before anything else of the channel reaches them."""
        if loss.logins:
            self._services.revoked.add(loss.logins)
            for client in list(channel.followers):
                if client.principal.login_id in loss.logins:
                    client.close("login_revoked", "This login has ended.", reconnect=False)
                    self.gone(client)
            return
        if loss.afterwards:
            return
        concerned = [
            client
            for client, follower in channel.followers.items()
            if (client.user_id == loss.user_id or (loss.outsiders and not follower.member))
            and (follower.held is not None or follower.seq < seq)
        ]
        self._close(channel, concerned, loss.code)

    def _close(self, channel: LocalChannel, clients: Sequence[Client], code: str) -> None:
        for client in clients:
            client.send("channel:closed", ChannelClosed(channel=channel.name, code=code))
            self.leave(client, channel.name)

    # -- catching up

    def missed(self) -> None:
        """Hints may have been lost: look at every position now."""
        self._lagging.update(self._channels)
        self._wake.set()

    def _lag(self, name: str) -> None:
        self._lagging.add(name)
        self._wake.set()

    async def catch_up_for_ever(self) -> None:
        """Fill gaps as soon as they are noticed."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while self._lagging:
                    await self.catch_up()
            except Unavailable as error:
                log.warning("gaps wait for the database", error=repr(error))
                await asyncio.sleep(0.5)
                self._wake.set()

    async def catch_up(self) -> None:
        """Read what is missing on the lagging channels, a page of each."""
        names = [
            name
            for name in self._lagging
            if (channel := self._channels.get(name)) and channel.seq is not None
        ]
        self._lagging.clear()
        if not names:
            return
        seqs = [self._channels[name].seq or 0 for name in names]
        events = await read_lagging(self._services.db, names, seqs, _PAGE)
        filled: dict[str, int] = {}
        for event in events:
            self.receive(event)
            filled[event.channel] = filled.get(event.channel, 0) + 1
        for name in names:
            channel = self._channels.get(name)
            if channel is None:
                continue
            if filled.get(name, 0) >= _PAGE:
                self._lagging.add(name)
            elif channel.waiting and channel.seq is not None:
                # The log does not have the missing ones any more: a beat at the newest known
                # number tells the followers, who subscribe again and get a snapshot.
                channel.seq = min(channel.waiting) - 1
                self._skip(channel)

    def _skip(self, channel: LocalChannel) -> None:
        log.warning("events are missing in the log", channel=channel.name)
        for follower in channel.followers.values():
            follower.seq = max(follower.seq, channel.seq or 0)
        self._advance(channel)

    async def check_positions(self) -> None:
        """Find the channels whose last event is not here, and ask for what is missing."""
        names = [name for name, channel in self._channels.items() if channel.seq is not None]
        if not names:
            return
        for name, seq in (await heads(self._services.db, names)).items():
            channel = self._channels.get(name)
            if channel is not None and channel.seq is not None and seq > channel.seq:
                self._lag(name)

    def beat(self, now: float, every_s: float) -> None:
        """Repeat the position of each channel that has not beaten for `every_s` seconds."""
        for channel in self._channels.values():
            if channel.seq is None or now - channel.beaten_at < every_s:
                continue
            channel.beaten_at = now
            for client, follower in channel.followers.items():
                if follower.held is None:
                    position = ChannelPosition(
                        channel=channel.name, epoch=self._services.epoch, seq=follower.seq
                    )
                    client.wire.write(event_packet("channel:beat", to_json(position)))

    @property
    def channel_count(self) -> int:
        return len(self._channels)
