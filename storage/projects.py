"""Projects, their members and invites."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import asyncpg

from rooms.access import ProjectAccess, Role
from storage.database import Connection, Pool
from storage.queries import load

SQL = load("projects")


@dataclass(frozen=True, slots=True)
class Member:
    user_id: int
    username: str
    role: Role
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class Project:
    """A project as one reader sees it: `role` is the reader's own, None for an outsider."""

    id: int
    name: str
    description: str
    visibility: Literal["private", "public"]
    color: str
    owner_id: int
    role: Role | None
    archived_at: datetime | None
    created_at: datetime
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Invite:
    project_id: int
    role: Role
    expired: bool
    used_up: bool


async def insert_project(
    connection: Connection, owner_id: int, name: str, description: str, visibility: str, color: str
) -> int:
    project_id: int = await connection.fetchval(
        SQL["insert"], owner_id, name, description, visibility, color
    )
    return project_id


async def read_access(
    connection: Connection | Pool, project_id: int, user_id: int
) -> ProjectAccess | None:
    """What the user may do with the project; None if there is no such project."""
    row = await connection.fetchrow(SQL["access"], project_id, user_id)
    return None if row is None else ProjectAccess(*row)


async def lock_project(connection: Connection, project_id: int) -> bool:
    """Lock the project until commit; False if there is none. After the users' locks."""
    return await connection.fetchval(SQL["lock"], project_id) is not None


async def read_project(
    connection: Connection | Pool, project_id: int, user_id: int
) -> Project | None:
    """The project with its members, whoever asks: entitlement is the caller's to check."""
    row = await connection.fetchrow(SQL["read"], project_id, user_id)
    return None if row is None else (await _with_members(connection, [row]))[0]


async def list_projects(
    connection: Connection, user_id: int, *, archived: bool | None, after_id: int, limit: int
) -> list[Project]:
    """The user's projects with an id above `after_id`, in the order of their ids."""
    rows = await connection.fetch(SQL["list"], user_id, archived, after_id, limit)
    return await _with_members(connection, rows)


async def _with_members(
    connection: Connection | Pool, rows: Sequence[asyncpg.Record]
) -> list[Project]:
    members: dict[int, list[Member]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(SQL["members"], list(members)):
        member = Member(row["user_id"], row["username"], row["role"], row["avatar_url"])
        members[row["project_id"]].append(member)
    return [Project(**dict(row), members=tuple(members[row["id"]])) for row in rows]


async def update_project(
    connection: Connection,
    project_id: int,
    *,
    name: str | None = None,
    description: str | None = None,
    color: str | None = None,
    visibility: str | None = None,
) -> None:
    """None leaves a field as it is."""
    await connection.execute(SQL["update"], project_id, name, description, color, visibility)


async def set_archived(connection: Connection, project_id: int, archived: bool) -> None:
    await connection.execute(SQL["archive"], project_id, archived)


async def mark_deleted(connection: Connection, project_id: int) -> None:
    await connection.execute(SQL["mark_deleted"], project_id)


async def read_member(connection: Connection, project_id: int, user_id: int) -> Member | None:
    row = await connection.fetchrow(SQL["member"], project_id, user_id)
    return None if row is None else Member(*row)


async def add_member(connection: Connection, project_id: int, user_id: int, role: Role) -> bool:
    """False if the user is a member already."""
    return await connection.fetchval(SQL["add_member"], project_id, user_id, role) is not None


async def set_role(connection: Connection, project_id: int, user_id: int, role: Role) -> None:
    await connection.execute(SQL["set_role"], project_id, user_id, role)


async def set_owner(connection: Connection, project_id: int, user_id: int) -> None:
    """Names the owner in the project's own row; their member's row is the caller's to change."""
    await connection.execute(SQL["set_owner"], project_id, user_id)


async def remove_member(connection: Connection, project_id: int, user_id: int) -> None:
    await connection.execute(SQL["remove_member"], project_id, user_id)


async def insert_invite(
    connection: Connection,
    code_hash: bytes,
    project_id: int,
    role: Role,
    created_by: int,
    expires_at: datetime,
    max_uses: int | None,
) -> None:
    await connection.execute(
        SQL["insert_invite"], code_hash, project_id, role, created_by, expires_at, max_uses
    )


async def read_invite(connection: Connection, code_hash: bytes) -> Invite | None:
    row = await connection.fetchrow(SQL["invite"], code_hash)
    return None if row is None else Invite(*row)


async def use_invite(connection: Connection, code_hash: bytes) -> None:
    await connection.execute(SQL["use_invite"], code_hash)


async def projects_to_detach(pool: Pool, limit: int = 10) -> list[int]:
    """Deleted projects whose entries still point at them."""
    return [row[0] for row in await pool.fetch(SQL["to_detach"], limit)]


async def set_detached(pool: Pool, project_id: int) -> None:
    await pool.execute(SQL["detached"], project_id)


async def shown_on(connection: Connection, user_id: int) -> list[tuple[int, int]]:
    """(project_id, entry_id) of the projects that show the user's running timer."""
    rows = await connection.fetch(SQL["project_ids_of"], user_id)
    return [(cast(int, row[0]), cast(int, row[1])) for row in rows]


async def memberships_of(connection: Connection, user_id: int) -> list[tuple[int, Role]]:
    """(project, role) of the projects that somebody belongs to."""
    return [(row[0], row[1]) for row in await connection.fetch(SQL["memberships"], user_id)]


async def joined_by(connection: Connection, user_id: int) -> list[int]:
    """The projects somebody belongs to."""
    return [row[0] for row in await connection.fetch(SQL["joined_by"], user_id)]
