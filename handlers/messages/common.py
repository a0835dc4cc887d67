"""What all messages share: the base of requests and answers, and the small types in them.

Requests refuse unknown fields, so that a typo is never silently ignored. Instants go out as
RFC 3339 in UTC with milliseconds, and come in with any offset, between 2000 and 2100.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from rooms.errors import DomainError, Invalid, Malformed, NotFound

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

# The end of a text, also to Python, whose `$` alone lets a line break follow.
END = "$(?!\\n)"
# Postgres takes no NUL in a text, and a tab or line break has no place in a name.
TEXT = "^[^\\x00]*$"
_LINE = "^[^\\x00-\\x1f\\x7f]*" + END

Id = Annotated[int, Meta(ge=1, le=2**53 - 1, description="a number that the server gave")]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1, description="raised by every change")]
Description = Annotated[str, Meta(max_length=500, pattern=TEXT)]
LongText = Annotated[str, Meta(max_length=2000, pattern=TEXT)]
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=80,
        pattern="^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*" + END,
    ),
]
OptionalName = Annotated[str, Meta(max_length=80, pattern=_LINE)]
Tag = Annotated[str, Meta(min_length=1, max_length=40, pattern=_LINE)]
Tags = Annotated[list[Tag], Meta(max_length=10)]
Color = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}" + END, description="#rrggbb")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, between 2000 and 2100")]
# As it goes out: text, because the milliseconds are always written.
InstantText = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
        description="RFC 3339 in UTC with milliseconds",
        extra_json_schema={"format": "date-time"},
    ),
]


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that a client sends."""


class Command(Message, frozen=True, kw_only=True):
    """A message that changes something; `command_id` makes it safe to send again [T5]."""

    command_id: UUID | None = None


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the server sends."""


class Nothing(View, frozen=True):
    """An empty object."""


class NothingAsked(Message, frozen=True):
    """A request without fields."""


def instant_text(at: datetime) -> str:
    """`at` (UTC) as the contract writes it: 2026-11-21T08:00:00.000Z."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def instant_text_or_none(at: datetime | None) -> str | None:
    return None if at is None else instant_text(at)


def taken_instant(field: str, at: datetime) -> datetime:
    """A client's instant in UTC, cut to whole milliseconds. Raises Invalid out of 2000 … 2100."""
    try:
        utc = at.astimezone(UTC)
    except OverflowError:
        utc = datetime.min.replace(tzinfo=UTC)
    if not EARLIEST <= utc < LATEST:
        raise Invalid.field(field, "must lie between 2000 and 2100")
    return utc - timedelta(microseconds=utc.microsecond % 1000)


def taken_instant_or_none(field: str, at: datetime | None) -> datetime | None:
    return None if at is None else taken_instant(field, at)


def taken_tags(tags: list[str]) -> tuple[str, ...]:
    """Tags without surrounding space, each once, in the order given. Raises Invalid for a blank."""
    trimmed = [tag.strip() for tag in tags]
    if not all(trimmed):
        raise Invalid.field("tags", "a tag must not be blank")
    return tuple(dict.fromkeys(trimmed))


def to_json(value: Any) -> str:
    """The JSON text of a view, or of anything made of plain values."""
    return msgspec.json.encode(value).decode()


def refusal_of(error: Exception, *, path: bool = False) -> DomainError:
    """The refusal for what msgspec says of a message: which field, and what is wrong with it.

    With `path` an id in the address did not parse, so there is nothing at that address.
    """
    if path:
        return NotFound()
    if not isinstance(error, msgspec.ValidationError):
        return Malformed()
    sentence, _, place = str(error).partition(" - at `")
    field = place.rstrip("`").removeprefix("$").removeprefix(".")
    for opening in ("Object missing required field `", "Object contains unknown field `"):
        if sentence.startswith(opening):
            name = sentence.removeprefix(opening).rstrip("`")
            field = f"{field}.{name}" if field else name
            sentence = "is required" if "missing" in opening else "is not a field of this message"
    return Invalid(f"{field}: {sentence}" if field else sentence, errors=[(field or "$", sentence)])
