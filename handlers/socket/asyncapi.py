"""The document of events (AsyncAPI 3.0), made from the same table that dispatches them."""

from typing import Any

import msgspec

from handlers.messages import (
    accounts,
    boards,
    bulk,
    channels,
    earned,
    entries,
    presence,
    projects,
    rooms,
    timeline,
)
from handlers.socket.events import EVENTS

# What the server sends: inside the envelope {channel, epoch, seq, at, data}, or (connection:*,
# channel:*) as it is.
SENT: dict[str, type[msgspec.Struct]] = {
    "connection:ready": channels.ConnectionReady,
    "connection:closing": channels.ConnectionClosing,
    "channel:beat": channels.ChannelPosition,
    "channel:closed": channels.ChannelClosed,
    "timer:started": entries.TimerEvent,
    "timer:stopped": entries.TimerEvent,
    "timer:updated": entries.TimerEvent,
    "timer:discarded": entries.TimerGone,
    "entry:created": entries.EntryEvent,
    "entry:updated": entries.EntryEvent,
    "entry:deleted": entries.EntryEvent,
    "entry:bulk": bulk.EntryBulk,
    "project:updated": projects.ProjectEvent,
    "project:deleted": projects.ProjectDeleted,
    "member:joined": projects.MemberEvent,
    "member:updated": projects.MemberEvent,
    "member:left": projects.MemberLeft,
    "room:updated": rooms.RoomUpdated,
    "room:joined": rooms.RoomJoined,
    "room:left": rooms.RoomLeft,
    "room:intended": rooms.RoomIntended,
    "room:message": rooms.RoomSaid,
    "room:reacted": rooms.RoomReacted,
    "room:closed": rooms.RoomClosed,
    "badge:awarded": earned.BadgeAwarded,
    "streak:updated": earned.StreakNow,
    "notification:created": earned.NotificationCreated,
    "notification:updated": earned.NotificationsRead,
    "timeline:added": timeline.TimelineAdded,
    "login:revoked": accounts.LoginRevoked,
    "presence:updated": presence.PresenceUpdated,
    "leaderboard:updated": boards.BoardUpdated,
}


def asyncapi(version: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all events."""
    types: list[Any] = list(
        dict.fromkeys(
            [*SENT.values(), *(t for e in EVENTS.values() for t in (e.message, e.answer))]
        )
    )
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    of = dict(zip(types, schemas, strict=True))
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for event in EVENTS.values():
        messages[event.name] = {
            "name": event.name,
            "payload": of[event.message],
            "x-ack-data": of[event.answer],
        }
        operations[_key(event.name)] = _operation("receive", event.name)
    for name, shape in SENT.items():
        bare = name.partition(":")[0] in ("connection", "channel")
        messages[name] = {"name": name, "payload": of[shape] if bare else _envelope(of[shape])}
        operations[_key(name)] = _operation("send", name)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "FocusHub events",
            "version": version,
            "description": "Socket.IO v5, default namespace, path /socket.io/. Every event of a "
            "client is acknowledged once, with {ok: true, data} or {ok: false, error}.",
        },
        "channels": {"socket": {"address": "/socket.io/", "messages": messages}},
        "operations": operations,
        "components": {"schemas": components},
    }


def _key(name: str) -> str:
    return name.replace(":", "_")


def _operation(action: str, name: str) -> dict[str, Any]:
    # A message's key holds a colon, which a JSON pointer takes as it is.
    return {
        "action": action,
        "channel": {"$ref": "#/channels/socket"},
        "messages": [{"$ref": f"#/channels/socket/messages/{name}"}],
    }


def _envelope(data: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["channel", "epoch", "seq", "at", "data"],
        "properties": {
            "channel": {"type": "string"},
            "epoch": {"type": "string"},
            "seq": {"type": ["integer", "null"]},
            "at": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
