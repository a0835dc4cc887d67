"""Connections and channels: clock, tokens, subscribing, and what a subscriber begins with."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.accounts import UserView
from handlers.messages.common import InstantText, Message, View
from handlers.messages.earned import StreakNow
from handlers.messages.entries import EntryView
from handlers.messages.presence import PresenceView

ChannelName = Annotated[str, Meta(min_length=1, max_length=100, description="like project:7")]


class ClockSync(Message, frozen=True, kw_only=True):
    """`t0`: the client's clock, in milliseconds since the epoch; any number is echoed."""

    t0: float | int


class ClockSynced(View, frozen=True, kw_only=True):
    """`t1`: received, `t2`: sent, by the server's clock in milliseconds since the epoch."""

    t0: float | int
    t1: float
    t2: float


class AuthRefresh(Message, frozen=True, kw_only=True):
    token: Annotated[str, Meta(max_length=4096)]


class AuthRefreshed(View, frozen=True, kw_only=True):
    expires_at: InstantText


class Subscribe(Message, frozen=True, kw_only=True):
    """With a position, the missing events are answered if the log still has them."""

    channel: ChannelName
    epoch: Annotated[str, Meta(max_length=100)] | None = None
    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None


class Unsubscribe(Message, frozen=True, kw_only=True):
    channel: ChannelName


class Replayed(View, frozen=True, kw_only=True):
    """An event that was missed."""

    event: str
    seq: int
    at: InstantText
    data: msgspec.Raw


class Subscribed(View, frozen=True, kw_only=True):
    """Where the subscriber now stands: after `events`, or at `snapshot`.

    After `events`, `presence` is who is there now, where the channel shows it.
    """

    channel: str
    epoch: str
    seq: int
    recovered: bool
    events: list[Replayed]
    snapshot: Any
    presence: PresenceView | None | UnsetType = UNSET


class UserSnapshot(View, frozen=True, kw_only=True):
    """What a subscriber of their own channel begins with."""

    entry: EntryView | None
    streak: StreakNow
    unread_count: int


class ChannelPosition(View, frozen=True, kw_only=True):
    """Where a channel stands; channel:beat repeats it, so that a lost last event is noticed."""

    channel: str
    epoch: str
    seq: int


class ChannelClosed(View, frozen=True, kw_only=True):
    """channel:closed: the right to read it has ended."""

    channel: str
    code: str


class ConnectionReady(View, frozen=True, kw_only=True):
    """connection:ready: the first event of a connection."""

    user: UserView
    server_time: InstantText
    protocol: int
    entry: EntryView | None
    channels: list[ChannelPosition]


class ConnectionClosing(View, frozen=True, kw_only=True):
    """connection:closing: why the server drops the connection, and whether to come back."""

    code: str
    message: str
    reconnect: bool
