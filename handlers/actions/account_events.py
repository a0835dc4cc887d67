"""What is told of an account that has changed: to its devices, and where its name stands."""

from handlers.actions.unit import Unit
from handlers.messages.accounts import UserUpdated, user_view
from handlers.messages.projects import MemberEvent, MemberView
from storage import projects
from storage.users import User


def tell_devices(unit: Unit, after: User) -> None:
    """Tell the account's own devices how it is now."""
    unit.tell(f"user:{after.id}", "user:updated", UserUpdated(user=user_view(after)))


async def tell_projects(unit: Unit, after: User) -> None:
    """Tell the projects of their member's new name or picture. All else reads them anew."""
    for project_id, role in await projects.memberships_of(unit.connection, after.id):
        member = MemberView(
            user_id=after.id, username=after.username, role=role, avatar_url=after.avatar_url
        )
        told = MemberEvent(project_id=project_id, member=member)
        unit.tell(f"project:{project_id}", "member:updated", told)
