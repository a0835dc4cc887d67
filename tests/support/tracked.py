"""Tracked days as they are derived, and as a recomputation from the entries says."""

import asyncio
from datetime import date

from handlers.actions.settling import settle
from rooms.rules.periods import DayRule
from rooms.rules.tracked import TrackedEntry, tracked_days
from tests.support.commands import Desk, World

Days = dict[tuple[date, int | None], int]


async def settle_all(*desks: Desk) -> None:
    while sum(await asyncio.gather(*(settle(desk.pool) for desk in desks))):
        continue


async def derived(world: World, user_id: int) -> Days:
    rows = await world.sql.fetch(
        "select day, project_id, seconds from tracked_days where user_id = $1", user_id
    )
    return {(row["day"], row["project_id"]): row["seconds"] for row in rows}


async def recomputed(world: World, user_id: int) -> Days:
    rows = await world.sql.fetch(
        "select e.*, p.id as project from time_entries e"
        " left join projects p on p.id = e.project_id and p.deleted_at is null"
        " where e.user_id = $1 and e.deleted_at is null",
        user_id,
    )
    return tracked_days(
        TrackedEntry(
            row["project"],
            row["started_at"],
            row["ended_at"],
            DayRule(row["timezone"], row["day_starts_at"]),
        )
        for row in rows
    )
