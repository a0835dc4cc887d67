"""Taking one's entries along, as CSV or JSON, in memory that does not grow with them."""

import csv
import io
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.spans import instants_of, taken_bound
from handlers.messages.common import instant_text, instant_text_or_none
from handlers.messages.transfer import ExportQuery, exported_json
from rooms.errors import Unauthenticated
from rooms.imports.lines import joined
from rooms.imports.ours import guarded
from rooms.rules.periods import DayRule
from storage.database import acquired
from storage.entries import Filter
from storage.exports import Exported, entry_pages
from storage.users import read_user

COLUMNS = (
    "id", "started_at", "ended_at", "duration_seconds", "start_date", "start_time", "end_date",
    "end_time", "timezone", "day_starts_at", "project_id", "project_name", "description", "tags",
    "source", "claimed", "doubtful_from", "room_id", "version",
)  # fmt: skip
# So that a spreadsheet takes the file for UTF-8.
_BOM = "\ufeff"


async def export_csv(services: Services, user: Principal, which: Filter) -> AsyncIterator[bytes]:
    """The entries as a table (RFC 4180), in the order of their start."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write(_BOM)
    writer.writerow(COLUMNS)
    async for page in entry_pages(services.history, user.user_id, which):
        writer.writerows(map(_cells, page))
        yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return taken


def _cells(found: Exported) -> tuple[object, ...]:
    entry = found.entry
    zone = ZoneInfo(entry.timezone)
    start = entry.started_at.astimezone(zone).isoformat()
    end = "" if entry.ended_at is None else entry.ended_at.astimezone(zone).isoformat()
    return (
        entry.id,
        instant_text(entry.started_at),
        instant_text_or_none(entry.ended_at),
        entry.duration_seconds,
        start[:10],
        start[11:19],
        end[:10],
        end[11:19],
        entry.timezone,
        entry.day_starts_at,
        entry.project_id,
        guarded(found.project_name or ""),
        guarded(entry.description),
        guarded(joined(entry.tags)),
        entry.source,
        "true" if entry.claimed else "false",
        instant_text_or_none(entry.doubtful_from),
        entry.room_id,
        entry.version,
    )


async def export_json(services: Services, user: Principal, which: Filter) -> AsyncIterator[bytes]:
    """The entries as an array, one a line, in the order of their start."""
    opening = b"[\n"
    async for page in entry_pages(services.history, user.user_id, which):
        yield opening + b",\n".join(exported_json(found) for found in page)
        opening = b",\n"
    yield b"\n]\n" if opening == b",\n" else b"[]\n"


async def filter_of(services: Services, user: Principal, query: ExportQuery) -> Filter:
    """Which entries are asked for. Raises Invalid."""
    bounds = [
        None if text is None else taken_bound(field, text)
        for field, text in (("from", query.from_), ("to", query.to))
    ]
    async with acquired(services.db) as connection:
        account = await read_user(connection, user.user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    days = DayRule(account.timezone, account.day_starts_at)
    from_at, to_at = (None if b is None else instants_of(b, days) for b in bounds)
    return Filter(
        from_at[0] if from_at else None,
        to_at[1] if to_at else None,
        query.project,
        query.tag,
        query.q or None,
        query.source,
    )
