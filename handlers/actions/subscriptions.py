"""What a subscriber of a channel begins with: the missing events, or a snapshot.

Position, entitlement and state are read in one transaction whose statements see one moment, so a
snapshot stands for everything up to its `seq`, and a right that has ended is not there any more.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.accounts import UserView, user_view
from handlers.messages.channels import Replayed, Subscribed, UserSnapshot
from handlers.messages.common import View, instant_text
from handlers.messages.entries import EntryView, Tracker, entry_view, entry_view_or_none
from handlers.messages.projects import ProjectSnapshot, RunningView, project_view
from rooms.errors import Forbidden, NotFound, Unauthenticated
from storage import projects
from storage.channels import read_after, read_position
from storage.database import Connection, snapshot
from storage.entries import read_running, running_in_project

MOST_EVENTS = 300
_ID = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Since:
    """The position that a subscriber has: nothing is missing up to `seq` of this `epoch`."""

    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The answer to a subscriber. `member` says whether the right rests on a membership."""

    answer: Subscribed
    member: bool


@dataclass(frozen=True, slots=True)
class Right:
    """That somebody may read a channel, and how to read its snapshot."""

    member: bool
    read_snapshot: Callable[[], Awaitable[View]]


async def read_channel(services: Services, user: Principal, channel: str, since: Since) -> Reading:
    """What `user` begins with on `channel`. Raises NotFound or Forbidden without the right."""
    async with snapshot(services.db) as connection:
        right = await _right_of(connection, user, channel)
        position = await read_position(connection, channel)
        events = None
        if since.epoch == services.epoch and since.seq is not None and position.holds(since.seq):
            events = await read_after(connection, channel, since.seq, position.seq, MOST_EVENTS)
        state = await right.read_snapshot() if events is None else None
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
    )
    return Reading(answer, right.member)


async def _right_of(connection: Connection, user: Principal, channel: str) -> Right:
    kind, _, rest = channel.partition(":")
    if kind == "user" and rest == str(user.user_id):
        return Right(True, lambda: _user_snapshot(connection, user.user_id))
    if kind == "user":
        raise Forbidden("Only your own channel is open to you.")
    # As the server writes it: `project:007` would be a channel on which nothing is ever told.
    if kind == "project" and _ID.fullmatch(rest):
        return await _project_right(connection, user, int(rest))
    raise NotFound("There is no such channel.")


async def _user_snapshot(connection: Connection, user_id: int) -> UserSnapshot:
    entry = await read_running(connection, user_id)
    return UserSnapshot(entry=entry_view_or_none(entry), streak=None, unread_count=0)


async def _project_right(connection: Connection, user: Principal, project_id: int) -> Right:
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
        )

    return Right(access.role is not None, read_snapshot)


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
