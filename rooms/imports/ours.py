"""Our own exports: the JSON array of entries, and the CSV.

What an entry has beside these fields, such as its id and its room, belongs to where it was made.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rooms.errors import Malformed
from rooms.imports.items import Item, items
from rooms.imports.lines import Cells, Table, parted
from rooms.imports.row import Judge, NotTaken, Place, Refused, Row
from rooms.imports.survey import Survey
from rooms.rules.periods import is_zone

# A spreadsheet would take a cell that begins so for a formula; the quote is marked as well, so
# that `unguarded` gives back exactly what `guarded` was given.
_GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_BIGGEST_ID = 2**53 - 1


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_GUARDED) else cell


def unguarded(cell: str) -> str:
    """What was guarded."""
    return cell[1:] if cell.startswith("'") else cell


def survey_json(chunks: Iterable[str], section: str | None = None) -> Survey:
    """What a file says, of which an account's has the entries in a section. Raises Malformed."""
    found = Survey()
    for item in items(chunks):
        if section is None and item.section is not None:
            raise Malformed("The file must be an array of entries.")
        if item.section != section:
            continue
        found.rows += 1
        if isinstance(item.value, dict) and (place := _place_or_none(item.value)):
            found.note_project(place.name, place.group)
    return found


def read_json(
    chunks: Iterable[str], judge: Judge, section: str | None = None
) -> Iterator[Row | Refused]:
    """The entries of a file, or of a section of it."""
    number = 0
    for item in items(chunks):
        if item.section == section:
            number += 1
            yield _from_item(item, number, judge)


def _from_item(item: Item, number: int, judge: Judge) -> Row | Refused:
    try:
        if not isinstance(item.value, dict):
            raise NotTaken("it is no object")
        return _row(item.line, item.value, judge)
    except NotTaken as why:
        return Refused(item.line, f"entry {number}: {why}")


def survey_csv(lines: Iterable[str]) -> Survey:
    """What a file says. Raises Invalid for one that is none of ours."""
    found = Survey()
    for cells in _table(lines):
        if isinstance(cells, Cells):
            found.rows += 1
            fields = _fields_of(cells)
            if place := _place_or_none(fields):
                found.note_project(place.name, place.group)
    return found


def read_csv(lines: Iterable[str], judge: Judge) -> Iterator[Row | Refused]:
    """The entries of a file."""
    for cells in _table(lines):
        if isinstance(cells, Refused):
            yield cells
            continue
        try:
            yield _row(cells.line, _fields_of(cells), judge)
        except NotTaken as why:
            yield Refused(cells.line, str(why))


def _table(lines: Iterable[str]) -> Table:
    table = Table(lines)
    table.require("export of FocusHub", ("started_at",), ("ended_at",))
    return table


def _fields_of(cells: Cells) -> dict[str, Any]:
    """The fields of an entry as JSON would have them."""
    fields: dict[str, Any] = {name: cell or None for name, cell in cells.by_name.items()}
    fields["description"] = unguarded(cells.by_name.get("description", ""))
    fields["tags"] = parted(unguarded(cells.by_name.get("tags", "")))
    fields["project_name"] = unguarded(cells.by_name.get("project_name", "")) or None
    for name in ("project_id", "day_starts_at"):
        # No more than tell that it is too large: reading a number of thousands of digits fails.
        number = cells.first(name)[:20]
        fields[name] = int(number) if number.isascii() and number.isdecimal() else None
    return fields


def _row(line: int, fields: Mapping[str, Any], judge: Judge) -> Row:
    if fields.get("deleted_at") is not None:
        raise NotTaken("it was deleted")
    if fields.get("ended_at") is None:
        raise NotTaken("it has not ended")
    tags = fields.get("tags") or []
    if not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise NotTaken("its tags are no texts")
    doubt = fields.get("doubtful_from")
    return judge.row(
        line,
        _instant(fields, "started_at"),
        _instant(fields, "ended_at"),
        _text(fields, "description") or "",
        tags,
        _place(fields),
        _days(fields, judge),
        None if doubt is None else _instant(fields, "doubtful_from"),
    )


def _days(fields: Mapping[str, Any], judge: Judge) -> tuple[str, int]:
    zone, hour = fields.get("timezone"), fields.get("day_starts_at")
    if zone is None:
        zone = judge.timezone
    if not (isinstance(zone, str) and is_zone(zone)):
        raise NotTaken("its timezone is not known here")
    if hour is None:
        hour = judge.day_starts_at
    if not (type(hour) is int and 0 <= hour <= 6):
        raise NotTaken("its day_starts_at is not between 0 and 6")
    return zone, hour


def _place(fields: Mapping[str, Any]) -> Place | None:
    name, project_id = _text(fields, "project_name"), fields.get("project_id")
    if project_id is not None and not (type(project_id) is int and 1 <= project_id <= _BIGGEST_ID):
        raise NotTaken("its project_id is no id")
    if name is None or not name.strip():
        # Only ids of one's own projects mean anything without a name.
        return None if project_id is None else Place("", str(project_id), project_id)
    return Place(name.strip(), str(project_id or ""), project_id)


def _place_or_none(fields: Mapping[str, Any]) -> Place | None:
    try:
        return _place(fields)
    except NotTaken:
        return None


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise NotTaken(f"its {name} is no text")
    return value


def _instant(fields: Mapping[str, Any], name: str) -> datetime:
    try:
        at = datetime.fromisoformat(_text(fields, name) or "")
        if at.utcoffset() is not None:
            utc = at.astimezone(UTC)
            return utc - timedelta(microseconds=utc.microsecond % 1000)
    except (ValueError, OverflowError):
        pass
    raise NotTaken(f"its {name} is no instant with an offset")
