"""What a subscriber of a channel begins with: the missing events, or a snapshot.

Position, entitlement and state are read in one transaction whose statements see one moment, so a
snapshot stands for everything up to its `seq`, and a right that has ended is not there any more.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from handlers.actions.board_live import scope_of
from handlers.actions.boards import may_read, read_own_place
from handlers.actions.earned import read_streak_now
from handlers.actions.focus_rooms import snapshot_of
from handlers.actions.identity import Principal
from handlers.actions.presence import read_presence
from handlers.actions.services import Services
from handlers.messages.accounts import UserView, user_view
from handlers.messages.boards import BoardSnapshot, date_text
from handlers.messages.channels import Replayed, Subscribed, UserSnapshot
from handlers.messages.common import View, instant_text
from handlers.messages.entries import EntryView, Tracker, entry_view, entry_view_or_none
from handlers.messages.presence import PresenceView
from handlers.messages.projects import ProjectSnapshot, RunningView, project_view
from rooms.boards import Scope
from rooms.errors import Forbidden, NotFound, Unauthenticated
from rooms.presence import Phase, phase_shown
from rooms.room import Idle
from storage import projects
from storage.channels import read_after, read_position
from storage.database import Connection, acquired, snapshot
from storage.entries import read_running, running_in_project
from storage.notifications import unread_count
from storage.rooms import read_right, read_room

MOST_EVENTS = 300
_ID = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Since:
    """The position that a subscriber has: nothing is missing up to `seq` of this `epoch`."""

    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to a subscriber. `member` says whether the right rests on a membership,
    `presence_known` whether they were told who is there, `phase` what the room's timer does."""

    answer: Subscribed
    member: bool
    shows_presence: bool = False
    presence_known: bool = False
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """That somebody may read a channel, and how to read its snapshot."""

    member: bool
    read_snapshot: Callable[[], Awaitable[View]]
    shows_presence: bool = False
    read_phase: Callable[[], Awaitable[Phase | None]] | None = None


async def read_channel(services: Services, user: Principal, channel: str, since: Since) -> Reading:
    """What `user` begins with on `channel`. Raises NotFound or Forbidden without the right."""
    scope = scope_of(channel)
    if scope is not None:
        return await _read_board(services, user, channel, scope)
    presence = await _presence_on(services, channel)
    async with snapshot(services.db) as connection:
        right = await _right_of(services, connection, user, channel, presence)
        position = await read_position(connection, channel)
        events = None
        if since.epoch == services.epoch and since.seq is not None and position.holds(since.seq):
            events = await read_after(connection, channel, since.seq, position.seq, MOST_EVENTS)
        state = await right.read_snapshot() if events is None else None
        phase = await right.read_phase() if right.read_phase is not None else None
    answer = Subscribed(
        channel=channel,
        epoch=services.epoch,
        seq=position.seq,
        recovered=events is not None,
        events=[
            Replayed(
                event=event.type,
                seq=event.seq,
                at=instant_text(event.at),
                data=msgspec.Raw(event.data.encode()),
            )
            for event in events or []
        ],
        snapshot=state,
        # Who comes back with a position gets no snapshot, and presence has no log.
        presence=presence if right.shows_presence and events is not None else UNSET,
    )
    known = right.shows_presence and presence is not None
    return Reading(answer, right.member, right.shows_presence, known, phase)


async def _read_board(services: Services, user: Principal, channel: str, scope: Scope) -> Reading:
    """A board has no log: whoever comes, or comes back, gets all that the others were told."""
    async with acquired(services.db) as connection:
        if not await may_read(connection, user.user_id, scope):
            raise NotFound("There is no such channel.")
    told = await services.live_boards.picture(channel)
    if told is None:
        raise NotFound("There is no such channel.")
    state = BoardSnapshot(
        rows=list(told.rows),
        me=await read_own_place(services, told.board, user.user_id),
        period_start=date_text(told.board.starts_on),
        version=told.version,
    )
    answer = Subscribed(
        channel=channel, epoch=services.epoch, seq=0, recovered=False, events=[], snapshot=state
    )
    return Reading(answer, member=False)


async def _presence_on(services: Services, channel: str) -> PresenceView | None:
    """Who is there, asked before the database is, so that no transaction waits for Redis."""
    kind, _, rest = channel.partition(":")
    if kind in ("project", "room") and _ID.fullmatch(rest):
        return await read_presence(services, channel)
    return None


async def _right_of(
    services: Services,
    connection: Connection,
    user: Principal,
    channel: str,
    presence: PresenceView | None,
) -> Right:
    kind, _, rest = channel.partition(":")
    if kind == "user" and rest == str(user.user_id):
        return Right(True, lambda: _user_snapshot(services, connection, user.user_id))
    if kind == "user":
        raise Forbidden("Only your own channel is open to you.")
    # As the server writes it: `project:007` would be a channel on which nothing is ever told.
    if kind == "project" and _ID.fullmatch(rest):
        return await _project_right(connection, user, int(rest), presence)
    if kind == "room" and _ID.fullmatch(rest):
        return await _room_right(connection, user, int(rest), presence)
    raise NotFound("There is no such channel.")


async def _user_snapshot(services: Services, connection: Connection, user_id: int) -> UserSnapshot:
    entry = await read_running(connection, user_id)
    return UserSnapshot(
        entry=entry_view_or_none(entry),
        streak=await read_streak_now(services, connection, user_id),
        unread_count=await unread_count(connection, user_id),
    )


async def _room_right(
    connection: Connection, user: Principal, room_id: int, presence: PresenceView | None
) -> Right:
    right = await read_right(connection, room_id, user.user_id)
    if right is None or right.closed or not (right.may_read or right.banned):
        raise NotFound("There is no such room.")
    if right.banned:
        raise Forbidden("You were sent out until the round has ended.")
    return Right(
        right.member or right.owns,
        lambda: snapshot_of(connection, room_id, presence),
        shows_presence=True,
        read_phase=lambda: _phase_in(connection, room_id),
    )


async def _phase_in(connection: Connection, room_id: int) -> Phase | None:
    room = await read_room(connection, room_id)
    if room is None or isinstance(room.room.timer, Idle):
        return None
    return phase_shown("running", room.room.timer.phase)


async def _project_right(
    connection: Connection, user: Principal, project_id: int, presence: PresenceView | None
) -> Right:
    access = await projects.read_access(connection, project_id, user.user_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require("read")

    async def read_snapshot() -> ProjectSnapshot:
        project = await projects.read_project(connection, project_id, user.user_id)
        assert project is not None, "it was there in the same snapshot"
        running = await running_in_project(connection, project_id)
        return ProjectSnapshot(
            project=project_view(project),
            running=[
                RunningView(entry=entry_view(e), user=Tracker(id=e.user_id, username=name))
                for e, name in running
            ],
            presence=presence if access.role is not None else None,
        )

    member = access.role is not None
    return Right(member, read_snapshot, shows_presence=member)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a new connection is told: the account, the running entry, its channel's position."""

    user: UserView
    entry: EntryView | None
    seq: int


async def read_arrival(services: Services, user: Principal) -> Arrival:
    """Raises Unauthenticated if the account is gone."""
    found = await services.arrivals.get(user.user_id)
    if found is None:
        raise Unauthenticated("This account is gone.")
    return Arrival(user_view(found.user), entry_view_or_none(found.entry), found.seq)
