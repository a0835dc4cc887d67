"""An entry as a file has it, judged by the rules that hold for entries [T8]."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from rooms.entry import MAX_DESCRIPTION, MAX_SPAN, MAX_TAG_LENGTH, MAX_TAGS
from rooms.rules.periods import whole_seconds

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MAX_PROJECT_NAME = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class NotTaken(ValueError):
    """One line cannot become an entry; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of the file, counted from 1, that becomes no entry, and why."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Which project of the file: `group` tells those of one name apart, by client or by the id
    that it had where the file comes from (`project_id`, if that is known)."""

    name: str
    group: str = ""
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry to be. Instants are UTC with whole milliseconds."""

    line: int
    started_at: datetime
    ended_at: datetime
    description: str
    tags: tuple[str, ...]
    place: Place | None
    timezone: str
    day_starts_at: int
    doubtful_from: datetime | None = None

    @property
    def seconds(self) -> int:
        return whole_seconds(self.started_at, self.ended_at)

    @property
    def likeness(self) -> bytes:
        """The same for entries that nobody can tell apart, whatever file they come from."""
        words = (
            str((self.started_at - _EPOCH) // _MILLISECOND),
            str((self.ended_at - _EPOCH) // _MILLISECOND),
            self.description,
            "" if self.place is None else self.place.name,
            *self.tags,
        )
        return blake2b("\0".join(words).encode(), digest_size=16).digest()


def key_of(likeness: bytes, nth: int) -> bytes:
    """The key of the `nth` of the entries with this likeness in a file, counted from 0."""
    return blake2b(likeness + nth.to_bytes(8), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges entries at `now`; what does not say so has this zone and start of the day."""

    now: datetime
    timezone: str
    day_starts_at: int

    def row(
        self,
        line: int,
        started_at: datetime,
        ended_at: datetime,
        description: str,
        tags: list[str],
        place: Place | None,
        days: tuple[str, int] | None = None,
        doubtful_from: datetime | None = None,
    ) -> Row:
        """The entry, or NotTaken."""
        self._require_span(started_at, ended_at)
        _require_text("the description", description, MAX_DESCRIPTION)
        if place is not None:
            require_project_name(place.name)
        zone, day_starts_at = days or (self.timezone, self.day_starts_at)
        return Row(
            line, started_at, ended_at, description, _tags(tags), place, zone, day_starts_at,
            doubtful_from if doubtful_from and started_at <= doubtful_from <= ended_at else None,
        )  # fmt: skip

    def _require_span(self, started_at: datetime, ended_at: datetime) -> None:
        if started_at < EARLIEST:
            raise NotTaken("it begins before the year 2000")
        if ended_at < started_at:
            raise NotTaken("it ends before it begins")
        if ended_at > self.now:
            raise NotTaken("it ends in the future")
        if ended_at - started_at > MAX_SPAN:
            raise NotTaken("it is longer than 31 days")


def require_project_name(name: str) -> None:
    """Raises NotTaken for what no project is called here."""
    _require_line("the name of the project", name, MAX_PROJECT_NAME)


def _tags(given: list[str]) -> tuple[str, ...]:
    tags = tuple(dict.fromkeys(tag for tag in map(str.strip, given) if tag))
    if len(tags) > MAX_TAGS:
        raise NotTaken(f"it has {len(tags)} tags, and may have {MAX_TAGS}")
    for tag in tags:
        _require_line("a tag", tag, MAX_TAG_LENGTH)
    return tags


def _require_line(what: str, text: str, most: int) -> None:
    _require_text(what, text, most)
    if any(c < " " or c == "\x7f" for c in text):
        raise NotTaken(f"{what} has a line break or another control character")


def _require_text(what: str, text: str, most: int) -> None:
    if len(text) > most:
        raise NotTaken(f"{what} has {len(text)} characters, and may have {most}")
    if not is_text(text):
        raise NotTaken(f"{what} has a character that is none")


def is_text(text: str) -> bool:
    """Whether it is nothing but characters: JSON may have halves of them, and the NUL."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
