"""Deleting accounts: who is held, who follows, and what becomes of every row that names somebody.

Each table with a column that says whose its rows are is in one of three lists here, and a test
asks the database whether any is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rooms.access import Role
from rooms.heirs import Heir
from storage.database import Connection, Pool
from storage.queries import load

SQL = load("deletion")

# Emptied in the transaction that deletes the account.
AT_ONCE: Mapping[str, str] = {
    "refresh_tokens": SQL["refresh_tokens"],
    "push_subscriptions": SQL["push_subscriptions"],
    "identities": SQL["identities"],
    "mail_links": SQL["mail_links"],
    "totp": SQL["totp"],
    "recovery_codes": SQL["recovery_codes"],
    "follows": SQL["follows"],
    "notification_choices": SQL["notification_choices"],
    "project_invites": SQL["project_invites"],
    "room_bans": SQL["room_bans"],
    "webhooks": SQL["webhooks"],
    "calendars": SQL["calendars"],
    "dirty_users": SQL["marks"],
    "dirty_earnings": SQL["earnings"],
    "dirty_boards": SQL["boards"],
}
# By which one gets into an account, or what happens in it gets out, besides logins and API tokens.
WAYS = ("identities", "totp", "recovery_codes", "push_subscriptions", "webhooks", "calendars")
# Emptied by a job, so many rows at a time: nothing of them is to be seen any more. Entries come
# first, since what is derived is derived from them.
BY_JOB: Mapping[str, str] = {
    "time_entries": SQL["time_entries"],
    "tracked_days": SQL["tracked_days"],
    "focus_days": SQL["focus_days"],
    "focus_project_days": SQL["focus_project_days"],
    "board_days": SQL["board_days"],
    "board_scores": SQL["board_scores"],
    "user_badges": SQL["user_badges"],
    "user_streaks": SQL["user_streaks"],
    "timeline": SQL["timeline"],
    "notifications": SQL["notifications"],
    "command_results": SQL["command_results"],
    "tags": SQL["tags"],
    "imported_entries": SQL["imported_entries"],
    "imports": SQL["imports"],
    "digests": SQL["digests"],
    "room_messages": SQL["room_messages"],
    "room_intentions": SQL["room_intentions"],
    "admin_log": SQL["admin_log"],
    "projects": SQL["own_projects"],
}
# These stay, or go by other means, for the reason given.
OTHERWISE: Mapping[str, str] = {
    "project_members": "left one by one, so that the others are told",
    "room_members": "left one by one, so that the others are told",
    "rooms": "handed over or closed; a closed one keeps the number of its owner",
    "logins": "ended and blank, until nobody has to learn of their end any more",
    "api_tokens": "ended and blank, until nobody has to learn of their end any more",
    "room_presence": "the history of rooms, which others share: a number, no name",
    "room_credits": "the history of rooms, which others share: a number, no name",
    "board_pushes": "taken out once Redis has been told that they are off the boards",
    "erasures": "what is still to be done, and goes with the last of it",
}


@dataclass(frozen=True, slots=True)
class Erasure:
    """What is still to be removed of somebody: rows, then what channels would replay, then what
    other users were told; `position` is the last channel, or user, that was looked at."""

    user_id: int
    username: str
    asked_at: datetime
    stage: Literal["rows", "channels", "users"]
    position: str


@dataclass(frozen=True, slots=True)
class Membership:
    project_id: int
    role: Role


async def hold(connection: Connection, user_ids: Sequence[int]) -> set[int]:
    """Lock these users until commit, suspended or not; answers those that are there."""
    return {row[0] for row in await connection.fetch(SQL["hold"], sorted(set(user_ids)))}


async def hold_deleted(connection: Connection, user_id: int) -> None:
    """Lock what is left of somebody until commit."""
    await connection.execute(SQL["hold_deleted"], user_id)


async def others_are_left(connection: Connection, user_id: int) -> bool:
    """Whether there is any other account."""
    left: bool = await connection.fetchval(SQL["other_users"], user_id)
    return left


async def lock_projects(connection: Connection, user_id: int) -> list[Membership]:
    """What somebody belongs to, each project locked, as it is behind the locks."""
    await connection.execute(SQL["lock_projects"], user_id)
    return [Membership(*row) for row in await connection.fetch(SQL["memberships"], user_id)]


async def project_heirs(connection: Connection, project_id: int, user_id: int) -> list[Heir]:
    """The other members of a project who could own it."""
    return [Heir(*row) for row in await connection.fetch(SQL["project_heirs"], project_id, user_id)]


async def lock_rooms(connection: Connection, user_id: int, project_ids: Sequence[int]) -> None:
    """Lock the rooms that somebody is in, owns or hosts, and those of these projects."""
    await connection.execute(SQL["lock_rooms"], user_id, list(project_ids))


async def rooms_of(connection: Connection, user_id: int) -> list[int]:
    """The open rooms that somebody is in, owns or hosts."""
    return [row[0] for row in await connection.fetch(SQL["rooms_of"], user_id)]


async def room_heirs(connection: Connection, room_id: int, user_id: int) -> list[Heir]:
    """The other members of a room who could own it."""
    return [Heir(*row) for row in await connection.fetch(SQL["room_heirs"], room_id, user_id)]


async def set_room_owner(connection: Connection, room_id: int, owner_id: int) -> None:
    await connection.execute(SQL["set_room_owner"], room_id, owner_id)


async def end_running(connection: Connection, user_id: int) -> list[tuple[int | None, int]]:
    """Delete what runs; answers (project_id, entry_id)."""
    return [(row[0], row[1]) for row in await connection.fetch(SQL["running"], user_id)]


async def anonymise(connection: Connection, user_id: int) -> list[int]:
    """Make nobody of somebody who is held: no name, no way in; answers the logins that ended.

    What is left of them is removed by a job, which finds it by `read_erasure`.
    """
    await connection.execute(SQL["remember"], user_id)
    ended = [row[0] for row in await connection.fetch(SQL["blank_logins"], user_id)]
    ended += [row[0] for row in await connection.fetch(SQL["blank_api_tokens"], user_id)]
    for statement in AT_ONCE.values():
        await connection.execute(statement, user_id)
    await connection.execute(SQL["dead_letters"], user_id)
    await connection.execute(SQL["anonymise"], user_id)
    return ended


async def remove_ways(connection: Connection, user_id: int) -> None:
    """Remove all `WAYS` of somebody who is held."""
    for table in WAYS:
        await connection.execute(AT_ONCE[table], user_id)


async def erase_some(connection: Connection, table: str, user_id: int, limit: int) -> int:
    """Remove some rows of a table of `BY_JOB`; answers how many."""
    done: str = await connection.execute(BY_JOB[table], user_id, limit)
    return int(done.split()[-1])


async def unmark(connection: Connection, user_id: int) -> None:
    """Nothing is to be derived of them any more."""
    for table in ("dirty_users", "dirty_earnings", "dirty_boards"):
        await connection.execute(AT_ONCE[table], user_id)


async def read_erasure(connection: Connection, user_id: int) -> Erasure | None:
    """How far the removal of an account's traces has come; None when nothing is left to do."""
    row = await connection.fetchrow(SQL["erasure"], user_id)
    return None if row is None else Erasure(*row)


async def keep_erasure(connection: Connection, erasure: Erasure) -> None:
    """Remember how far it has come."""
    await connection.execute(SQL["keep_erasure"], erasure.user_id, erasure.stage, erasure.position)


async def erasures_left(pool: Pool, older_than: timedelta) -> list[int]:
    """Whose traces should long be gone."""
    return [row[0] for row in await pool.fetch(SQL["erasures"], older_than)]


async def end_erasure(connection: Connection, user_id: int) -> None:
    await connection.execute(SQL["erased"], user_id)


async def next_channels(connection: Connection, after: str, limit: int) -> str | None:
    """The last of the next channels by name; None where there are no more."""
    last: str | None = await connection.fetchval(SQL["next_channels"], after, limit)
    return last


async def channels_naming(
    connection: Connection, after: str, up_to: str, pattern: str, before: datetime
) -> list[str]:
    """Those channels of a span by name on which something from before that instant is served that
    fits the pattern."""
    rows = await connection.fetch(SQL["naming_channels"], after, up_to, pattern, before)
    return [row[0] for row in rows]


async def delete_hidden(
    connection: Connection, after: str, up_to: str, pattern: str, before: datetime
) -> None:
    """Delete what fits the pattern and is served no more, of a span of channels."""
    await connection.execute(SQL["delete_naming"], after, up_to, pattern, before)


async def delete_own_events(connection: Connection, user_id: int) -> None:
    """Delete what is served no more of somebody's own channel."""
    await connection.execute(SQL["delete_events"], user_id)


async def next_users(connection: Connection, after_id: int, limit: int) -> int | None:
    """The last of the next users by id; None where there are no more."""
    last: int | None = await connection.fetchval(SQL["next_users"], after_id, limit)
    return last


async def rename(
    connection: Connection,
    after_id: int,
    up_to_id: int,
    pattern: str,
    replacement: str,
    before: datetime,
) -> None:
    """Replace a name in what users of a span of ids were told, answered and sent."""
    for statement in (
        SQL["rename_in_notifications"],
        SQL["rename_in_results"],
        SQL["rename_in_deliveries"],
    ):
        await connection.execute(statement, after_id, up_to_id, pattern, replacement, before)
