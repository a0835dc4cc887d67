"""Stamps: what tells whether something that was kept is still as it was.

They come from Postgres, where the transaction of a write changes them. So nobody has to take back
what was kept, and nothing that is lost or late can make it wrong: another state has another name.
"""

from dataclasses import dataclass

from rooms.access import ProjectAccess
from storage.database import Connection
from storage.queries import load

SQL = load("stamps")


@dataclass(frozen=True, slots=True)
class PersonStamp:
    """The state of somebody's numbers. While their days are not `counted`, or it was not looked at
    what they `earned` by them, numbers change under one stamp, and must not be kept."""

    seq: int
    rounds: str
    catalogue: str
    counted: bool
    earned: bool

    @property
    def name(self) -> str:
        return f"{self.seq}:{self.rounds}:{self.catalogue}"


async def stamp_person(connection: Connection, user_id: int) -> PersonStamp:
    row = await connection.fetchrow(SQL["person"], user_id)
    assert row is not None
    return PersonStamp(*row)


async def stamp_project(
    connection: Connection, project_id: int, user_id: int
) -> tuple[ProjectAccess, int] | None:
    """What the user may do with a project, and its state; None if there is no such project."""
    row = await connection.fetchrow(SQL["project"], project_id, user_id)
    if row is None:
        return None
    return ProjectAccess(project_id, row["public"], row["archived"], row["role"]), row["seq"]
