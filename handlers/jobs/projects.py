"""The job of a new public project: those who follow its owner are told."""

import msgspec

from handlers.actions.notifications import notify
from handlers.actions.unit import Unit, unit_of_work
from handlers.jobs.work import Work, read_payload
from handlers.messages.common import View
from storage.database import LONG_PATIENCE_S
from storage.follows import followers_after
from storage.projects import read_project
from storage.users import read_user

MANY = 50


class Made(msgspec.Struct, frozen=True):
    """Which project was made, and by whom."""

    project_id: int
    user_id: int


class ProjectNews(View, frozen=True, kw_only=True):
    """A new project in a notification."""

    project_id: int
    name: str
    by: str


async def tell_followers(work: Work, payload: bytes) -> None:
    """Tell of the project, as far as it is still there for everybody to see [V2]."""
    made = read_payload(payload, Made)
    after: int | None = 0
    while after is not None:
        async with unit_of_work(work.services, patience_s=LONG_PATIENCE_S) as unit:
            after = await _tell_some(unit, made, after)


async def _tell_some(unit: Unit, made: Made, after: int) -> int | None:
    """Tell some followers by id; answers the last of them, None when there are no more."""
    owner = await read_user(unit.connection, made.user_id)
    project = await read_project(unit.connection, made.project_id, made.user_id)
    if owner is None or not owner.show_activity or project is None:
        return None
    if project.visibility != "public" or project.archived_at is not None:
        return None
    news = ProjectNews(project_id=project.id, name=project.name, by=owner.username)
    followers = await followers_after(unit.connection, made.user_id, after, MANY)
    for follower_id in followers:
        await notify(unit, follower_id, "project_created", f"project:{project.id}", news)
    return followers[-1] if len(followers) == MANY else None
