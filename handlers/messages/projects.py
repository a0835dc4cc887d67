"""Projects, members and invites."""

from typing import Annotated, Literal

from msgspec import Meta

from handlers.messages.common import (
    Color,
    Command,
    Id,
    InstantText,
    LongText,
    Message,
    Name,
    View,
    instant_text,
    instant_text_or_none,
)
from handlers.messages.entries import EntryView, Tracker
from handlers.messages.presence import PresenceView
from storage.projects import Member, Project

Role = Literal["owner", "admin", "contributor", "viewer"]
Visibility = Literal["private", "public"]

# One after the other for new projects: told apart at a glance, and legible on light and dark.
COLORS = (
    "#4f7cff", "#e0603f", "#2f9e6e", "#b06ad6", "#d99a1c", "#1f9bb3", "#d6497f", "#7a8b3c",
)  # fmt: skip


class NewProject(Command, frozen=True, kw_only=True):
    name: Name
    description: LongText = ""
    visibility: Visibility = "private"
    color: Color | None = None


class ProjectEdit(Command, frozen=True, kw_only=True):
    """Fields left out stay as they are; `archived` puts it away or takes it out again."""

    name: Name | None = None
    description: LongText | None = None
    color: Color | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class VisibilityEdit(Command, frozen=True, kw_only=True):
    visibility: Visibility


class NewMember(Command, frozen=True, kw_only=True):
    user_id: Id
    role: Role = "contributor"


class RoleEdit(Command, frozen=True, kw_only=True):
    """`owner` hands the project over; the old owner becomes an admin."""

    role: Role


class Transfer(Command, frozen=True, kw_only=True):
    """To whom a project is handed over: a member of it."""

    user_id: Id


class NewInvite(Command, frozen=True, kw_only=True):
    role: Literal["admin", "contributor", "viewer"] = "contributor"
    expires_in_seconds: Annotated[int, Meta(ge=60, le=31_536_000)] = 604_800
    max_uses: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class ProjectFilter(Message, frozen=True, kw_only=True):
    archived: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class MemberView(View, frozen=True, kw_only=True):
    user_id: Id
    username: str
    role: Role
    # With a default, because it is read from what earlier versions have kept, too.
    avatar_url: str | None = None


class ProjectView(View, frozen=True, kw_only=True):
    """A project; `role` is the reader's own, null for an outsider and in events."""

    id: Id
    name: str
    description: str
    visibility: Visibility
    color: str
    owner_id: Id
    role: Role | None
    archived_at: InstantText | None
    created_at: InstantText
    members: list[MemberView]


def member_view(member: Member) -> MemberView:
    return MemberView(
        user_id=member.user_id,
        username=member.username,
        role=member.role,
        avatar_url=member.avatar_url,
    )


def project_view(project: Project, *, for_event: bool = False) -> ProjectView:
    return ProjectView(
        id=project.id,
        name=project.name,
        description=project.description,
        visibility=project.visibility,
        color=project.color,
        owner_id=project.owner_id,
        role=None if for_event else project.role,
        archived_at=instant_text_or_none(project.archived_at),
        created_at=instant_text(project.created_at),
        members=[member_view(member) for member in project.members],
    )


class ProjectMade(View, frozen=True, kw_only=True):
    project_id: Id
    project: ProjectView


class Succeeded(View, frozen=True, kw_only=True):
    success: Literal[True] = True


class InviteMade(View, frozen=True, kw_only=True):
    """`code` is shown this once; `url` is the page that accepts it."""

    code: str
    url: str
    expires_at: InstantText


class ProjectEvent(View, frozen=True, kw_only=True):
    """project:updated: the project as it is now."""

    project: ProjectView


class ProjectRef(View, frozen=True, kw_only=True):
    id: Id


class ProjectDeleted(View, frozen=True, kw_only=True):
    """project:deleted: it is gone; its entries stay with their users."""

    project: ProjectRef


class MemberEvent(View, frozen=True, kw_only=True):
    """member:joined, member:updated."""

    project_id: Id
    member: MemberView


class MemberLeft(View, frozen=True, kw_only=True):
    """member:left."""

    project_id: Id
    user_id: Id


class RunningView(View, frozen=True, kw_only=True):
    """A timer that runs on a project, and whose it is."""

    entry: EntryView
    user: Tracker


class ProjectSnapshot(View, frozen=True, kw_only=True):
    """What a subscriber of a project's channel begins with."""

    project: ProjectView
    running: list[RunningView]
    presence: PresenceView | None
