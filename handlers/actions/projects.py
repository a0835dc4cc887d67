"""Projects: make, read, edit, archive, delete; members, roles and invites.

A private project is `not_found` for outsiders. Every change is told on the project's channel and
on its members' own, so that their lists of projects follow.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.project_rooms import leave_rooms_of, part_from
from handlers.actions.services import Services
from handlers.actions.timeline import add_to_timeline
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, instant_text
from handlers.messages.projects import (
    COLORS,
    InviteMade,
    MemberEvent,
    MemberLeft,
    MemberView,
    NewInvite,
    NewMember,
    NewProject,
    ProjectDeleted,
    ProjectEdit,
    ProjectEvent,
    ProjectMade,
    ProjectRef,
    ProjectView,
    RoleEdit,
    member_view,
    project_view,
)
from rooms.access import Deed, ProjectAccess, Role, may_assign
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from storage import projects
from storage.channels import has_left
from storage.database import acquired
from storage.projects import Member, Project
from storage.users import read_user

T = TypeVar("T")


def channel_of(project_id: int) -> str:
    return f"project:{project_id}"


async def make_project(
    services: Services, user: Principal, request: NewProject, command_id: UUID | None
) -> ProjectMade:
    """Make a project whose owner is the caller."""

    async def act(unit: Unit) -> ProjectMade:
        mine = len(await projects.joined_by(unit.connection, user.user_id))
        project_id = await projects.insert_project(
            unit.connection,
            user.user_id,
            request.name.strip(),
            request.description,
            request.visibility,
            (request.color or COLORS[mine % len(COLORS)]).lower(),
        )
        project = await _read(unit, project_id, user.user_id)
        unit.tell(f"user:{user.user_id}", "project:updated", _event(project))
        data = {"project_id": project_id, "name": project.name}
        await add_to_timeline(unit, user.user_id, "project_created", data, project_id)
        if project.visibility == "public":
            payload = {"project_id": project_id, "user_id": user.user_id}
            unit.enqueue("project_created", payload, f"project_created:{project_id}")
        return ProjectMade(project_id=project_id, project=project_view(project))

    return await _run(services, user, command_id, "make", request, ProjectMade, act)


async def read_project(services: Services, user: Principal, project_id: int) -> ProjectView:
    """The project, if the caller may read it. Raises NotFound."""
    async with acquired(services.db) as connection:
        access = await projects.read_access(connection, project_id, user.user_id)
        if access is None:
            raise NotFound("There is no such project.")
        access.require("read")
        project = await projects.read_project(connection, project_id, user.user_id)
    if project is None:
        raise NotFound("There is no such project.")
    return project_view(project)


async def list_projects(
    services: Services, user: Principal, *, archived: bool | None, after_id: int, limit: int
) -> list[ProjectView]:
    """The caller's projects with an id above `after_id`, in the order of their ids."""
    async with acquired(services.db) as connection:
        found = await projects.list_projects(
            connection, user.user_id, archived=archived, after_id=after_id, limit=limit
        )
    return [project_view(project) for project in found]


async def edit_project(
    services: Services,
    user: Principal,
    project_id: int,
    request: ProjectEdit,
    command_id: UUID | None,
) -> ProjectView:
    """Change what is given. Going private ends the right of outsiders to read it at once."""

    async def act(unit: Unit) -> ProjectView:
        access = await _lock(unit, user, project_id, "manage")
        await projects.update_project(
            unit.connection,
            project_id,
            name=request.name and request.name.strip(),
            description=request.description,
            color=request.color and request.color.lower(),
            visibility=request.visibility,
        )
        if request.archived is not None:
            await projects.set_archived(unit.connection, project_id, request.archived)
        project = await _read(unit, project_id, user.user_id)
        unit.tell(channel_of(project_id), "project:updated", _event(project))
        for member in project.members:
            unit.tell(f"user:{member.user_id}", "project:updated", _event(project))
        if access.public and request.visibility == "private":
            unit.hide_past(channel_of(project_id))
        return project_view(project)

    name = f"edit {project_id}"
    return await _run(services, user, command_id, name, request, ProjectView, act)


async def delete_project(
    services: Services, user: Principal, project_id: int, command_id: UUID | None
) -> None:
    """Delete the project; its entries stay with their users, without project."""

    async def act(unit: Unit) -> Nothing:
        await _lock(unit, user, project_id, "own")
        project = await _read(unit, project_id, user.user_id)
        await projects.mark_deleted(unit.connection, project_id)
        await part_from(unit, project_id)
        gone = ProjectDeleted(project=ProjectRef(id=project_id))
        unit.tell(channel_of(project_id), "project:deleted", gone)
        unit.hide_past(channel_of(project_id))
        for member in project.members:
            unit.tell(f"user:{member.user_id}", "project:deleted", gone)
        return Nothing()

    await _run(services, user, command_id, f"delete {project_id}", None, Nothing, act)


async def list_members(services: Services, user: Principal, project_id: int) -> list[MemberView]:
    """The members of a project that the caller may read."""
    return (await read_project(services, user, project_id)).members


async def add_member(
    services: Services,
    user: Principal,
    project_id: int,
    request: NewMember,
    command_id: UUID | None,
) -> MemberView:
    """Make somebody a member. Raises NotFound for an unknown user, Conflict for a member."""

    async def act(unit: Unit) -> MemberView:
        access = await _lock(unit, user, project_id, "manage")
        if request.role == "owner" or not may_assign(
            access.role or "viewer", "viewer", request.role
        ):
            raise Invalid.field("role", "hand the project over by changing a member's role")
        if await read_user(unit.connection, request.user_id) is None:
            raise NotFound("There is no such user.")
        return await _join(unit, project_id, request.user_id, request.role)

    return await _run(
        services, user, command_id, f"add member {project_id}", request, MemberView, act,
        also_lock=request.user_id,
    )  # fmt: skip


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
        access = await _lock(unit, user, project_id, "manage")
        member = await _member(unit, project_id, member_id)
        assert access.role is not None
        if not may_assign(access.role, member.role, request.role):
            raise Forbidden("Your role does not let you change this one.")
        if request.role == "owner":
            await projects.set_role(unit.connection, project_id, user.user_id, "admin")
            await projects.set_owner(unit.connection, project_id, member_id)
        await projects.set_role(unit.connection, project_id, member_id, request.role)
        changed = member_view(await _member(unit, project_id, member_id))
        _tell_member(unit, project_id, "member:updated", changed)
        if request.role == "owner":
            giver = member_view(await _member(unit, project_id, user.user_id))
            _tell_member(unit, project_id, "member:updated", giver)
        return changed

    name = f"role {project_id} {member_id}"
    return await _run(
        services, user, command_id, name, request, MemberView, act, also_lock=member_id
    )


async def remove_member(
    services: Services, user: Principal, project_id: int, member_id: int, command_id: UUID | None
) -> None:
    """Remove a member, or leave. The owner cannot leave before handing the project over."""

    async def act(unit: Unit) -> Nothing:
        leaving = member_id == user.user_id
        access = await _lock(unit, user, project_id, "read" if leaving else "manage")
        member = await _member(unit, project_id, member_id)
        if member.role == "owner":
            raise Conflict("The owner cannot leave. Hand the project over first.")
        if not leaving and not may_assign(access.role or "viewer", member.role, "viewer"):
            raise Forbidden("Your role does not let you remove this member.")
        await projects.remove_member(unit.connection, project_id, member_id)
        await leave_rooms_of(unit, project_id, member_id)
        left = MemberLeft(project_id=project_id, user_id=member_id)
        unit.tell(channel_of(project_id), "member:left", left)
        unit.tell(f"user:{member_id}", "member:left", left)
        return Nothing()

    name = f"remove {project_id} {member_id}"
    await _run(services, user, command_id, name, None, Nothing, act, also_lock=member_id)


async def join_project(
    services: Services, user: Principal, project_id: int, command_id: UUID | None
) -> ProjectView:
    """Join a public project as a contributor; a member is simply shown the project."""

    async def act(unit: Unit) -> ProjectView:
        access = await _lock(unit, user, project_id, "read")
        if access.role is None:
            await _join(unit, project_id, user.user_id, "contributor")
        return project_view(await _read(unit, project_id, user.user_id))

    return await _run(services, user, command_id, f"join {project_id}", None, ProjectView, act)


async def make_invite(
    services: Services,
    user: Principal,
    project_id: int,
    request: NewInvite,
    command_id: UUID | None,
    page: str,
) -> InviteMade:
    """Make a link `<page>/<code>` that lets whoever has it join.

    Only the hash of its code is kept, and for a while the answer to a command that had an id.
    """

    async def act(unit: Unit) -> InviteMade:
        await _lock(unit, user, project_id, "manage")
        code = new_secret(16)
        expires_at = datetime.now(UTC) + timedelta(seconds=request.expires_in_seconds)
        await projects.insert_invite(
            unit.connection,
            secret_hash(code),
            project_id,
            request.role,
            user.user_id,
            expires_at,
            request.max_uses,
        )
        return InviteMade(code=code, url=f"{page}/{code}", expires_at=instant_text(expires_at))

    name = f"invite {project_id}"
    return await _run(services, user, command_id, name, request, InviteMade, act)


async def accept_invite(
    services: Services, user: Principal, code: str, command_id: UUID | None
) -> ProjectView:
    """Join by an invite. Raises NotFound for one that is unknown, expired or used up.

    Whoever is a member already is shown the project, and the invite is not used.
    """
    code_hash = secret_hash(code)

    async def act(unit: Unit) -> ProjectView:
        invite = await projects.read_invite(unit.connection, code_hash)
        if invite is not None:
            await projects.lock_project(unit.connection, invite.project_id)
            # Read again behind the lock: of two at once, only one finds the last use.
            invite = await projects.read_invite(unit.connection, code_hash)
        if invite is None or invite.expired:
            raise NotFound("This invite is unknown or has expired.")
        member = await projects.read_member(unit.connection, invite.project_id, user.user_id)
        if member is None:
            if invite.used_up:
                raise NotFound("This invite has been used up.")
            await projects.use_invite(unit.connection, code_hash)
            await _join(unit, invite.project_id, user.user_id, invite.role)
        return project_view(await _read(unit, invite.project_id, user.user_id))

    name = f"accept {code_hash.hex()}"
    return await _run(services, user, command_id, name, None, ProjectView, act)


async def _run(
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
    sender = envelope(user.user_id, command_id, f"project {name}", request)
    others = () if also_lock is None else (also_lock,)
    return await run_command(services, sender, answer_type, act, also_lock=others)


async def _lock(unit: Unit, user: Principal, project_id: int, deed: Deed) -> ProjectAccess:
    """Lock the project if the caller may do this with it; then nobody else changes it."""
    await projects.lock_project(unit.connection, project_id)
    access = await projects.read_access(unit.connection, project_id, user.user_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require(deed)
    return access


async def _read(unit: Unit, project_id: int, user_id: int) -> Project:
    project = await projects.read_project(unit.connection, project_id, user_id)
    assert project is not None, "its row is locked"
    return project


async def _member(unit: Unit, project_id: int, user_id: int) -> Member:
    member = await projects.read_member(unit.connection, project_id, user_id)
    if member is None:
        raise NotFound("There is no such member.")
    return member


async def _join(unit: Unit, project_id: int, user_id: int, role: Role) -> MemberView:
    if not await projects.add_member(unit.connection, project_id, user_id, role):
        raise Conflict("They are a member already.")
    if await has_left(unit.connection, channel_of(project_id), user_id):
        # What was said while they were away is not theirs to replay.
        unit.hide_past(channel_of(project_id))
    joined = member_view(await _member(unit, project_id, user_id))
    _tell_member(unit, project_id, "member:joined", joined)
    return joined


def _tell_member(unit: Unit, project_id: int, event: str, member: MemberView) -> None:
    data = MemberEvent(project_id=project_id, member=member)
    unit.tell(channel_of(project_id), event, data)
    unit.tell(f"user:{member.user_id}", event, data)


def _event(project: Project) -> ProjectEvent:
    return ProjectEvent(project=project_view(project, for_event=True))
