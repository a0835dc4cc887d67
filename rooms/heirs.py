"""Who follows when the owner of a project or of a room goes for good [V3]."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_RANK = {"admin": 0, "cohost": 0, "contributor": 1, "member": 1, "viewer": 2}


@dataclass(frozen=True, slots=True)
class Heir:
    """A member who could follow: `since` is when they joined."""

    user_id: int
    role: str
    since: datetime


def heir_of(members: Iterable[Heir]) -> int | None:
    """Whoever has the highest role, and of those who has been there longest; None without any."""
    ordered = sorted(members, key=lambda one: (_RANK[one.role], one.since, one.user_id))
    return ordered[0].user_id if ordered else None
