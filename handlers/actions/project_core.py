"""What the use cases of projects share: the lock, the members, and who is told."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.projects import (
    MemberEvent,
    MemberView,
    ProjectEvent,
    member_view,
    project_view,
)
from rooms.access import Deed, ProjectAccess, Role
from rooms.errors import Conflict, NotFound
from storage import projects
from storage.channels import has_left
from storage.projects import Member, Project

T = TypeVar("T")


def channel_of(project_id: int) -> str:
    return f"project:{project_id}"


async def run(
    services: Services,
    user: Principal,
    command_id: UUID | None,
    name: str,
    request: object,
    answer_type: type[T],
    act: Callable[[Unit], Awaitable[T]],
    *,
    also_lock: int | None = None,
) -> T:
    """Run a command on a project once per `command_id` [T5]."""
    sender = envelope(user.user_id, command_id, f"project {name}", request)
    others = () if also_lock is None else (also_lock,)
    return await run_command(services, sender, answer_type, act, also_lock=others)


async def lock(unit: Unit, user: Principal, project_id: int, deed: Deed) -> ProjectAccess:
    """Lock the project if the caller may do this with it; then nobody else changes it."""
    await projects.lock_project(unit.connection, project_id)
    access = await projects.read_access(unit.connection, project_id, user.user_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require(deed)
    return access


async def read_locked(unit: Unit, project_id: int, user_id: int) -> Project:
    """The project, whose row is held."""
    project = await projects.read_project(unit.connection, project_id, user_id)
    assert project is not None, "its row is locked"
    return project


async def member_of(unit: Unit, project_id: int, user_id: int) -> Member:
    """Raises NotFound for who is no member."""
    member = await projects.read_member(unit.connection, project_id, user_id)
    if member is None:
        raise NotFound("There is no such member.")
    return member


async def join(unit: Unit, project_id: int, user_id: int, role: Role) -> MemberView:
    """Make somebody a member. Raises Conflict for who is one."""
    if not await projects.add_member(unit.connection, project_id, user_id, role):
        raise Conflict("They are a member already.")
    if await has_left(unit.connection, channel_of(project_id), user_id):
        # What was said while they were away is not theirs to replay.
        unit.hide_past(channel_of(project_id))
    joined = member_view(await member_of(unit, project_id, user_id))
    tell_member(unit, project_id, "member:joined", joined)
    return joined


def tell_member(unit: Unit, project_id: int, event: str, member: MemberView) -> None:
    data = MemberEvent(project_id=project_id, member=member)
    unit.tell(channel_of(project_id), event, data)
    unit.tell(f"user:{member.user_id}", event, data)


def tell_project(unit: Unit, project: Project) -> None:
    """Tell the project as it is on its channel and on its members' own."""
    unit.tell(channel_of(project.id), "project:updated", event_of(project))
    for member in project.members:
        unit.tell(f"user:{member.user_id}", "project:updated", event_of(project))


def event_of(project: Project) -> ProjectEvent:
    return ProjectEvent(project=project_view(project, for_event=True))
