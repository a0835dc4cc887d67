"""Focus rooms: what clients send and what they see."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import (
    TEXT,
    Command,
    Id,
    InstantText,
    Message,
    Name,
    Version,
    View,
    instant_text,
)
from handlers.messages.entries import Tracker
from handlers.messages.presence import PresenceView
from rooms.errors import Invalid
from rooms.room import Paused, Room, RoomSettings, Running, remaining_at
from storage.room_members import RoomMember
from storage.room_talk import RoomMessage
from storage.rooms import RoomRow

RoomVisibility = Literal["public", "link", "project"]
PhaseName = Literal["work", "short_break", "long_break"]
Outcome = Literal["done", "partly", "not"]
MemberRole = Literal["host", "cohost", "member"]
MadeRole = Literal["cohost", "member"]
Cause = Literal[
    "started", "paused", "resumed", "skipped", "stopped", "extended", "phase_ended",
    "configured", "edited", "host_changed", "role_changed", "kicked",
]  # fmt: skip

ClosedFor = Literal["deleted", "project_deleted"]

Slug = Annotated[str, Meta(min_length=1, max_length=80, description="the room's slug")]
PhaseLength = Annotated[int, Meta(ge=1, le=86_400, description="seconds")]
Said = Annotated[str, Meta(min_length=1, max_length=500, pattern=TEXT)]
Intention = Annotated[str, Meta(max_length=200, pattern=TEXT)]


class SettingsEdit(Message, frozen=True, kw_only=True):
    """Settings of a room; what is left out stays as it is (or has its default in a new room)."""

    work_s: PhaseLength | UnsetType = UNSET
    short_break_s: PhaseLength | UnsetType = UNSET
    long_break_s: PhaseLength | UnsetType = UNSET
    cycles: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    auto_start_breaks: bool | UnsetType = UNSET
    auto_start_work: bool | UnsetType = UNSET
    capacity: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET
    chat: Literal["always", "breaks", "off"] | UnsetType = UNSET

    def over(self, settings: RoomSettings) -> RoomSettings:
        """`settings` with what is given here."""
        given = {f: v for f in self.__struct_fields__ if (v := getattr(self, f)) is not UNSET}
        return RoomSettings(**{f: getattr(settings, f) for f in settings.__slots__} | given)


class RoomCreate(Command, frozen=True, kw_only=True):
    """Make a room; its maker owns and hosts it."""

    name: Name
    settings: SettingsEdit = SettingsEdit()
    visibility: RoomVisibility = "link"
    project_id: Id | None = None


class RoomEdit(Command, frozen=True, kw_only=True):
    """Fields left out stay as they are. Settings apply from the next phase on, or `now` [R6]."""

    name: Name | UnsetType = UNSET
    visibility: RoomVisibility | UnsetType = UNSET
    project_id: Id | None | UnsetType = UNSET
    settings: SettingsEdit = SettingsEdit()
    apply: Literal["next", "now"] = "next"
    version: Version | None = None


class RoomJoin(Message, frozen=True, kw_only=True):
    """Come in, and follow the room's channel; with a position as in channel:subscribe."""

    room: Slug
    epoch: Annotated[str, Meta(max_length=100)] | None = None
    seq: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    command_id: Annotated[str, Meta(max_length=100)] | None = None


class RoomLeave(Command, frozen=True, kw_only=True):
    room: Slug


class RoomControl(Command, frozen=True, kw_only=True):
    """room:start, room:pause, room:resume, room:skip, room:stop. A stale version is refused."""

    room: Slug
    version: Version | None = None


class RoomExtend(Command, frozen=True, kw_only=True):
    room: Slug
    seconds: Annotated[int, Meta(ge=1, le=86_400)]
    version: Version | None = None


class RoomConfigure(Command, frozen=True, kw_only=True):
    room: Slug
    settings: SettingsEdit
    apply: Literal["next", "now"] = "next"
    version: Version | None = None


class RoomTransfer(Command, frozen=True, kw_only=True):
    """Hand the control over to another member; the owner may take it for themselves."""

    room: Slug
    user_id: Id
    version: Version | None = None


class RoomKick(Command, frozen=True, kw_only=True):
    """Send a member out until the round has ended that runs, or else the next."""

    room: Slug
    user_id: Id
    version: Version | None = None


class RoomPromote(Command, frozen=True, kw_only=True):
    room: Slug
    user_id: Id
    role: MadeRole
    version: Version | None = None


class RoomIntend(Command, frozen=True, kw_only=True):
    """What one means to do in the round that runs, or else the next; empty takes it back."""

    room: Slug
    text: Intention


class RoomOutcome(Command, frozen=True, kw_only=True):
    """How it went, in the round that runs or else the last."""

    room: Slug
    outcome: Outcome


class RoomSay(Command, frozen=True, kw_only=True):
    room: Slug
    text: Said


class RoomReact(Message, frozen=True, kw_only=True):
    """A reaction that everybody in the room sees for a moment."""

    room: Slug
    emoji: Annotated[str, Meta(min_length=1, max_length=16)]
    command_id: Annotated[str, Meta(max_length=100)] | None = None


class RoomSettingsView(View, frozen=True, kw_only=True):
    work_s: int
    short_break_s: int
    long_break_s: int
    cycles: int
    auto_start_breaks: bool
    auto_start_work: bool
    capacity: int
    chat: Literal["always", "breaks", "off"]


class RoomTimerView(View, frozen=True, kw_only=True):
    """While it runs, `ends_at` says what is left; else `remaining_s` does, to the millisecond.

    `phase` is null while no round is under way; idle with a phase, that one waits to be begun.
    """

    state: Literal["idle", "running", "paused"]
    phase: PhaseName | None
    cycle: int
    started_at: InstantText | None
    ends_at: InstantText | None
    remaining_s: float | None


class RoomMemberView(View, frozen=True, kw_only=True):
    """`status` is null where it is not known, and of whoever shows none."""

    user_id: Id
    username: str
    role: MemberRole
    status: Literal["active", "focusing", "break", "away"] | None
    intention: str | None
    outcome: Outcome | None
    joined_at: InstantText
    avatar_url: str | None = None


class RoomMessageView(View, frozen=True, kw_only=True):
    id: Id
    user: Tracker
    text: str
    at: InstantText


class RoomView(View, frozen=True, kw_only=True):
    """A room. `members`, the first 200, and `messages`, the last 50, stand in snapshots only."""

    id: Id
    slug: str
    name: str
    version: int
    owner_id: Id
    host_id: Id
    member_count: int
    visibility: RoomVisibility
    project_id: Id | None
    settings: RoomSettingsView
    timer: RoomTimerView
    round: int
    created_at: InstantText
    members: list[RoomMemberView] | UnsetType = UNSET
    messages: list[RoomMessageView] | UnsetType = UNSET
    presence: PresenceView | None | UnsetType = UNSET


class RoomMade(View, frozen=True, kw_only=True):
    room_id: Id
    slug: str
    room: RoomView


class RoomAnswer(View, frozen=True, kw_only=True):
    room: RoomView


class RoomUpdated(View, frozen=True, kw_only=True):
    """room:updated: the whole small state. `by` is null where nobody did it; `user_id` is whom
    it concerns: who was kicked, has another `role`, or is the host now (who was it before is a
    co-host)."""

    room: RoomView
    cause: Cause
    by: Id | None
    user_id: Id | None = None
    role: MadeRole | None = None


class RoomJoined(View, frozen=True, kw_only=True):
    """room:joined: somebody has become a member."""

    member: RoomMemberView


class RoomLeft(View, frozen=True, kw_only=True):
    """room:left: somebody is no member any more."""

    user_id: Id


class RoomSaid(View, frozen=True, kw_only=True):
    """room:message."""

    message: RoomMessageView


class RoomIntended(View, frozen=True, kw_only=True):
    """room:intended: somebody's intention or outcome; `round` is the one it belongs to."""

    user: Tracker
    intention: str | None
    outcome: Outcome | None
    round: int


class RoomReacted(View, frozen=True, kw_only=True):
    """room:reacted, never replayed."""

    user: Tracker
    emoji: str


class RoomClosed(View, frozen=True, kw_only=True):
    """room:closed: the room is no more."""

    reason: ClosedFor


class RoomFilter(Message, frozen=True, kw_only=True):
    """`mine`: only rooms that one owns or is in."""

    mine: bool = False
    project_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class HistoryFilter(Message, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class RoundPhaseView(View, frozen=True, kw_only=True):
    """A phase of a round; `seconds` without its pauses."""

    phase: PhaseName
    cycle: int
    started_at: InstantText
    ended_at: InstantText
    seconds: int


class RoundMemberView(View, frozen=True, kw_only=True):
    """What a member meant to do, how it went, and what was credited to them so far.

    The three are null for a reader to whom the member does not show them [V2].
    """

    user_id: Id
    username: str
    intention: str | None
    outcome: Outcome | None
    credited_seconds: int | None
    avatar_url: str | None = None


class RoundView(View, frozen=True, kw_only=True):
    """A round of a room's timer; `ended_at` is null while it is under way."""

    round: int
    started_at: InstantText
    ended_at: InstantText | None
    work_seconds: int
    phases: list[RoundPhaseView]
    members: list[RoundMemberView]


def timer_view(room: Room) -> RoomTimerView:
    timer = room.timer
    if isinstance(timer, Running):
        return RoomTimerView(
            state="running",
            phase=timer.phase,
            cycle=timer.cycle,
            started_at=instant_text(timer.started_at),
            ends_at=instant_text(timer.ends_at),
            remaining_s=None,
        )
    left = remaining_at(room, datetime.min)
    return RoomTimerView(
        state="paused" if isinstance(timer, Paused) else "idle",
        phase=timer.phase,
        cycle=timer.cycle,
        started_at=instant_text(timer.started_at) if isinstance(timer, Paused) else None,
        ends_at=None,
        remaining_s=None if left is None else _milliseconds(left),
    )


def _milliseconds(span: timedelta) -> float:
    return round(span / timedelta(seconds=1), 3)


def member_view(member: RoomMember, host_id: int, status: str | None = None) -> RoomMemberView:
    return RoomMemberView(
        user_id=member.user_id,
        username=member.username,
        role="host" if member.user_id == host_id else member.role,
        status=status,  # type: ignore[arg-type]  # presence has no others
        intention=member.intention or None,
        outcome=member.outcome,
        joined_at=instant_text(member.joined_at),
        avatar_url=member.avatar_url,
    )


def message_view(message: RoomMessage) -> RoomMessageView:
    return RoomMessageView(
        id=message.id,
        user=Tracker(id=message.user_id, username=message.username),
        text=message.text,
        at=instant_text(message.at),
    )


def room_view(
    row: RoomRow,
    *,
    members: list[RoomMemberView] | UnsetType = UNSET,
    messages: list[RoomMessageView] | UnsetType = UNSET,
    presence: PresenceView | None | UnsetType = UNSET,
) -> RoomView:
    """The room; without the lists it is the small state that events carry."""
    settings = row.room.settings
    return RoomView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        version=row.room.version,
        owner_id=row.owner_id,
        host_id=row.host_id,
        member_count=row.member_count,
        visibility=row.visibility,
        project_id=row.project_id,
        settings=RoomSettingsView(**{f: getattr(settings, f) for f in settings.__slots__}),
        timer=timer_view(row.room),
        round=row.room.round,
        created_at=instant_text(row.created_at),
        members=members,
        messages=messages,
        presence=presence,
    )


def taken_text(field: str, text: str) -> str:
    """A line that somebody wrote, without surrounding space. Raises Invalid for a blank one."""
    trimmed = text.strip()
    if not trimmed:
        raise Invalid.field(field, "must not be blank")
    return trimmed
