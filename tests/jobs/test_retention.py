"""What is older than a setting says is removed, some rows at a time; what is younger stays."""

from dataclasses import fields, replace
from datetime import timedelta
from uuid import uuid4

import pytest

from handlers.actions.retention import Retention
from handlers.jobs.retention import retain
from server.instance import Instance
from tests.support.logs import Logs, long_ago

FOR_EVER = Retention(**{field.name: 0 for field in fields(Retention)})
# What puts a thing of a kind that is so old, and what counts them.
_PUT: dict[str, tuple[str, str]] = {
    "deleted_entries": (
        "insert into time_entries (user_id, started_at, ended_at, ended_by, deleted_at, source,"
        " timezone, day_starts_at) values ($1, now() - interval '99 days',"
        " now() - interval '99 days', 'stop', now() - $2::interval, 'timer', 'UTC', 0)",
        "select count(*) from time_entries",
    ),
    "timeline": (
        "insert into timeline (user_id, event_type, event_data, at)"
        " values ($1, 'timer_started', '{}', now() - $2::interval)",
        "select count(*) from timeline",
    ),
    "notifications": (
        "insert into notifications (user_id, kind, key, data, at)"
        " values ($1, 'x', gen_random_uuid()::text, '{}', now() - $2::interval)",
        "select count(*) from notifications",
    ),
    "logins": (
        "insert into logins (user_id, expires_at, revoked_at)"
        " values ($1, now(), now() - $2::interval)",
        "select count(*) from logins",
    ),
    "used_tokens": (
        "with l as (insert into logins (user_id, expires_at) values ($1, now()) returning id)"
        " insert into refresh_tokens (token_hash, login_id, used_at)"
        " select sha256(gen_random_uuid()::text::bytea), id, now() - $2::interval from l",
        "select count(*) from refresh_tokens",
    ),
    "invites": (
        "with p as (insert into projects (owner_id, name, color) values ($1, 'Atlas', '#336699')"
        " returning id) insert into project_invites (code_hash, project_id, role, created_by,"
        " expires_at) select sha256(gen_random_uuid()::text::bytea), id, 'viewer', $1,"
        " now() - $2::interval from p",
        "select count(*) from project_invites",
    ),
    "admin_log": (
        "insert into admin_log (admin_id, action, user_id, at)"
        " values ($1, 'restore', $1, now() - $2::interval)",
        "select count(*) from admin_log",
    ),
}


@pytest.mark.parametrize("name", sorted(_PUT))
async def test_a_setting_removes_what_is_older(quiet: Instance, name: str) -> None:
    """In batches of one row, as in batches of many; 0 keeps everything."""
    put, count = _PUT[name]
    user = await Logs.of(quiet).world.user()
    for days in (50, 41, 39):
        await quiet.db.execute(put, user, timedelta(days=days))
    await retain(quiet.services, FOR_EVER)
    assert await quiet.db.fetchval(count) == 3
    await retain(quiet.services, replace(FOR_EVER, **{name: 40}), limit=1)
    assert await quiet.db.fetchval(count) == 1


async def test_every_setting_is_tried_here() -> None:
    in_rooms = {"presence", "room_history", "room_messages"}
    assert {field.name for field in fields(Retention)} == set(_PUT) | in_rooms


async def test_of_presence_stays_what_somebody_still_needs(quiet: Instance) -> None:
    """[C2, B1] The first stay of each room, what is not credited yet, and who is there."""
    logs = Logs.of(quiet, long_ago(days=60))
    ada = await logs.world.user()
    room, other = await logs.room(ada), await logs.room(ada)
    for minute in (0, 100, 200, 300):
        await logs.stay(room, ada, logs.at(minute), logs.at(minute + 50))
    await logs.stay(room, ada, logs.at(400), None)
    for minute in (0, 100):
        await logs.stay(other, ada, logs.at(minute), logs.at(minute + 50), by=uuid4())
    await logs.ran(room, 210, 235)  # a stretch of work that nobody has been credited for
    kept = replace(FOR_EVER, presence=40)
    await retain(quiet.services, kept, limit=1)
    rows = await quiet.db.fetch("select room_id, from_at from room_presence order by 1, 2")
    assert [(row["room_id"], row["from_at"]) for row in rows] == [
        (room, logs.at(0)),
        (room, logs.at(200)),
        (room, logs.at(300)),
        (room, logs.at(400)),
        (other, logs.at(0)),
    ]
    await quiet.db.execute("update room_stretches set credited_at = now()")
    await retain(quiet.services, kept)
    assert await quiet.db.fetchval("select count(*) from room_presence") == 3


async def test_rounds_and_what_was_said_go_with_their_time(quiet: Instance) -> None:
    """[R8] The first round of a room stays, by which badges are dated."""
    logs = Logs.of(quiet, long_ago(days=60))
    ada = await logs.world.user()
    room = await logs.room(ada)
    for number in (1, 2, 3):
        minute = 100.0 * number
        await logs.ran(room, minute, minute + 25, round=number)
        await quiet.db.execute(
            "insert into room_rounds values ($1, $2, $3, $3)", room, number, logs.at(minute)
        )
        await quiet.db.execute(
            "insert into room_intentions values ($1, $2, $3, 'plans')", room, number, ada
        )
    for days in (3, 0):
        await quiet.db.execute(
            "insert into room_messages (room_id, user_id, text, at)"
            " values ($1, $2, 'hello', now() - $3::interval)",
            room, ada, timedelta(days=days),
        )  # fmt: skip
    await quiet.db.execute("insert into room_bans values ($1, $2, 0)", room, ada)
    await retain(quiet.services, replace(FOR_EVER, room_history=40, room_messages=1), limit=1)
    for table in ("room_rounds", "room_stretches", "room_intentions"):
        rounds = await quiet.db.fetch(f"select round from {table}")
        assert [row["round"] for row in rounds] == [1], table
    assert await quiet.db.fetchval("select count(*) from room_messages") == 1
    assert await quiet.db.fetchval("select count(*) from room_bans") == 0
