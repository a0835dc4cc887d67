"""The channels that this instance has listeners for, and the delivery of their events in order.

Every durable event reaches each follower once, in order, without a gap, whatever order the hints
come in: the next number is delivered, an old one dropped, and a gap is read from the log. A check
of all positions every second or two finds a last event whose hint was lost.

The end of a right is an event in the same order: whoever loses it is dropped from the channel
before anything after it is delivered.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import structlog

from handlers.actions.services import Services
from handlers.actions.subscriptions import Since, read_channel
from handlers.messages.channels import ChannelClosed, ChannelPosition, Subscribed
from handlers.messages.common import instant_text, to_json
from handlers.socket.clients import Client, Parcel, event_packet
from handlers.socket.gaps import Gaps
from handlers.socket.local import Delivery, Follower, LocalChannel
from handlers.socket.rights import losses_of, membership_of
from handlers.socket.turns import Turns
from handlers.socket.witness import Witness
from rooms.errors import Forbidden, NotFound
from storage.channels import ChannelEvent
from storage.hints import Ephemeral

log = structlog.get_logger(__name__)

# Under load, events of a channel wait so long for others to share a write with.
JOIN_WITHIN_S = 0.002


# How a user's connections end with their account: what they are told.
ENDS = {
    "account_deleted": "This account has been deleted.",
    "account_suspended": "This account has been suspended.",
}


class Listening(Protocol):
    """Where hints come from: `storage.hints.Hints`."""

    def listen(self, channel: str) -> None: ...

    def ignore(self, channel: str) -> None: ...


class Hub:
    """All local channels. Its methods run on the event loop and never wait while delivering."""

    def __init__(
        self, services: Services, hints: Listening, presence: Witness | None = None
    ) -> None:
        self.presence = presence or Witness()
        self._services = services
        self._hints = hints
        self._watchers: list[Callable[[ChannelEvent], None]] = []
        self._leavers: list[Callable[[Client, str], None]] = []
        self._channels: dict[str, LocalChannel] = {}
        self._gaps = Gaps(services.db, self._channels, self.receive, self._skip)
        self.delivered = 0

    def watch(self, saw: Callable[[ChannelEvent], None]) -> None:
        """Call `saw` with every event of a channel that is followed here, in its turn. It may come
        again where a channel goes back."""
        self._watchers.append(saw)

    def on_leave(self, left: Callable[[Client, str], None]) -> None:
        """Call `left` with every client that follows a channel no more, for whatever reason."""
        self._leavers.append(left)

    def followers_of(self, name: str) -> list[Client]:
        """Who follows the channel here, or is about to."""
        channel = self._channels.get(name)
        return [] if channel is None else list(channel.followers)

    def follows(self, name: str) -> bool:
        """Whether anybody here follows the channel, or is about to."""
        return name in self._channels

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

        Following again is allowed and answers again; when that is refused for want of a database,
        everything stays as it was. Raises NotFound or Forbidden without the right.
        """
        earlier = self._follower(client, name)
        follower = self._hold(client, name)
        try:
            reading = await read_channel(self._services, client.principal, name, since)
        except (NotFound, Forbidden):
            self._leave_as(client, name, follower)
            raise
        except BaseException:
            if earlier is None or earlier.held is not None:
                self._leave_as(client, name, follower)
            else:
                self._follow_as_before(client, name, follower, earlier)
            raise
        channel = self._channels.get(name)
        if channel is None or channel.followers.get(client) is not follower:
            raise NotFound("The connection has ended.")
        follower.member = reading.member
        self.presence.followed(client, name, reading)
        self._answered(channel, follower, reading.answer.seq)
        return reading.answer

    def release(self, client: Client, name: str) -> None:
        """Deliver what came while the client's answer was under way."""
        channel = self._channels.get(name)
        follower = channel.followers.get(client) if channel else None
        if channel is None or follower is None or follower.held is None:
            return
        held, follower.held = follower.held, None
        channel.holding.pop(client, None)
        for delivery in held:
            self._hand_over(channel, client, follower, delivery)

    def leave(self, client: Client, name: str) -> None:
        """Stop following, if it is followed."""
        channel = self._channels.get(name)
        if channel is None:
            return
        channel.followers.pop(client, None)
        channel.holding.pop(client, None)
        client.channels.discard(name)
        self.presence.left(client, name)
        for left in self._leavers:
            left(client, name)
        if not channel.followers:
            del self._channels[name]
            self._gaps.forget(name)
            self._hints.ignore(name)

    def gone(self, client: Client) -> None:
        """The connection has ended."""
        self.presence.gone(client)
        for name in list(client.channels):
            self.leave(client, name)

    def _follower(self, client: Client, name: str) -> Follower | None:
        channel = self._channels.get(name)
        return None if channel is None else channel.followers.get(client)

    def _leave_as(self, client: Client, name: str, follower: Follower) -> None:
        if self._follower(client, name) is follower:
            self.leave(client, name)

    def _follow_as_before(
        self, client: Client, name: str, follower: Follower, earlier: Follower
    ) -> None:
        channel = self._channels.get(name)
        if channel is None or channel.followers.get(client) is not follower:
            return
        channel.followers[client] = earlier
        channel.holding.pop(client, None)
        for delivery in follower.held or ():
            self._hand_over(channel, client, earlier, delivery)

    def _hold(self, client: Client, name: str) -> Follower:
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = LocalChannel(name)
            channel.beaten_at = asyncio.get_running_loop().time()
            self._hints.listen(name)
        self._flush(channel)  # or the follower that it may replace would miss what waits
        # Made anew when it follows already: its answer stands for everything before it.
        follower = channel.followers[client] = channel.holding[client] = Follower()
        client.channels.add(name)
        return follower

    def _answered(self, channel: LocalChannel, follower: Follower, seq: int) -> None:
        """The follower stands at `seq`: what is delivered here must go on from there."""
        follower.seq = seq
        if channel.seq is None:
            self._deliver_all(channel, channel.stand_at(seq))
        elif seq < channel.seq and not any(d.seq == seq + 1 for d in follower.held or ()):
            # Another reading of the same new channel was newer and came first. Going back is
            # harmless: each follower takes only the number after its own.
            channel.seq = seq
            self._gaps.note(channel.name)

    # -- delivering

    def announce(self, events: Iterable[ChannelEvent]) -> None:
        """Take committed events, in whatever order; those of channels without listeners too."""
        touched: dict[str, LocalChannel] = {}
        for event in events:
            channel = self._channels.get(event.channel)
            if channel is not None:
                self._take_all(channel, channel.take(event))
                touched[channel.name] = channel
        for channel in touched.values():
            self._flush_in_time(channel)

    def receive(self, event: ChannelEvent | Ephemeral) -> None:
        """Take one event, from this instance or another, perhaps for the second time.

        An ephemeral one is dropped behind a gap, and a slow reader may miss it.
        """
        channel = self._channels.get(event.channel)
        if channel is None:
            return
        if isinstance(event, ChannelEvent):
            self._deliver_all(channel, channel.take(event))
        elif not channel.waiting:
            channel.unflushed.append(Delivery(None, self._ephemeral_packet(event)))
            self._flush_in_time(channel)

    def tell(
        self,
        event: Ephemeral,
        *,
        members_only: bool,
        to: Collection[Client] | None = None,
        but: Collection[Client] = (),
    ) -> None:
        """Write an event of this instance's own to its followers, or to some of them.

        Nobody misses it: not behind a gap, not as a slow reader, and who waits for an answer gets
        it after that.
        """
        channel = self._channels.get(event.channel)
        if channel is None:
            return
        delivery = Delivery(None, self._ephemeral_packet(event), for_members=members_only)
        wires = []
        for client, follower in channel.followers.items():
            if client in but or (to is not None and client not in to):
                continue
            if follower.held is not None:
                follower.held.append(delivery)
            elif follower.member or not members_only:
                wires.append(client.wire)
        if wires:
            wires[0].write_shared(wires, Parcel([delivery.packet]))
            self.delivered += len(wires)

    def _deliver_all(self, channel: LocalChannel, events: list[ChannelEvent]) -> None:
        self._take_all(channel, events)
        self._flush_in_time(channel)

    def _take_all(self, channel: LocalChannel, events: list[ChannelEvent]) -> None:
        for event in events:
            for saw in self._watchers:
                saw(event)
            delivery = self._delivery_of(event)
            if delivery.loss is not None or delivery.joined is not None:
                self._deliver_apart(channel, delivery)
            else:
                channel.unflushed.append(delivery)
                for follower in channel.holding.values():
                    if follower.held is not None:
                        follower.held.append(delivery)
        if channel.waiting and channel.seq is not None:
            self._gaps.note(channel.name)

    def _deliver_apart(self, channel: LocalChannel, delivery: Delivery) -> None:
        """Deliver what changes rights: after everything before it, before anything else."""
        self._flush(channel)
        if delivery.loss is not None:
            # No connection of these logins may do anything from here on, followers or not.
            self._services.revoked.add(delivery.loss.logins)
        wires = []
        for client, follower in list(channel.followers.items()):
            if follower.held is not None:
                follower.held.append(delivery)
            elif delivery.loss is not None or delivery.joined == client.user_id:
                self._hand_over(channel, client, follower, delivery)
            elif follower.seq + 1 == delivery.seq:
                follower.seq += 1
                wires.append(client.wire)
        if wires:
            wires[0].write_shared(wires, Parcel([delivery.packet]))
            self.delivered += len(wires)

    def _flush_in_time(self, channel: LocalChannel) -> None:
        """Write what was taken: at once after a quiet moment, else joined with what follows.

        A write costs a system call for each follower, so events that fall into the same two
        milliseconds share one.
        """
        if not channel.unflushed or channel.flush_is_due:
            return
        loop = asyncio.get_running_loop()
        quiet_s = loop.time() - channel.flushed_at
        if quiet_s >= JOIN_WITHIN_S or len(channel.followers) == 1:
            self._flush(channel)
        else:
            channel.flush_is_due = True
            loop.call_later(JOIN_WITHIN_S - quiet_s, self._flush, channel)

    def _flush(self, channel: LocalChannel) -> None:
        channel.flush_is_due = False
        batch, channel.unflushed = channel.unflushed, []
        if not batch:
            return
        numbers = [delivery.seq for delivery in batch if delivery.seq is not None]
        parcel = Parcel([d.packet for d in batch], volatile=not numbers)
        first, last = (numbers[0], numbers[-1]) if numbers else (0, 0)
        consecutive = last - first + 1 == len(numbers)
        if not numbers:
            wires = [c.wire for c, f in channel.followers.items() if f.held is None]
        else:
            wires = []
            for client, follower in channel.followers.items():
                if follower.held is not None:
                    continue
                if consecutive and follower.seq == first - 1:
                    follower.seq = last
                    wires.append(client.wire)
                elif follower.seq < last:
                    self._write_next(client, follower, batch)
        if wires:
            wires[0].write_shared(wires, parcel)
        self.delivered += len(batch) * len(channel.followers)
        channel.flushed_at = asyncio.get_running_loop().time()

    def _write_next(self, client: Client, follower: Follower, batch: list[Delivery]) -> None:
        """Write what of a batch is next for a follower that stands within it."""
        for delivery in batch:
            if delivery.seq == follower.seq + 1:
                follower.seq += 1
                client.wire.write(delivery.packet)

    def _hand_over(
        self, channel: LocalChannel, client: Client, follower: Follower, delivery: Delivery
    ) -> None:
        """Give a follower what is next for it: the event, or the end of its right to read."""
        if channel.followers.get(client) is not follower:
            return
        if delivery.seq is None:
            if follower.member or not delivery.for_members:
                client.wire.write(delivery.packet)
            return
        if delivery.seq != follower.seq + 1:
            return
        follower.seq = delivery.seq
        if delivery.joined == client.user_id:
            follower.member = True
            self.presence.joined(client, channel.name)
        loss = delivery.loss
        if loss is not None and loss.leaves:
            client.close(loss.code, ENDS[loss.code], reconnect=False)
            self.gone(client)
            return
        if loss is not None and client.principal.login_id in loss.logins:
            client.close("login_revoked", "This login has ended.", reconnect=False)
            self.gone(client)
            return
        ends = loss is not None and loss.concerns(client.user_id, member=follower.member)
        if loss is None or not ends or loss.afterwards:
            client.wire.write(delivery.packet)
            self.delivered += 1
        if loss is not None and ends:
            client.send("channel:closed", ChannelClosed(channel=channel.name, code=loss.code))
            self.leave(client, channel.name)

    def _delivery_of(self, event: ChannelEvent) -> Delivery:
        packet = event_packet(
            event.type,
            f'{{"channel":"{event.channel}","epoch":"{self._services.epoch}","seq":{event.seq},'
            f'"at":"{instant_text(event.at)}","data":{event.data}}}',
        )
        return Delivery(event.seq, packet, losses_of(event), membership_of(event))

    def _ephemeral_packet(self, event: Ephemeral) -> str:
        return event_packet(
            event.type,
            f'{{"channel":"{event.channel}","epoch":"{self._services.epoch}","seq":null,'
            f'"at":"{instant_text(event.at)}","data":{event.data}}}',
        )

    # -- catching up

    def missed(self) -> None:
        """Hints may have been lost: look at every position now."""
        self._gaps.note_all()

    async def catch_up_for_ever(self) -> None:
        """Fill gaps as soon as they are noticed."""
        await self._gaps.fill_for_ever()

    async def catch_up(self) -> None:
        """Fill the gaps noticed so far."""
        await self._gaps.fill()

    async def check_positions(self) -> None:
        """Find the channels whose last event is not here, and ask for what is missing."""
        await self._gaps.check()

    def _skip(self, channel: LocalChannel, seq: int) -> None:
        """The log does not have what lies below `seq` any more.

        The next event, or a beat, tells the followers; they subscribe again and get a snapshot.
        """
        log.warning("events are missing in the log", channel=channel.name, up_to=seq)
        for follower in channel.followers.values():
            follower.seq = max(follower.seq, seq)
        self._deliver_all(channel, channel.stand_at(seq))

    async def beat(self, now: float, every_s: float) -> None:
        """Repeat the position of each channel that has not beaten for `every_s` seconds: ten
        thousand may be due at once, and others are served meanwhile."""
        turns = Turns()
        due = [
            (channel, channel.seq)
            for channel in self._channels.values()
            if channel.seq is not None and now - channel.beaten_at >= every_s
        ]
        for channel, seq in due:
            channel.beaten_at = now
            self._beat(channel, seq)
            if turns.over():
                await turns.pass_on()

    def _beat(self, channel: LocalChannel, seq: int) -> None:
        wires = []
        for client, follower in channel.followers.items():
            if follower.held is not None:
                continue
            if follower.seq == seq:
                wires.append(client.wire)
            else:
                client.wire.write(self._position_packet(channel.name, follower.seq))
        if wires:
            wires[0].write_shared(wires, Parcel([self._position_packet(channel.name, seq)]))

    def _position_packet(self, name: str, seq: int) -> str:
        position = ChannelPosition(channel=name, epoch=self._services.epoch, seq=seq)
        return event_packet("channel:beat", to_json(position))

    @property
    def channel_count(self) -> int:
        return len(self._channels)
