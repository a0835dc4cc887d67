"""Projects: make, read, edit, archive, delete, join, invite; `ownership.py` has roles and leaving.

A private project is `not_found` for outsiders. Every change is told on the project's channel and
on its members' own, so that their lists of projects follow.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.ownership import drop_project
from handlers.actions.project_core import (
    channel_of,
    event_of,
    join,
    lock,
    read_locked,
    run,
    tell_project,
)
from handlers.actions.services import Services
from handlers.actions.timeline import add_to_timeline
from handlers.actions.unit import Unit
from handlers.messages.common import Nothing, instant_text
from handlers.messages.projects import (
    COLORS,
    InviteMade,
    MemberView,
    NewInvite,
    NewMember,
    NewProject,
    ProjectEdit,
    ProjectMade,
    ProjectView,
    project_view,
)
from rooms.access import ProjectAccess, may_assign
from rooms.errors import Invalid, NotFound
from storage import projects
from storage.database import Connection, acquired
from storage.stamps import stamp_project
from storage.users import read_user


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
        project = await read_locked(unit, project_id, user.user_id)
        unit.tell(f"user:{user.user_id}", "project:updated", event_of(project))
        data = {"project_id": project_id, "name": project.name}
        await add_to_timeline(unit, user.user_id, "project_created", data, project_id)
        if project.visibility == "public":
            payload = {"project_id": project_id, "user_id": user.user_id}
            unit.enqueue("project_created", payload, f"project_created:{project_id}")
        return ProjectMade(project_id=project_id, project=project_view(project))

    return await run(services, user, command_id, "make", request, ProjectMade, act)


async def read_project(services: Services, user: Principal, project_id: int) -> ProjectView:
    """The project, if the caller may read it. Raises NotFound."""
    async with acquired(services.db) as connection:
        access, name = await _readable(connection, user, project_id)

    async def name_of(connection: Connection) -> str | None:
        return (await _readable(connection, user, project_id))[1]

    async def make(connection: Connection) -> ProjectView:
        project = await projects.read_project(connection, project_id, user.user_id)
        if project is None:
            raise NotFound("There is no such project.")
        return project_view(project, for_event=True)

    kept = await services.cache.read(services.history, name, ProjectView, name_of, make)
    return msgspec.structs.replace(kept, role=access.role)


async def _readable(
    connection: Connection, user: Principal, project_id: int
) -> tuple[ProjectAccess, str]:
    """The reader's right, and the name under which the project as it is may be kept."""
    found = await stamp_project(connection, project_id, user.user_id)
    if found is None:
        raise NotFound("There is no such project.")
    access, seq = found
    access.require("read")
    return access, f"project:{project_id}:{seq}"


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
        access = await lock(unit, user, project_id, "manage")
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
        project = await read_locked(unit, project_id, user.user_id)
        tell_project(unit, project)
        if access.public and request.visibility == "private":
            unit.hide_past(channel_of(project_id))
        return project_view(project)

    name = f"edit {project_id}"
    return await run(services, user, command_id, name, request, ProjectView, act)


async def delete_project(
    services: Services, user: Principal, project_id: int, command_id: UUID | None
) -> None:
    """Delete the project; its entries stay with their users, without project."""

    async def act(unit: Unit) -> Nothing:
        await lock(unit, user, project_id, "own")
        await drop_project(unit, await read_locked(unit, project_id, user.user_id))
        return Nothing()

    await run(services, user, command_id, f"delete {project_id}", None, Nothing, act)


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
        access = await lock(unit, user, project_id, "manage")
        if request.role == "owner" or not may_assign(
            access.role or "viewer", "viewer", request.role
        ):
            raise Invalid.field("role", "hand the project over by changing a member's role")
        if await read_user(unit.connection, request.user_id) is None:
            raise NotFound("There is no such user.")
        return await join(unit, project_id, request.user_id, request.role)

    return await run(
        services, user, command_id, f"add member {project_id}", request, MemberView, act,
        also_lock=request.user_id,
    )  # fmt: skip


async def join_project(
    services: Services, user: Principal, project_id: int, command_id: UUID | None
) -> ProjectView:
    """Join a public project as a contributor; a member is simply shown the project."""

    async def act(unit: Unit) -> ProjectView:
        access = await lock(unit, user, project_id, "read")
        if access.role is None:
            await join(unit, project_id, user.user_id, "contributor")
        return project_view(await read_locked(unit, project_id, user.user_id))

    return await run(services, user, command_id, f"join {project_id}", None, ProjectView, act)


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
        await lock(unit, user, project_id, "manage")
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
    return await run(services, user, command_id, name, request, InviteMade, act)


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
            await join(unit, invite.project_id, user.user_id, invite.role)
        return project_view(await read_locked(unit, invite.project_id, user.user_id))

    name = f"accept {code_hash.hex()}"
    return await run(services, user, command_id, name, None, ProjectView, act)
