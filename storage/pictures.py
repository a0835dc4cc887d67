"""Whose picture is which: the addresses in `users` and `badges`, and the names in them."""

import re
from dataclasses import dataclass
from typing import Literal

from storage.database import Connection
from storage.queries import load

SQL = load("pictures")
Kind = Literal["user", "badge"]
_NAME = re.compile(r"(user|badge)-([1-9][0-9]{0,15})-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Owner:
    """A user, or a badge."""

    kind: Kind
    id: int

    def name(self, random: str) -> str:
        """The name of a picture of theirs. It says whose it is, so that nobody who refers to the
        address of somebody else's can have that removed."""
        return f"{self.kind}-{self.id}-{random}"

    def name_in(self, url: str) -> str | None:
        """The name of their own picture in an address, if it is one."""
        found = _NAME.search(url)
        return found[0] if found and found[0].startswith(f"{self.kind}-{self.id}-") else None


@dataclass(frozen=True, slots=True)
class Swapped:
    """The address that an owner had before, if any."""

    url: str | None


def owner_of(name: str) -> Owner | None:
    """Whose picture has this name; None for what is no name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return Owner("user" if found[1] == "user" else "badge", int(found[2]))


async def swap(connection: Connection, owner: Owner, url: str | None) -> Swapped | None:
    """Give an owner this address; None if there is no such owner."""
    swap_of = {"user": SQL["swap_user"], "badge": SQL["swap_badge"]}
    row = await connection.fetchrow(swap_of[owner.kind], owner.id, url)
    return None if row is None else Swapped(row["url"])


async def is_used(connection: Connection, name: str) -> bool:
    """Whether its owner shows the picture of this name."""
    owner = owner_of(name)
    if owner is None:
        return False
    uses = {"user": SQL["user_uses"], "badge": SQL["badge_uses"]}
    return bool(await connection.fetchval(uses[owner.kind], owner.id, name))
