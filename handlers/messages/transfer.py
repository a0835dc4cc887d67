"""Moving in and out: exports, imports and calendars, as clients see them."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from handlers.messages.accounts import Zone
from handlers.messages.common import (
    Command,
    Id,
    InstantText,
    Message,
    View,
    instant_text,
    instant_text_or_none,
)
from handlers.messages.entries import Conditions, EntryView, entry_view
from rooms.imports.row import Row
from storage.calendars import Calendar
from storage.exports import Exported
from storage.imports import Import

ExportFormat = Literal["csv", "json"]
ImportFormat = Literal["toggl", "clockify", "focushub"]


class ExportQuery(Conditions, frozen=True, kw_only=True):
    """Which entries, as in their list; all of them without conditions."""

    format: ExportFormat = "csv"


class ExportedEntry(EntryView, frozen=True, kw_only=True):
    """A time entry with the name of its project, so that another server can find or make it."""

    project_name: str | None


def exported_json(found: Exported) -> bytes:
    """An ExportedEntry as JSON: there may be a million of them, so it is put together from what
    there is, and not made anew field by field."""
    entry = msgspec.json.encode(entry_view(found.entry))
    return entry[:-1] + b',"project_name":' + msgspec.json.encode(found.project_name) + b"}"


class ImportQuery(Message, frozen=True, kw_only=True):
    """What the file is, and how to read what it does not say.

    `timezone` is that of local times (one's own); `date_format` is the order of day, month and
    year; `email` says whose lines to take, of a file of several people.
    """

    format: ImportFormat
    dry_run: bool = False
    timezone: Zone | None = None
    date_format: Literal["ymd", "dmy", "mdy"] | None = None
    email: Annotated[str, Meta(min_length=1, max_length=254)] | None = None


class AccountImportQuery(Message, frozen=True, kw_only=True):
    dry_run: bool = False


class LineError(View, frozen=True, kw_only=True):
    """A line of the file that became no entry, and why; the first line is 1."""

    line: int
    message: str


class RowView(View, frozen=True, kw_only=True):
    """What an entry will be."""

    line: int
    started_at: InstantText
    ended_at: InstantText
    duration_seconds: int
    description: str
    tags: list[str]
    project_name: str | None
    timezone: str


def row_view(row: Row, project_name: str | None) -> RowView:
    return RowView(
        line=row.line,
        started_at=instant_text(row.started_at),
        ended_at=instant_text(row.ended_at),
        duration_seconds=row.seconds,
        description=row.description,
        tags=list(row.tags),
        project_name=project_name,
        timezone=row.timezone,
    )


class ImportReport(View, frozen=True, kw_only=True):
    """What has come of a file, or on a dry run would come of it.

    `total` lines are `created`, `skipped` (they are there already) or `refused`; of the refused,
    `errors` tells the first 10,000. `seconds` are those of what was created.
    """

    import_id: Id | None
    dry_run: bool
    total: int
    created: int
    skipped: int
    refused: int
    seconds: int
    projects_created: list[str]
    errors: list[LineError]
    preview: list[RowView]


class ImportProgress(View, frozen=True, kw_only=True):
    """import:progress: how far an import has come; `done` of `total` lines."""

    import_id: Id
    done: int
    total: int
    created: int
    skipped: int
    refused: int
    over: bool


class ImportView(View, frozen=True, kw_only=True):
    """An import; `broken` is one that stopped half-way: the same file again completes it."""

    id: Id
    format: str
    state: Literal["running", "done", "broken", "undone"]
    total: int
    created: int
    skipped: int
    refused: int
    seconds: int
    started_at: InstantText
    ended_at: InstantText | None


def import_view(found: Import) -> ImportView:
    return ImportView(
        id=found.id,
        format=found.format,
        state=found.state,
        total=found.total,
        created=found.created,
        skipped=found.skipped,
        refused=found.refused,
        seconds=found.seconds,
        started_at=instant_text(found.started_at),
        ended_at=instant_text_or_none(found.ended_at),
    )


class ImportUndone(View, frozen=True, kw_only=True):
    """How many entries were deleted; each can be restored for 30 days."""

    deleted: int


class NewCalendar(Command, frozen=True, kw_only=True):
    """Make a secret link. Without `descriptions`, one's privacy says whether it shows them."""

    descriptions: bool | None = None


class CalendarMade(View, frozen=True, kw_only=True):
    """The link; it is shown this once."""

    url: str
    descriptions: bool | None
    created_at: InstantText


class CalendarView(View, frozen=True, kw_only=True):
    """One's calendar, without its link; `active` says whether there is one."""

    active: bool
    descriptions: bool | None
    created_at: InstantText | None
    last_read_at: InstantText | None


def calendar_view(found: Calendar | None) -> CalendarView:
    created_at: datetime | None = None if found is None else found.created_at
    return CalendarView(
        active=found is not None,
        descriptions=None if found is None else found.descriptions,
        created_at=instant_text_or_none(created_at),
        last_read_at=instant_text_or_none(None if found is None else found.last_read_at),
    )


class CalendarQuery(Message, frozen=True, kw_only=True):
    """How many months back it goes."""

    months: Annotated[int, Meta(ge=1, le=120)] = 12
