"""Digests of weeks: who is to get one, and what stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rooms.rules.notices import DIGEST, Week
from storage.database import Connection, Pool
from storage.queries import load

SQL = load("digests")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who wants the digest of a week, and what it tells."""

    email: str
    greeting: str
    week: Week


async def zones_of_readers(connection: Connection) -> list[str]:
    rows = await connection.fetch(SQL["zones"], DIGEST)
    return [row["timezone"] for row in rows]


async def ask(
    connection: Connection, week_by_zone: Mapping[str, date], limit: int
) -> list[tuple[int, date]]:
    """(user, week) of some whose digest is due, each answered once."""
    zones, weeks = list(week_by_zone), list(week_by_zone.values())
    rows = await connection.fetch(SQL["ask"], DIGEST, zones, weeks, limit)
    return [(row["user_id"], row["week_on"]) for row in rows]


async def read_week(
    connection: Connection,
    user_id: int,
    week_on: date,
    bounds: tuple[datetime, datetime],
    streak_min_s: int,
) -> Reader | None:
    """What to tell somebody of a week whose days are those from `week_on` on."""
    row = await connection.fetchrow(SQL["week"], user_id, week_on, *bounds, streak_min_s, DIGEST)
    if row is None:
        return None
    week = Week(
        week_on,
        row["seconds"],
        row["active_days"],
        row["streak"],
        tuple(row["badges"]),
        row["rank"],
    )
    return Reader(row["email"], row["name"] or row["username"], week)


async def forget(pool: Pool, before: datetime) -> None:
    await pool.execute(SQL["forget"], before)
