"""Roles in a project and how they change hands: giving them, leaving, handing the project over."""

from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.project_core import (
    channel_of,
    lock,
    member_of,
    read_locked,
    run,
    tell_member,
    tell_project,
)
from handlers.actions.project_rooms import leave_rooms_of, part_from
from handlers.actions.services import Services
from handlers.actions.unit import Unit
from handlers.messages.common import Nothing
from handlers.messages.projects import (
    MemberLeft,
    MemberView,
    ProjectDeleted,
    ProjectRef,
    ProjectView,
    RoleEdit,
    Transfer,
    member_view,
    project_view,
)
from rooms.access import may_assign
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from storage import projects
from storage.projects import Project
from storage.users import read_user

_KEEPS = "The project is yours. Hand it over to another member first, or delete it."


async def change_role(
    services: Services,
    user: Principal,
    project_id: int,
    member_id: int,
    request: RoleEdit,
    command_id: UUID | None,
) -> MemberView:
    """Change a member's role; `owner` hands the project over and leaves the giver an admin."""

    async def act(unit: Unit) -> MemberView:
        access = await lock(unit, user, project_id, "manage")
        member = await member_of(unit, project_id, member_id)
        assert access.role is not None
        if not may_assign(access.role, member.role, request.role):
            raise Forbidden("Your role does not let you change this one.")
        if request.role == "owner":
            await _require_there(unit, member_id)
            await hand_over(unit, project_id, user.user_id, member_id)
            return member_view(await member_of(unit, project_id, member_id))
        await projects.set_role(unit.connection, project_id, member_id, request.role)
        changed = member_view(await member_of(unit, project_id, member_id))
        tell_member(unit, project_id, "member:updated", changed)
        return changed

    name = f"role {project_id} {member_id}"
    return await run(
        services, user, command_id, name, request, MemberView, act, also_lock=member_id
    )


async def transfer(
    services: Services,
    user: Principal,
    project_id: int,
    request: Transfer,
    command_id: UUID | None,
) -> ProjectView:
    """Hand the project over to a member, and stay in it as an admin. Only the owner may.

    Raises Forbidden, NotFound for who is no member (or suspended), Invalid for oneself.
    """

    async def act(unit: Unit) -> ProjectView:
        await lock(unit, user, project_id, "own")
        if request.user_id == user.user_id:
            raise Invalid.field("user_id", "the project is yours already")
        member = await member_of(unit, project_id, request.user_id)
        await _require_there(unit, member.user_id)
        await hand_over(unit, project_id, user.user_id, member.user_id)
        return project_view(await read_locked(unit, project_id, user.user_id))

    return await run(
        services, user, command_id, f"transfer {project_id}", request, ProjectView, act,
        also_lock=request.user_id,
    )  # fmt: skip


async def _require_there(unit: Unit, user_id: int) -> None:
    """Raises NotFound for a suspended member: nobody could do then what only an owner may."""
    if await read_user(unit.connection, user_id) is None:
        raise NotFound("There is no such member.")


async def hand_over(unit: Unit, project_id: int, giver_id: int, taker_id: int) -> None:
    """Make a member the owner of a project that is held, and its owner an admin; tell both."""
    await projects.set_role(unit.connection, project_id, giver_id, "admin")
    await projects.set_owner(unit.connection, project_id, taker_id)
    await projects.set_role(unit.connection, project_id, taker_id, "owner")
    for member_id in (taker_id, giver_id):
        member = await member_of(unit, project_id, member_id)
        tell_member(unit, project_id, "member:updated", member_view(member))
    tell_project(unit, await read_locked(unit, project_id, taker_id))


async def remove_member(
    services: Services, user: Principal, project_id: int, member_id: int, command_id: UUID | None
) -> None:
    """Remove a member, or leave. Raises Conflict for the owner, who first hands it over."""

    async def act(unit: Unit) -> Nothing:
        leaving = member_id == user.user_id
        access = await lock(unit, user, project_id, "read" if leaving else "manage")
        member = await member_of(unit, project_id, member_id)
        if member.role == "owner":
            raise Conflict(_KEEPS if leaving else "The owner cannot be removed.")
        if not leaving and not may_assign(access.role or "viewer", member.role, "viewer"):
            raise Forbidden("Your role does not let you remove this member.")
        await part(unit, project_id, member_id)
        return Nothing()

    name = f"remove {project_id} {member_id}"
    await run(services, user, command_id, name, None, Nothing, act, also_lock=member_id)


async def part(unit: Unit, project_id: int, member_id: int) -> None:
    """Take a member out of a project that is held, and out of its rooms; tell both sides."""
    await projects.remove_member(unit.connection, project_id, member_id)
    await leave_rooms_of(unit, project_id, member_id)
    left = MemberLeft(project_id=project_id, user_id=member_id)
    unit.tell(channel_of(project_id), "member:left", left)
    unit.tell(f"user:{member_id}", "member:left", left)


async def drop_project(unit: Unit, project: Project) -> None:
    """Delete a project that is held; its entries stay with their users, without project."""
    await projects.mark_deleted(unit.connection, project.id)
    await part_from(unit, project.id)
    gone = ProjectDeleted(project=ProjectRef(id=project.id))
    unit.tell(channel_of(project.id), "project:deleted", gone)
    unit.hide_past(channel_of(project.id))
    for member in project.members:
        unit.tell(f"user:{member.user_id}", "project:deleted", gone)
