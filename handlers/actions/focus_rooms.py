"""Focus rooms: make, find, read, edit, delete, and look back on their rounds."""

import re
import secrets
import unicodedata
from collections import defaultdict
from dataclasses import replace
from uuid import UUID

import asyncpg
from msgspec import UNSET

from handlers.actions.identity import Principal
from handlers.actions.presence import read_presence
from handlers.actions.room_control import change_settings
from handlers.actions.room_core import Held, channel_of, in_room, settle_due_in
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, instant_text, instant_text_or_none
from handlers.messages.presence import PresenceView
from handlers.messages.rooms import (
    ClosedFor,
    RoomClosed,
    RoomCreate,
    RoomEdit,
    RoomMade,
    RoomView,
    RoundMemberView,
    RoundPhaseView,
    RoundView,
    member_view,
    message_view,
    room_view,
)
from rooms.errors import Forbidden, Invalid, NotFound
from rooms.room import Decision, End, RoomSettings, decide
from storage import attendance, projects, room_members, room_talk, rooms
from storage.database import Connection, acquired
from storage.rooms import NewRoom, RoomRight, RoomRow

MOST_MEMBERS = 200
MOST_MESSAGES = 50


async def make_room(
    services: Services, user: Principal, request: RoomCreate, command_id: UUID | None
) -> RoomMade:
    """Make a room that the caller owns, hosts and is the first member of."""

    async def act(unit: Unit) -> RoomMade:
        name = request.name.strip()
        await _check_project(unit.connection, user, request.visibility, request.project_id)
        new = NewRoom(
            slug_of(name),
            name,
            user.user_id,
            request.project_id,
            request.visibility,
            request.settings.over(RoomSettings()),
        )
        room_id = await rooms.insert_room(unit.connection, new)
        await room_members.add_member(unit.connection, room_id, user.user_id)
        row = await rooms.read_room(unit.connection, room_id)
        assert row is not None, "it was made just now"
        view = await _whole(unit.connection, row, None)
        return RoomMade(room_id=room_id, slug=row.slug, room=view)

    sender = envelope(user.user_id, command_id, "room make", request)
    return await run_command(services, sender, RoomMade, act)


def slug_of(name: str) -> str:
    """A readable address that nobody guesses: it ends in 64 random bits [R7]."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{words or 'room'}-{secrets.token_hex(8)}"


async def _check_project(
    connection: Connection, user: Principal, visibility: str, project_id: int | None
) -> None:
    """A room may belong to a project on which its owner may track time."""
    if project_id is None:
        if visibility == "project":
            raise Invalid.field("project_id", "is required for a room of a project's members")
        return
    access = await projects.read_access(connection, project_id, user.user_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require_tracking()


async def list_rooms(
    services: Services,
    user: Principal,
    *,
    mine: bool,
    project_id: int | None,
    before_id: int | None,
    limit: int,
) -> list[RoomView]:
    """The rooms that the caller may find, the newest first."""
    async with acquired(services.db) as connection:
        found = await rooms.list_rooms(
            connection,
            user.user_id,
            mine=mine,
            project_id=project_id,
            before_id=before_id,
            limit=limit,
        )
    return [room_view(row) for row in found]


async def read_room(services: Services, user: Principal, slug: str) -> RoomView:
    """The room as it is now; who is in it, only for those who may follow it. Raises NotFound."""
    await settle_due_in(services, slug)
    async with acquired(services.db) as connection:
        row, right = await _find(services, connection, user, slug)
        if not right.may_read:
            return room_view(row)
    presence = await read_presence(services, channel_of(row.id))
    async with acquired(services.db) as connection:
        return await _whole(connection, row, presence)


async def snapshot_of(
    connection: Connection, room_id: int, presence: PresenceView | None
) -> RoomView:
    """What a subscriber of the room's channel begins with. The right has been checked."""
    row = await rooms.read_room(connection, room_id)
    assert row is not None, "it was there in the same snapshot"
    return await _whole(connection, row, presence)


async def _whole(connection: Connection, row: RoomRow, presence: PresenceView | None) -> RoomView:
    statuses = {p.user_id: p.status for p in presence.users} if presence else {}
    members = await room_members.list_members(connection, row.id, row.room.next_round, MOST_MEMBERS)
    messages = await room_talk.list_messages(connection, row.id, MOST_MESSAGES)
    return room_view(
        row,
        members=[member_view(m, row.host_id, statuses.get(m.user_id)) for m in members],
        messages=[message_view(message) for message in messages],
        presence=presence,
    )


async def _find(
    services: Services, connection: Connection, user: Principal, slug: str
) -> tuple[RoomRow, RoomRight]:
    found = await rooms.find_room(connection, slug, services.terms.room_idle)
    row = found and await rooms.read_room(connection, found[0])
    right = found and await rooms.read_right(connection, found[0], user.user_id)
    if not row or not right or row.closed or not (right.may_join or right.banned):
        raise NotFound("There is no such room.")
    return row, right


async def edit_room(
    services: Services, user: Principal, slug: str, request: RoomEdit, command_id: UUID | None
) -> RoomView:
    """Change name, visibility, project and settings: the owner all, the host the settings.

    Who is no member loses a public room at once when it is public no more.
    """

    async def act(held: Held) -> RoomView:
        particulars = (request.name, request.visibility, request.project_id)
        if any(field is not UNSET for field in particulars) and not held.right.owns:
            held.require_membership()
            raise Forbidden("Only the owner of the room changes that.")
        if not held.right.owns:
            held.require_control()
        held.require_version(request.version)
        if any(field is not UNSET for field in particulars):
            await _write_particulars(held, request)
        settings = request.settings.over(held.room.settings)
        if settings != held.room.settings:
            return await change_settings(held, request.settings, request.apply)
        return room_view(held.row)

    return await in_room(services, user, slug, command_id, f"edit {slug}", request, RoomView, act)


async def _write_particulars(held: Held, request: RoomEdit) -> None:
    row = held.row
    changed = replace(
        row,
        name=row.name if request.name is UNSET else request.name.strip(),
        visibility=row.visibility if request.visibility is UNSET else request.visibility,
        project_id=row.project_id if request.project_id is UNSET else request.project_id,
    )
    if changed == row:
        return
    if (changed.visibility, changed.project_id) != (row.visibility, row.project_id):
        await _check_project(
            held.unit.connection, held.user, changed.visibility, changed.project_id
        )
    await rooms.write_particulars(held.unit.connection, changed)
    held.row = changed
    await held.save_change("edited")
    if row.visibility == "public" and changed.visibility != "public":
        held.unit.hide_past(channel_of(row.id))


async def delete_room(
    services: Services, user: Principal, slug: str, command_id: UUID | None
) -> None:
    """Close a room for good; its rounds and what they earned stay with their members."""

    async def act(held: Held) -> Nothing:
        if not held.right.owns:
            held.require_membership()
            raise Forbidden("Only the owner of the room deletes it.")
        await close(held.unit, held.row, held.due, "deleted")
        return Nothing()

    await in_room(services, user, slug, command_id, f"delete {slug}", None, Nothing, act)


async def close(unit: Unit, row: RoomRow, due: Decision, reason: ClosedFor) -> None:
    """End the round, everybody's stay and the room, whose row is held."""
    if row.room.in_round:
        due = due.then(decide(row.room, End(), row.now))
    await rooms.write_decisions(unit.connection, [(row.id, due)])
    await attendance.depart_all(unit.connection, row.id)
    await rooms.close_room(unit.connection, row.id)
    await room_members.remove_members(unit.connection, row.id)
    unit.tell(channel_of(row.id), "room:closed", RoomClosed(reason=reason))
    unit.hide_past(channel_of(row.id))


async def read_history(
    services: Services, user: Principal, slug: str, before_round: int | None, limit: int
) -> list[RoundView]:
    """A page of the room's rounds, the newest first [R8]; for those who may follow it."""
    async with acquired(services.db) as connection:
        row, right = await _find(services, connection, user, slug)
        if not right.may_read:
            raise Forbidden("Join the room first.")
        rounds, phases, members = await room_talk.read_rounds(
            connection, row.id, before_round, limit
        )
    phases_of = _by_round(phases)
    members_of = _by_round(members)
    return [
        _round_view(r, phases_of[r["round"]], members_of[r["round"]], user.user_id) for r in rounds
    ]


def _by_round(rows: list[asyncpg.Record]) -> dict[int, list[asyncpg.Record]]:
    found: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        found[row["round"]].append(row)
    return found


def _round_view(
    row: asyncpg.Record, phases: list[asyncpg.Record], members: list[asyncpg.Record], reader: int
) -> RoundView:
    return RoundView(
        round=row["round"],
        started_at=instant_text(row["started_at"]),
        ended_at=instant_text_or_none(row["ended_at"]),
        work_seconds=sum(p["seconds"] for p in phases if p["phase"] == "work"),
        phases=[
            RoundPhaseView(
                phase=p["phase"],
                cycle=p["cycle"],
                started_at=instant_text(p["phase_started_at"]),
                ended_at=instant_text(p["ended_at"]),
                seconds=p["seconds"],
            )
            for p in phases
        ],
        members=[_round_member(m, reader) for m in members],
    )


def _round_member(row: asyncpg.Record, reader: int) -> RoundMemberView:
    """What a reader sees of a member: less of who hides activity or descriptions [V2]."""
    own = row["user_id"] == reader
    shown = own or row["show_activity"]
    worded = shown and (own or not row["hide_descriptions"])
    return RoundMemberView(
        user_id=row["user_id"],
        username=row["username"],
        intention=(row["intention"] or None) if worded else None,
        outcome=row["outcome"] if shown else None,
        credited_seconds=row["credited_seconds"] if shown else None,
        avatar_url=row["avatar_url"],
    )
