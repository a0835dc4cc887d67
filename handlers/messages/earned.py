"""What focus earns: streaks, badges and notifications, as clients see them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import (
    END,
    TEXT,
    Command,
    Id,
    InstantText,
    Message,
    Name,
    View,
    instant_text,
    instant_text_or_none,
)
from handlers.messages.entries import Tracker
from rooms.rules.badges import Progress
from storage.badges import Awarded, Badge
from storage.notifications import Notification

Tier = Literal["bronze", "silver", "gold"]
State = Literal["done", "frozen", "missed", "pending"]
DateText = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class StreakDayView(View, frozen=True, kw_only=True):
    date: DateText
    seconds: int
    state: State


class StreakNow(View, frozen=True, kw_only=True):
    """A streak as it is now; it ends at `expires_at` if nothing more is done until then."""

    current: int
    longest: int
    today_done: bool
    expires_at: InstantText | None
    freezes: int


class StreakView(StreakNow, frozen=True, kw_only=True):
    """A streak that explains itself, day by day [S3]; a day counts from `minimum_seconds` on."""

    minimum_seconds: int
    days: list[StreakDayView]


class BadgeProgress(View, frozen=True, kw_only=True):
    """How far the reader has come: `share` from 0 to 1, and the condition that lacks most."""

    share: float
    metric: str
    value: int
    target: int


class BadgeView(View, frozen=True, kw_only=True):
    """A badge; `awarded_at` and `progress` are the reader's own."""

    badge_id: Id
    key: str
    name: str
    description: str
    criteria: Any
    family: str | None
    tier: Tier | None
    image_url: str | None
    awarded_at: InstantText | None | UnsetType = UNSET
    progress: BadgeProgress | UnsetType = UNSET


class AwardedView(View, frozen=True, kw_only=True):
    """A badge that somebody has."""

    badge_id: Id
    key: str
    name: str
    description: str
    family: str | None
    tier: Tier | None
    image_url: str | None
    awarded_at: InstantText


class BadgeAwarded(View, frozen=True, kw_only=True):
    """badge:awarded."""

    badge: BadgeView
    user: Tracker
    awarded_at: InstantText


BadgeKey = Annotated[str, Meta(pattern="^[a-z0-9_]{1,60}" + END)]
BadgeText = Annotated[str, Meta(max_length=500, pattern=TEXT)]
Family = Annotated[str, Meta(pattern="^[a-z0-9_]{1,60}" + END)]
# Of elsewhere, or as PUT /badges/{badge_id}/image has answered it.
ImageUrl = Annotated[str, Meta(max_length=500, pattern="^(https://[^\\s]+|/media/[^\\s]+)" + END)]


class NewBadge(Command, frozen=True, kw_only=True):
    """`criteria`: {"metric": …, "gte": n}, with lists "all" and "any" of such."""

    key: BadgeKey
    name: Name
    criteria: dict[str, Any]
    description: BadgeText = ""
    family: Family | None = None
    tier: Tier | None = None
    image_url: ImageUrl | None = None


class BadgeEdit(Command, frozen=True, kw_only=True):
    """Fields left out stay as they are."""

    name: Name | UnsetType = UNSET
    criteria: dict[str, Any] | UnsetType = UNSET
    description: BadgeText | UnsetType = UNSET
    family: Family | None | UnsetType = UNSET
    tier: Tier | None | UnsetType = UNSET
    image_url: ImageUrl | None | UnsetType = UNSET


class NotificationView(View, frozen=True, kw_only=True):
    """`data` depends on `kind`."""

    id: Id
    kind: str
    data: Any
    at: InstantText
    read_at: InstantText | None


class NotificationCreated(View, frozen=True, kw_only=True):
    """notification:created."""

    notification: NotificationView
    unread_count: int


class NotificationsRead(View, frozen=True, kw_only=True):
    """notification:updated: these, or all, have been read."""

    ids: list[Id] | UnsetType = UNSET
    all: Literal[True] | UnsetType = UNSET
    unread_count: int


class ReadNotifications(Command, frozen=True, kw_only=True):
    """Either `ids` or `all: true`."""

    ids: Annotated[list[Id], Meta(max_length=200)] | UnsetType = UNSET
    all: Literal[True] | UnsetType = UNSET


class UnreadCount(View, frozen=True, kw_only=True):
    unread_count: int


class NotificationFilter(Message, frozen=True, kw_only=True):
    unread: bool | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


def badge_view(
    badge: Badge,
    awarded_at: InstantText | None | UnsetType = UNSET,
    progress: Progress | None = None,
) -> BadgeView:
    return BadgeView(
        badge_id=badge.id,
        key=badge.key,
        name=badge.name,
        description=badge.description,
        criteria=badge.criteria,
        family=badge.family,
        tier=badge.tier,
        image_url=badge.image_url,
        awarded_at=awarded_at,
        progress=UNSET
        if progress is None
        else BadgeProgress(
            share=round(progress.share, 4),
            metric=progress.metric,
            value=progress.value,
            target=progress.target,
        ),
    )


def awarded_view(awarded: Awarded) -> AwardedView:
    badge = awarded.badge
    return AwardedView(
        badge_id=badge.id,
        key=badge.key,
        name=badge.name,
        description=badge.description,
        family=badge.family,
        tier=badge.tier,
        image_url=badge.image_url,
        awarded_at=instant_text(awarded.awarded_at),
    )


def notification_view(notification: Notification) -> NotificationView:
    return NotificationView(
        id=notification.id,
        kind=notification.kind,
        data=msgspec.Raw(notification.data.encode()),
        at=instant_text(notification.at),
        read_at=instant_text_or_none(notification.read_at),
    )
