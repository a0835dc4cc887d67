"""Examples for the documents of the API, made from the schemas of the messages.

A field has the example that its name has here, or else one that its schema allows. So a new
message has an example by itself; a test holds all of them against their schemas.
"""

from functools import cache
from typing import Any

import msgspec

from handlers.messages.errors import problem
from rooms import errors
from rooms.errors import DomainError

Schema = dict[str, Any]

_AT = "2026-11-21T08:25:00.000Z"
# By the name of the field; of several the first that the schema takes.
_NAMED: dict[str, tuple[Any, ...]] = {
    "access_token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",),
    "action": ("stop",),
    "address": ("203.0.113.7",),
    "at": (_AT,),
    "auth": ("tBHItJI5svbpez7KI4CCXg",),
    "avatar_url": ("/media/user-1-7e4c1f0a9b3d4e5f8a6b7c8d9e0f1a2b/512.webp",),
    "already_stopped": (False,),
    "capacity": (50,),
    "channel": ("user:1",),
    "claimed": (False,),
    "code": ("123456", "not_found"),
    "color": ("#3b82f6",),
    "criteria": ({"metric": "total_seconds", "gte": 36000},),
    "current_password": ("correct horse battery",),
    "cycles": (4,),
    "date": ("2026-11-21",),
    "day": ("2026-11-21",),
    "day_starts_at": (4,),
    "description": ("Draw the map",),
    "detail": ("There is no such entry.",),
    "doubtful_from": (None,),
    "duration": (25,),
    "duration_seconds": (1500,),
    "email": ("ada@example.org", True),
    "emoji": ("🎉",),
    "ended_at": (_AT,),
    "end_time": (_AT,),
    "endpoint": ("https://push.example.org/send/abc",),
    "ends_at": ("2026-11-21T08:50:00.000Z",),
    "epoch": ("q7Xn2v",),
    "event": ("timer:stopped",),
    "events": (["timer:started", "timer:stopped"], []),
    "expires_at": ("2027-01-01T00:00:00.000Z",),
    "from": ("2026-11-01",),
    "group_by": ("day,project",),
    "icon": ("star",),
    "image": ("https://pictures.example.org/ada.png",),
    "image_url": ("/media/badge-7-7e4c1f0a9b3d4e5f8a6b7c8d9e0f1a2b/512.webp",),
    "intention": ("Finish the second chapter",),
    "key": ("first_entry",),
    "kind": ("badge_awarded",),
    "long_break_s": (900,),
    "message": ("must lie between 2000 and 2100",),
    "metric": ("total_seconds",),
    "month": ("2026-11",),
    "name": ("Atlas", "Ada Lovelace"),
    "new_password": ("staple correct horse",),
    "otpauth_url": ("otpauth://totp/FocusHub:ada?secret=JBSWY3DPEHPK3PXP&issuer=FocusHub",),
    "p256dh": (
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    ),
    "password": ("correct horse battery",),
    "period_start": ("2026-11-16",),
    "project_id": (7, None),
    "q": ("map",),
    "reason": ("moved",),
    "refresh_token": ("Zm9jdXNodWItcmVmcmVzaC10b2tlbi1leGFtcGxl",),
    "remaining_s": (1500.0,),
    "request_id": ("5f0c9a1be2d34c67",),
    "room": ("quiet-desk-8f3a1c2b4d5e6f70",),
    "room_id": (None, 12),
    "scope": ("global",),
    "scopes": (["read", "timer"],),
    "score": (5400,),
    "secret": ("JBSWY3DPEHPK3PXP",),
    "short_break_s": (300,),
    "slug": ("quiet-desk-8f3a1c2b4d5e6f70",),
    "source": ("timer", "manual"),
    "start_time": ("2026-11-21T08:00:00.000Z",),
    "started_at": ("2026-11-21T08:00:00.000Z",),
    "stopped": (None,),
    "tag": ("writing",),
    "tags": (["writing"],),
    "text": ("Hello, everybody",),
    "timezone": ("Europe/Zurich",),
    "title": ("This does not exist.",),
    "to": ("2026-11-30",),
    "token": ("fh_2f6c0d3b8a914e57",),
    "token_type": ("Bearer",),
    "total_seconds": (5400,),
    "type": ("about:blank",),
    "url": ("https://hooks.example.org/focushub",),
    "user_agent": ("Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",),
    "username": ("ada",),
    "week": ("2026-11-16",),
    "work_s": (1500,),
    "year": (2026,),
}  # fmt: skip
_FORMATS = {"date-time": _AT, "date": "2026-11-21", "uuid": "6f0f7c39-33c0-4d3e-9d0e-7a7f4f0e2b11"}
# What would make the example of a request another one than people mostly send.
_LEFT_OUT = {"command_id", "cursor", "all", "delete", "restore", "deleted", "timezone", "userId"}
# What most answers do not have.
_RARE = {"deleted_at"}
_DEEPEST = 8


def example_of(schema: Schema, components: dict[str, Schema], *, request: bool = False) -> Any:
    """A value that fits a schema of `components`; a request has no fields that few people send."""
    return _Maker(components, request).make(schema, "", 0)


class _Maker:
    def __init__(self, components: dict[str, Schema], request: bool) -> None:
        self._components = components
        self._request = request

    def make(self, schema: Schema, name: str, depth: int) -> Any:
        schema = self._resolved(schema)
        named = next((v for v in _NAMED.get(name, ()) if self._fits(v, schema)), msgspec.UNSET)
        if named is not msgspec.UNSET:
            return named
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self.make(self._chosen(schema[key], name), name, depth)
        if "enum" in schema:
            return next((v for v in schema["enum"] if v is not None), None)
        return self._plain(schema, name, depth)

    def _plain(self, schema: Schema, name: str, depth: int) -> Any:
        kind = schema.get("type")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                item = schema.get("items")
                if not item or depth > _DEEPEST:
                    return []
                one = self.make(item, name.removesuffix("s"), depth + 1)
                return [one] * max(1, schema.get("minItems", 1))
            case "integer":
                return int(schema.get("minimum", 1)) or 1
            case "number":
                return 1.0
            case "boolean":
                return True
            case "null":
                return None
            case "string":
                return _FORMATS.get(schema.get("format", ""), "text")
            case _:
                return {}

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        return {
            name: self.make(field, name, depth + 1)
            for name, field in schema.get("properties", {}).items()
            if name in required or name not in (_LEFT_OUT if self._request else _RARE)
        }

    def _chosen(self, shapes: list[Schema], name: str) -> Schema:
        """Of several shapes one that says something."""
        return next((s for s in shapes if s.get("type") != "null"), shapes[0])

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._components[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _fits(self, value: Any, schema: Schema) -> bool:
        """Whether a value is of a type that the schema takes; a pattern is not looked at."""
        schema = self._resolved(schema)
        shapes = schema.get("anyOf") or schema.get("oneOf")
        if shapes:
            return any(self._fits(value, shape) for shape in shapes)
        if "enum" in schema:
            return value in schema["enum"]
        kinds = {
            "string": str, "integer": int, "number": (int, float), "boolean": bool,
            "array": list, "object": dict, "null": type(None),
        }  # fmt: skip
        kind = kinds.get(schema.get("type", ""))
        if kind is None or (isinstance(value, bool) and kind is not bool):
            return False
        if schema.get("format") == "date-time":
            return isinstance(value, str) and "T" in value
        if kind is list and value:
            return self._fits(value[0], schema.get("items") or {})
        return isinstance(value, kind)  # type: ignore[arg-type]


def example_problems(codes: list[str]) -> dict[str, Any]:
    """Examples of an answer that refuses, by their codes."""
    return {code: {"value": msgspec.to_builtins(_problem(code))} for code in sorted(codes)}


def _problem(code: str) -> Any:
    error = _error_kinds()[code]()
    if code == "invalid":
        error = errors.Invalid.field("description", "is longer than 500 characters")
    return problem(error, "5f0c9a1be2d34c67")


@cache
def _error_kinds() -> dict[str, type[DomainError]]:
    return {kind.code: kind for kind in _all_errors(DomainError)}


def _all_errors(of: type[DomainError]) -> list[type[DomainError]]:
    found = [of] if "code" in vars(of) else []
    for kind in of.__subclasses__():
        found += _all_errors(kind)
    return found
