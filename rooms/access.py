"""What each role of a project may do (docs/PROTOCOL.md, "Roles").

`viewer` reads; `contributor` also tracks time; `admin` also edits, invites and manages members;
`owner` also deletes and transfers. An outsider of a private project may not even know of it.
"""

from dataclasses import dataclass
from typing import Literal

from rooms.errors import Conflict, Forbidden, NotFound

Role = Literal["owner", "admin", "contributor", "viewer"]
Deed = Literal["read", "track", "manage", "own"]

_MAY: dict[Role, frozenset[Deed]] = {
    "viewer": frozenset({"read"}),
    "contributor": frozenset({"read", "track"}),
    "admin": frozenset({"read", "track", "manage"}),
    "owner": frozenset({"read", "track", "manage", "own"}),
}


@dataclass(frozen=True, slots=True)
class ProjectAccess:
    """What is known of a project when somebody asks to do something with it."""

    project_id: int
    public: bool
    archived: bool
    role: Role | None

    def require(self, deed: Deed) -> None:
        """Pass, or raise NotFound (may not know of it) or Forbidden (may read, not do)."""
        if self.role is None:
            if not self.public:
                raise NotFound("There is no such project.")
            if deed != "read":
                raise Forbidden("Join the project first.")
            return
        if deed not in _MAY[self.role]:
            raise Forbidden(f"A {self.role} of the project may not do that.")

    @property
    def may_track(self) -> bool:
        """Whether `require_tracking` would pass."""
        return self.role is not None and "track" in _MAY[self.role] and not self.archived

    def require_tracking(self) -> None:
        """Like `require("track")`; also raises Conflict when the project is archived."""
        self.require("track")
        if self.archived:
            raise Conflict("The project is archived.")


def may_assign(actor: Role, target: Role, new: Role) -> bool:
    """Whether a member with role `actor` may give a member with role `target` the role `new`.

    Ownership is handed over by the owner alone; an admin manages everybody below the owner.
    """
    if actor == "owner":
        return target != "owner"
    return actor == "admin" and "owner" not in (target, new)
