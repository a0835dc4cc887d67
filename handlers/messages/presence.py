"""Presence: who is there, for display [P1, P2]."""

from collections.abc import Mapping
from typing import Literal

from handlers.messages.common import Id, Message, View
from rooms.presence import MOST_NAMED, Mood, News, Shown


class PresenceSet(Message, frozen=True, kw_only=True):
    """What this connection says; its user is away only if all their connections are, and
    invisible as soon as one says so."""

    status: Mood


class PresentUser(View, frozen=True, kw_only=True):
    """Somebody who is there, and as what."""

    user_id: Id
    username: str
    status: Literal["active", "focusing", "break", "away"]


class PresenceView(View, frozen=True, kw_only=True):
    """Who is there, by id: the first 200; `count` is how many there are."""

    users: list[PresentUser]
    count: int


class PresenceUpdated(View, frozen=True, kw_only=True):
    """presence:updated: what has changed since followers were last told; above 200 present users
    `count` alone."""

    joined: list[PresentUser]
    left: list[Id]
    changed: list[PresentUser]
    count: int


def presence_view(present: Mapping[int, Shown]) -> PresenceView:
    return PresenceView(users=_named(sorted(present)[:MOST_NAMED], present), count=len(present))


def presence_updated(news: News, present: Mapping[int, Shown]) -> PresenceUpdated:
    return PresenceUpdated(
        joined=_named(news.joined, present),
        left=news.left,
        changed=_named(news.changed, present),
        count=news.count,
    )


def _named(user_ids: list[int], present: Mapping[int, Shown]) -> list[PresentUser]:
    return [
        PresentUser(user_id=user_id, username=present[user_id][0], status=present[user_id][1])
        for user_id in user_ids
    ]
