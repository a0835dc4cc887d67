"""What the whole of a file says, before any line of it is taken."""

import re
from dataclasses import dataclass, field

from rooms.errors import Invalid
from rooms.imports.local import DateOrder
from rooms.imports.row import MAX_PROJECT_NAME

MOST_PROJECTS = 5000
MOST_PEOPLE = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(slots=True)
class Survey:
    """How many lines have an entry, whose they are, how dates are read, and for each name of a
    project what tells those of that name apart."""

    rows: int = 0
    order: DateOrder = "ymd"
    people: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=dict)

    def note_project(self, name: str, group: str) -> None:
        groups = self.groups.setdefault(name, set())
        groups.add(group)
        if len(self.groups) > MOST_PROJECTS or len(groups) > MOST_PROJECTS:
            raise Invalid.field("file", f"names more than {MOST_PROJECTS} projects")

    def note_person(self, email: str) -> None:
        self.people.add(email.lower())
        if len(self.people) > MOST_PEOPLE:
            raise Invalid.field("file", f"has time of more than {MOST_PEOPLE} people")

    def whose(self, asked: str | None, own: str) -> str | None:
        """Whose lines are taken, None for all: those asked for; in a file of one person all; else
        one's own. Raises Invalid for a file of several others."""
        if asked is not None:
            return asked.lower()
        if len(self.people) <= 1:
            return None
        if own.lower() in self.people:
            return own.lower()
        known = ", ".join(sorted(self.people)[:5])
        raise Invalid.field("email", f"say whose time to take: the file has that of {known}")

    def name_of(self, name: str, group: str) -> str:
        """What the project is called here: two of one name get different ones."""
        groups = sorted(self.groups.get(name, ()), key=lambda g: (len(g), g))
        if len(groups) <= 1 or groups[0] == group:
            return name
        shown = _shown(group)
        if group.isdecimal() or [_shown(other) for other in groups].count(shown) > 1:
            shown = str(groups.index(group) + 1)
        suffix = f" ({shown})"
        return name[: MAX_PROJECT_NAME - len(suffix)] + suffix


def _shown(group: str) -> str:
    return _CONTROL.sub(" ", group[:30])
