"""What each role may do (docs/PROTOCOL.md, "Roles")."""

from typing import get_args

import pytest

from rooms.access import Deed, ProjectAccess, Role, may_assign
from rooms.errors import Conflict, Forbidden, NotFound

DEEDS: tuple[Deed, ...] = get_args(Deed)
ROLES: tuple[Role, ...] = get_args(Role)
MAY = {
    "viewer": {"read"},
    "contributor": {"read", "track"},
    "admin": {"read", "track", "manage"},
    "owner": {"read", "track", "manage", "own"},
}


def access(role: Role | None, *, public: bool = False, archived: bool = False) -> ProjectAccess:
    return ProjectAccess(7, public=public, archived=archived, role=role)


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("role", ROLES)
def test_a_member_may_do_what_the_role_says_and_no_more(
    role: Role, deed: Deed, public: bool
) -> None:
    """Whether others may read the project makes no difference to a member."""
    project = access(role, public=public)
    if deed in MAY[role]:
        project.require(deed)
    else:
        with pytest.raises(Forbidden):
            project.require(deed)


@pytest.mark.parametrize("deed", DEEDS)
def test_an_outsider_is_not_told_that_a_private_project_exists(deed: Deed) -> None:
    with pytest.raises(NotFound):
        access(None).require(deed)


def test_anyone_may_read_a_public_project_and_only_read_it() -> None:
    access(None, public=True).require("read")
    for deed in set(DEEDS) - {"read"}:
        with pytest.raises(Forbidden):
            access(None, public=True).require(deed)


def test_nobody_tracks_time_on_an_archived_project() -> None:
    """Who may not track at all is told that, not that it is archived."""
    with pytest.raises(Conflict):
        access("owner", archived=True).require_tracking()
    with pytest.raises(Forbidden):
        access("viewer", archived=True).require_tracking()
    with pytest.raises(NotFound):
        access(None, archived=True).require_tracking()
    access("contributor").require_tracking()


def test_an_archived_project_can_be_read_and_managed() -> None:
    for deed in DEEDS:
        access("owner", archived=True).require(deed)


@pytest.mark.parametrize("new", ROLES)
@pytest.mark.parametrize("target", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_an_admin_manages_everybody_below_the_owner_who_alone_hands_over(
    actor: Role, target: Role, new: Role
) -> None:
    allowed = {
        "owner": target != "owner",
        "admin": "owner" not in (target, new),
    }
    assert may_assign(actor, target, new) == allowed.get(actor, False)
