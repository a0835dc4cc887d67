"""The document of events (AsyncAPI 3.0), made from the same table that dispatches them."""

from typing import Any

import msgspec

from handlers.messages import (
    accounts,
    admin,
    boards,
    bulk,
    channels,
    earned,
    entries,
    presence,
    projects,
    rooms,
    timeline,
    transfer,
)
from handlers.messages.errors import ErrorView
from handlers.messages.examples import example_of
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
    "import:progress": transfer.ImportProgress,
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
    "account:closed": admin.AccountClosed,
    "user:updated": accounts.UserUpdated,
    "presence:updated": presence.PresenceUpdated,
    "leaderboard:updated": boards.BoardUpdated,
}


_SOCKET = {"$ref": "#/channels/socket"}
_REFUSAL = {"code": "rate_limited", "message": "Too many at once.", "retry_after_s": 0.4}


def asyncapi(version: str) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of all events."""
    taken = (shape for event in EVENTS.values() for shape in (event.message, event.answer))
    types: list[Any] = list(dict.fromkeys([ErrorView, *SENT.values(), *taken]))
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
            "examples": [{"payload": example_of(of[event.message], components, request=True)}],
            "x-ack-data": of[event.answer],
            "x-scope": event.scope,
        }
        ack = f"{event.name}.ack"
        messages[ack] = {
            "name": ack,
            "payload": _ack(of[event.answer], of[ErrorView]),
            "examples": [
                {"payload": {"ok": True, "data": example_of(of[event.answer], components)}},
                {"payload": {"ok": False, "error": _REFUSAL}},
            ],
        }
        operations[_key(event.name)] = {
            **_operation("receive", event.name),
            "reply": {"channel": _SOCKET, "messages": [_message(ack)]},
        }
    for name, shape in SENT.items():
        bare = name.partition(":")[0] in ("connection", "channel")
        payload = of[shape] if bare else _envelope(of[shape])
        messages[name] = {
            "name": name,
            "payload": payload,
            "examples": [{"payload": example_of(payload, components)}],
        }
        operations[_key(name)] = _operation("send", name)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "FocusHub events",
            "version": version,
            "description": "Socket.IO v5, default namespace, path /socket.io/. Every event of a "
            "client is acknowledged once, with {ok: true, data} or {ok: false, error}; the codes "
            "of errors are those of REST (docs/PROTOCOL.md).",
        },
        "channels": {"socket": {"address": "/socket.io/", "messages": messages}},
        "operations": operations,
        "components": {"schemas": components},
    }


def _key(name: str) -> str:
    return name.replace(":", "_")


def _operation(action: str, name: str) -> dict[str, Any]:
    return {"action": action, "channel": _SOCKET, "messages": [_message(name)]}


def _message(name: str) -> dict[str, str]:
    # A message's key holds a colon, which a JSON pointer takes as it is.
    return {"$ref": f"#/channels/socket/messages/{name}"}


def _ack(data: Any, error: Any) -> dict[str, Any]:
    """What an event is acknowledged with."""
    done = {"ok": {"const": True}, "data": data}
    refused = {"ok": {"const": False}, "error": error}
    return {
        "oneOf": [
            {"type": "object", "required": list(shape), "properties": shape}
            for shape in (done, refused)
        ]
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
