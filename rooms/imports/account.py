"""The file of a whole account: what besides its entries moves in with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rooms.errors import Invalid
from rooms.imports.items import items
from rooms.imports.row import EARLIEST, NotTaken, Place, is_text, require_project_name
from rooms.imports.survey import MOST_PROJECTS, Survey

FORMAT = "focushub-account"
ENTRIES = "time_entries"
_MOST_BADGES = 1000
_MOST_CHOICES = 200
_OF_PROFILE = ("name", "timezone", "day_starts_at", "privacy")
_OF_PROJECT = ("id", "name", "role", "description", "color", "archived_at")
_OF_CHOICE = ("kind", "channel", "wanted")


@dataclass(slots=True)
class AccountFile:
    """What a file says before its entries: plain values, which are still to be judged."""

    survey: Survey = field(default_factory=Survey)
    profile: Mapping[str, Any] = field(default_factory=dict)
    projects: list[Mapping[str, Any]] = field(default_factory=list)
    badges: list[tuple[str, datetime]] = field(default_factory=list)
    choices: list[Mapping[str, Any]] = field(default_factory=list)


def survey_account(chunks: Iterable[str]) -> AccountFile:
    """What the whole file says. Raises Malformed, or Invalid for another one."""
    found, format = AccountFile(), None
    for item in items(chunks):
        value = item.value
        if item.section == "format":
            format = value
        elif item.section == "profile" and isinstance(value, dict):
            found.profile = _told(value, _OF_PROFILE)
        elif item.section == ENTRIES:
            found.survey.rows += 1
            _note_place(found.survey, value, "project_id", "project_name")
        elif item.section == "projects" and isinstance(value, dict):
            if len(found.projects) < MOST_PROJECTS:
                found.projects.append(_told(value, _OF_PROJECT))
                _note_place(found.survey, value, "id", "name")
        elif item.section == "badges" and len(found.badges) < _MOST_BADGES:
            found.badges += _badge(value)
        elif item.section == "notification_choices" and len(found.choices) < _MOST_CHOICES:
            found.choices += [_told(value, _OF_CHOICE)] if isinstance(value, dict) else []
    if format != FORMAT:
        raise Invalid.field("file", "is no export of an account")
    return found


def _told(value: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The fields that are asked for; of the others an object may have a megabyte. Left out are
    lists, which none of them is, and texts that no database takes."""
    return {
        name: value[name]
        for name in names
        if name in value
        and not isinstance(value[name], list)
        and not (isinstance(value[name], str) and not is_text(value[name]))
    }


def place_of_project(project: Mapping[str, Any]) -> Place | None:
    """The project of the file as its entries name it."""
    return _place(project, "id", "name")


def _note_place(survey: Survey, value: Any, id_field: str, name_field: str) -> None:
    place = _place(value, id_field, name_field) if isinstance(value, dict) else None
    if place is not None:
        survey.note_project(place.name, place.group)


def _place(value: Mapping[str, Any], id_field: str, name_field: str) -> Place | None:
    name, project_id = value.get(name_field), value.get(id_field)
    if not isinstance(name, str) or not name.strip() or type(project_id) is not int:
        return None
    try:
        require_project_name(name.strip())
    except NotTaken:
        return None
    return Place(name.strip(), str(project_id), project_id)


def _badge(value: Any) -> list[tuple[str, datetime]]:
    try:
        key, at = value["key"], datetime.fromisoformat(value["awarded_at"])
        if at.tzinfo is None or not isinstance(key, str) or not is_text(key):
            return []
        at = at.astimezone(UTC)
    except (TypeError, KeyError, ValueError, OverflowError):
        return []
    return [(key, at)] if at >= EARLIEST else []
