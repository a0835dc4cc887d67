"""/api/projects and /api/invites."""

from typing import Any

from handlers.actions import ownership, projects
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.common import Id
from handlers.messages.projects import (
    InviteMade,
    MemberView,
    NewInvite,
    NewMember,
    NewProject,
    ProjectEdit,
    ProjectFilter,
    ProjectMade,
    ProjectView,
    RoleEdit,
    Succeeded,
    Transfer,
    VisibilityEdit,
)

api = Api()
_TAG = "Projects"


@api.call("POST", "/projects", tag=_TAG, body=NewProject, answer=ProjectMade, status=201)
async def make_project(call: Call, body: NewProject) -> ProjectMade:
    """Make a project; the caller owns it."""
    return await projects.make_project(call.services, call.user, body, call.command_id)


@api.call("GET", "/projects", tag=_TAG, query=ProjectFilter, answer=list[ProjectView])
async def list_projects(call: Call, query: ProjectFilter) -> Reply:
    """One's projects, in the order they were made."""
    after_id = decode_cursor(query.cursor, Id) or 0
    found = await projects.list_projects(
        call.services, call.user, archived=query.archived, after_id=after_id, limit=query.limit + 1
    )
    page = found[: query.limit]
    more = encode_cursor(page[-1].id) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, more))


@api.call("GET", "/projects/{project_id}", tag=_TAG, answer=ProjectView, errors=("not_found",))
async def read_project(call: Call, project_id: int) -> ProjectView:
    """A project with its members."""
    return await projects.read_project(call.services, call.user, project_id)


@api.call(
    "PATCH", "/projects/{project_id}", tag=_TAG, body=ProjectEdit, answer=ProjectView,
    errors=("forbidden", "not_found"),
)  # fmt: skip
async def edit_project(call: Call, project_id: int, body: ProjectEdit) -> ProjectView:
    """Edit a project, or archive it (`archived: true`)."""
    return await projects.edit_project(call.services, call.user, project_id, body, call.command_id)


@api.call(
    "DELETE", "/projects/{project_id}", tag=_TAG, status=204, errors=("forbidden", "not_found")
)
async def delete_project(call: Call, project_id: int) -> None:
    """Delete a project; its entries stay with their users, without project."""
    await projects.delete_project(call.services, call.user, project_id, call.command_id)


@api.call(
    "PUT", "/projects/{project_id}/visibility", tag=_TAG, body=VisibilityEdit, answer=Succeeded,
    errors=("forbidden", "not_found"),
)  # fmt: skip
async def set_visibility(call: Call, project_id: int, body: VisibilityEdit) -> Succeeded:
    """Make a project private or public."""
    edit = ProjectEdit(visibility=body.visibility)
    await projects.edit_project(call.services, call.user, project_id, edit, call.command_id)
    return Succeeded()


@api.call(
    "GET", "/projects/{project_id}/members", tag=_TAG, answer=list[MemberView],
    errors=("not_found",),
)  # fmt: skip
async def list_members(call: Call, project_id: int) -> Any:
    """The members of a project and their roles."""
    return await projects.list_members(call.services, call.user, project_id)


@api.call(
    "POST", "/projects/{project_id}/members", tag=_TAG, body=NewMember, answer=MemberView,
    status=201, errors=("forbidden", "not_found", "conflict"),
)  # fmt: skip
async def add_member(call: Call, project_id: int, body: NewMember) -> MemberView:
    """Make somebody a member."""
    return await projects.add_member(call.services, call.user, project_id, body, call.command_id)


@api.call(
    "PATCH", "/projects/{project_id}/members/{user_id}", tag=_TAG, body=RoleEdit,
    answer=MemberView, errors=("forbidden", "not_found"),
)  # fmt: skip
async def change_role(call: Call, project_id: int, user_id: int, body: RoleEdit) -> MemberView:
    """Change a member's role; `owner` hands the project over."""
    return await ownership.change_role(
        call.services, call.user, project_id, user_id, body, call.command_id
    )


@api.call(
    "DELETE", "/projects/{project_id}/members/{user_id}", tag=_TAG, status=204,
    errors=("forbidden", "not_found", "conflict"),
)  # fmt: skip
async def remove_member(call: Call, project_id: int, user_id: int) -> None:
    """Remove a member, or leave."""
    await ownership.remove_member(call.services, call.user, project_id, user_id, call.command_id)


@api.call(
    "POST", "/projects/{project_id}/leave", tag=_TAG, status=204, errors=("not_found", "conflict")
)
async def leave_project(call: Call, project_id: int) -> None:
    """Leave a project; its owner hands it over first."""
    await ownership.remove_member(
        call.services, call.user, project_id, call.user.user_id, call.command_id
    )


@api.call(
    "POST", "/projects/{project_id}/transfer", tag=_TAG, body=Transfer, answer=ProjectView,
    errors=("forbidden", "not_found"),
)  # fmt: skip
async def transfer_project(call: Call, project_id: int, body: Transfer) -> ProjectView:
    """Hand a project over to a member; its owner stays an admin."""
    return await ownership.transfer(call.services, call.user, project_id, body, call.command_id)


@api.call(
    "POST", "/projects/{project_id}/join", tag=_TAG, answer=ProjectView, errors=("not_found",)
)
async def join_project(call: Call, project_id: int) -> ProjectView:
    """Join a public project as a contributor."""
    return await projects.join_project(call.services, call.user, project_id, call.command_id)


@api.call(
    "POST", "/projects/{project_id}/invites", tag=_TAG, body=NewInvite, body_optional=True,
    answer=InviteMade, status=201, errors=("forbidden", "not_found"), limit="invite",
)  # fmt: skip
async def make_invite(call: Call, project_id: int, body: NewInvite) -> InviteMade:
    """Make an invite link; its code is shown this once."""
    page = f"{call.door.own_url(call.request)}/invites"
    return await projects.make_invite(
        call.services, call.user, project_id, body, call.command_id, page
    )


@api.call(
    "POST", "/invites/{code}/accept", tag=_TAG, answer=ProjectView, errors=("not_found",),
    limit="invite",
)  # fmt: skip
async def accept_invite(call: Call, code: str) -> ProjectView:
    """Join a project by an invite."""
    return await projects.accept_invite(call.services, call.user, code, call.command_id)
