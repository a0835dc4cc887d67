"""Entries as a calendar that other programs subscribe to (RFC 5545)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

_OCTETS = 75
_SPECIAL = re.compile(r"[\\;,]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

HEAD = (
    "BEGIN:VCALENDAR\r\n"
    "VERSION:2.0\r\n"
    "PRODID:-//FocusHub//FocusHub//EN\r\n"
    "CALSCALE:GREGORIAN\r\n"
    "X-WR-CALNAME:FocusHub\r\n"
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n"
)
TAIL = "END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Event:
    """A closed entry; `version` starts at 1."""

    id: int
    started_at: datetime
    ended_at: datetime
    changed_at: datetime
    version: int
    description: str
    project_name: str | None
    tags: tuple[str, ...]


def realm_of(user_id: int, since: datetime) -> str:
    """What makes the ids of a user's events unique in the world, and the same for ever."""
    return blake2b(f"{user_id} {since.isoformat()}".encode(), digest_size=8).hexdigest()


def event_text(event: Event, realm: str, *, descriptions: bool) -> str:
    """The event as lines. Without descriptions it has its project's name alone [V2]."""
    return "".join(folded(line) for line in _lines(event, realm, descriptions))


def _lines(event: Event, realm: str, descriptions: bool) -> Iterator[str]:
    changed, start, end = map(_instant, (event.changed_at, event.started_at, event.ended_at))
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}@{realm}.focushub"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{event.version - 1}"
    yield f"DTSTART:{start}"
    if end > start:  # an end at the start is not allowed; without one it is an instant
        yield f"DTEND:{end}"
    title = event.project_name or "Focus"
    if descriptions:
        yield f"SUMMARY:{escaped(event.description or title)}"
        if event.project_name:
            yield f"DESCRIPTION:{escaped(event.project_name)}"
        if event.tags:
            yield f"CATEGORIES:{','.join(map(escaped, event.tags))}"
    else:
        yield f"SUMMARY:{escaped(title)}"
    yield "TRANSP:TRANSPARENT"  # what is past keeps nobody from meeting
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """A text as the value of a property."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SPECIAL.sub(lambda found: "\\" + found[0], _CONTROL.sub("", text))
    return text.replace("\n", "\\n")


def folded(line: str) -> str:
    """A line, broken where it is longer than 75 octets, never within a character."""
    if len(line.encode()) <= _OCTETS:
        return line + "\r\n"
    parts, part, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            parts.append(part)
            part, size = " ", 1
        part += character
        size += octets
    return "\r\n".join([*parts, part]) + "\r\n"
