"""The projects that a file names, found among one's own or made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from handlers.actions import projects
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.projects import NewProject, ProjectEdit
from rooms.imports.account import place_of_project
from rooms.imports.row import Place
from rooms.imports.survey import Survey
from storage import imports
from storage.database import acquired
from storage.imports import NO_PROJECT_YET


@dataclass(slots=True)
class Places:
    """Where entries go: by the id that a project has in the file, if it is one's own and has the
    same name; else by name; else to a new one. Without a name they have no project."""

    services: Services
    user: Principal
    survey: Survey
    described: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)
    _exact: dict[str, int] = field(default_factory=dict)
    _alike: dict[str, int] = field(default_factory=dict)

    async def look(self) -> None:
        """Learn which projects there are."""
        async with acquired(self.services.db) as connection:
            for project_id, name in await imports.open_projects(connection, self.user.user_id):
                self._know(project_id, name)

    def _know(self, project_id: int, name: str) -> None:
        self._names[project_id] = name
        self._exact.setdefault(name, project_id)
        self._alike.setdefault(name.casefold(), project_id)

    def find(self, place: Place | None) -> int | None:
        """The project's id; None for no project, NO_PROJECT_YET for one that is to be made."""
        if place is None:
            return None
        known = self._names.get(place.project_id or 0)
        if known is not None and place.name in ("", known):
            return place.project_id
        if not place.name:
            return None
        name = self.name_of(place)
        found = self._exact.get(name) or self._alike.get(name.casefold())
        return NO_PROJECT_YET if found is None else found

    def name_of(self, place: Place) -> str:
        """What a project of the file is called here."""
        return self.survey.name_of(place.name, place.group)

    def expect(self, place: Place) -> None:
        """Note that one would be made."""
        name = self.name_of(place)
        if name not in self._exact:
            self._know(NO_PROJECT_YET, name)
            self.made.append(name)

    async def make(self, place: Place) -> int:
        """Find the project or make it, private."""
        found = self.find(place)
        if found is not None and found != NO_PROJECT_YET:
            return found
        name = self.name_of(place)
        request = self._described(place, name)
        answer = await projects.make_project(self.services, self.user, request, None)
        self._know(answer.project_id, name)
        self.made.append(name)
        return answer.project_id

    def _described(self, place: Place, name: str) -> NewProject:
        told = self.described.get(place.project_id or 0, {})
        fields = {k: told[k] for k in ("description", "color") if told.get(k)}
        try:
            return msgspec.convert({"name": name, **fields}, NewProject)
        except msgspec.ValidationError:
            return NewProject(name=name)

    async def make_all(self) -> None:
        """Make also those without entries that its user owned."""
        for told in self.described.values():
            place = place_of_project(told)
            if place is not None and told.get("role") == "owner":
                await self.make(place)

    async def archive(self) -> None:
        """Put into the archive what was made now and had been there."""
        for told in self.described.values():
            place = place_of_project(told)
            if place is None or not told.get("archived_at"):
                continue
            project_id = self.find(place)
            if project_id and self.name_of(place) in self.made:
                edit = ProjectEdit(archived=True)
                await projects.edit_project(self.services, self.user, project_id, edit, None)
