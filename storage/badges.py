"""Badges: the catalogue and its criteria, and who has which."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import asyncpg

from rooms.rules.badge_catalogue import BuiltIn
from rooms.rules.badges import Criteria, parse_criteria
from storage.database import Connection, Pool, acquired
from storage.queries import load

SQL = load("badges")
Tier = Literal["bronze", "silver", "gold"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge; `criteria` is as it was saved, `rule` what it means."""

    id: int
    key: str
    name: str
    description: str
    criteria: Any
    family: str | None
    tier: Tier | None
    image_url: str | None
    built_in: bool
    created_at: datetime

    @property
    def rule(self) -> Criteria:
        """Raises Invalid for criteria that were never checked."""
        return _parsed(json.dumps(self.criteria))


@lru_cache(maxsize=1000)
def _parsed(criteria: str) -> Criteria:
    # The same few, for everybody who has done something.
    return parse_criteria(json.loads(criteria))


@dataclass(frozen=True, slots=True)
class Awarded:
    badge: Badge
    awarded_at: datetime


def _badge_of(row: asyncpg.Record) -> Badge:
    return Badge(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        description=row["description"],
        criteria=json.loads(row["criteria"]),
        family=row["family"],
        tier=row["tier"],
        image_url=row["image_url"],
        built_in=row["built_in"],
        created_at=row["created_at"],
    )


async def put_built_in(pool: Pool, catalogue: Sequence[BuiltIn]) -> None:
    """Add the built-in badges that are not there yet [B3]."""
    async with acquired(pool) as connection, connection.transaction():
        await connection.execute(SQL["lock_catalogue"])
        await connection.execute(
            SQL["put_built_in"],
            [b.key for b in catalogue],
            [b.name for b in catalogue],
            [b.description for b in catalogue],
            [json.dumps(b.criteria) for b in catalogue],
            [b.family for b in catalogue],
            [b.tier for b in catalogue],
        )


async def list_badges(connection: Connection) -> list[Badge]:
    return [_badge_of(row) for row in await connection.fetch(SQL["all"])]


async def read_badge(connection: Connection, badge_id: int) -> Badge | None:
    row = await connection.fetchrow(SQL["by_id"], badge_id)
    return None if row is None else _badge_of(row)


async def insert_badge(connection: Connection, badge: Badge) -> Badge:
    """Add a badge; its id and instant are given. Raises the unique violation of a key."""
    row = await connection.fetchrow(
        SQL["insert"], badge.key, badge.name, badge.description, json.dumps(badge.criteria),
        badge.family, badge.tier, badge.image_url,
    )  # fmt: skip
    assert row is not None
    return _badge_of(row)


async def update_badge(connection: Connection, badge: Badge) -> Badge | None:
    row = await connection.fetchrow(
        SQL["update"], badge.id, badge.name, badge.description, json.dumps(badge.criteria),
        badge.family, badge.tier, badge.image_url,
    )  # fmt: skip
    return None if row is None else _badge_of(row)


async def delete_badge(connection: Connection, badge_id: int) -> bool:
    """Show it no more; who has it keeps it."""
    return await connection.fetchval(SQL["delete"], badge_id) is not None


async def badges_to_backfill(pool: Pool) -> list[int]:
    """The badges for which nobody's past has been looked at."""
    return [row[0] for row in await pool.fetch(SQL["to_backfill"])]


async def set_backfilled(pool: Pool, badge_ids: Sequence[int]) -> None:
    await pool.execute(SQL["set_backfilled"], list(badge_ids))


async def badges_of(
    connection: Connection, user_id: int, before: tuple[datetime, int] | None, limit: int
) -> list[Awarded]:
    """Somebody's badges, the latest first."""
    rows = await connection.fetch(SQL["of_user"], user_id, *(before or (None, None)), limit)
    return [Awarded(_badge_of(row), row["awarded_at"]) for row in rows]
