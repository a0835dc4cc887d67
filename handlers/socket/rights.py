"""Which events end somebody's right to read a channel, or make them a member of it."""

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from storage.channels import ChannelEvent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loss:
    """Who loses the right to read: one user, all outsiders, some logins, or everybody after it.

    `leaves` says that the connections of those concerned end.
    """

    code: str
    user_id: int | None = None
    outsiders: bool = False
    logins: list[int] = field(default_factory=list)
    afterwards: bool = False
    leaves: bool = False

    def concerns(self, user_id: int, *, member: bool) -> bool:
        """Whether a reader, who is a member or not, loses the channel."""
        return self.afterwards or user_id == self.user_id or (self.outsiders and not member)


class _Left(msgspec.Struct):
    user_id: int


class _Project(msgspec.Struct):
    visibility: str


class _Updated(msgspec.Struct):
    project: _Project


class _Logins(msgspec.Struct):
    login_ids: list[int]


class _Closed(msgspec.Struct):
    reason: str
    login_ids: list[int]


class _Room(msgspec.Struct):
    visibility: str


class _RoomUpdated(msgspec.Struct):
    room: _Room
    cause: str
    user_id: int | None = None


class _Member(msgspec.Struct):
    user_id: int


class _Joined(msgspec.Struct):
    member: _Member


def losses_of(event: ChannelEvent) -> Loss | None:
    """Who must be dropped from the event's channel; None for nearly all events."""
    shared = event.channel.startswith("project:")
    match event.type:
        case "login:revoked":
            return Loss("login_revoked", logins=_read(event, _Logins).login_ids)
        case "account:closed":
            closed = _read(event, _Closed)
            return Loss(closed.reason, logins=closed.login_ids, afterwards=True, leaves=True)
        case "member:left" if shared:
            return Loss("forbidden", user_id=_read(event, _Left).user_id)
        case "project:updated" if shared:
            private = _read(event, _Updated).project.visibility == "private"
            return Loss("not_found", outsiders=True) if private else None
        case "project:deleted" if shared:
            return Loss("not_found", afterwards=True)
        case "room:updated":
            return _loss_in_room(_read(event, _RoomUpdated))
        case "room:left":
            return Loss("left", user_id=_read(event, _Left).user_id)
        case "room:closed":
            return Loss("room_closed", afterwards=True)
        case _:
            return None


def _loss_in_room(update: _RoomUpdated) -> Loss | None:
    """Who was sent out; or everybody who is no member, when the room is public no more [R7]."""
    if update.cause == "kicked":
        return Loss("forbidden", user_id=update.user_id)
    if update.cause == "edited" and update.room.visibility != "public":
        return Loss("not_found", outsiders=True)
    return None


def membership_of(event: ChannelEvent) -> int | None:
    """The user whom the event makes a member of the channel's project or room, if it does."""
    in_project = event.type == "member:joined" and event.channel.startswith("project:")
    if not in_project and event.type != "room:joined":
        return None
    return _read(event, _Joined).member.user_id


def _read(event: ChannelEvent, shape: type[T]) -> T:
    return msgspec.json.decode(event.data, type=shape)
