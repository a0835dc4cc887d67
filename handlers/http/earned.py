"""/api/streak, /api/badges and /api/notifications."""

from typing import Any

from handlers.actions import earned, notifications
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.common import Id
from handlers.messages.earned import (
    BadgeEdit,
    BadgeView,
    NewBadge,
    NotificationFilter,
    NotificationView,
    ReadNotifications,
    StreakView,
    UnreadCount,
)

api = Api()


@api.call("GET", "/streak", tag="Earned", answer=StreakView)
async def read_streak(call: Call) -> StreakView:
    """One's streak, explained day by day."""
    return await earned.read_streak(call.services, call.user)


@api.call("GET", "/badges", tag="Earned", answer=list[BadgeView])
async def list_badges(call: Call) -> Any:
    """All badges, with one's own progress."""
    return await earned.list_badges(call.services, call.user)


@api.call(
    "POST", "/badges", tag="Earned", body=NewBadge, answer=BadgeView, status=201,
    errors=("forbidden", "conflict"), access="admin",
)  # fmt: skip
async def make_badge(call: Call, body: NewBadge) -> BadgeView:
    """Add a badge (admins); whoever has reached it already gets it as of then."""
    return await earned.make_badge(call.services, call.user, body, call.command_id)


@api.call(
    "PATCH", "/badges/{badge_id}", tag="Earned", body=BadgeEdit, answer=BadgeView,
    errors=("forbidden", "not_found"), access="admin",
)  # fmt: skip
async def edit_badge(call: Call, badge_id: int, body: BadgeEdit) -> BadgeView:
    """Change a badge (admins)."""
    return await earned.edit_badge(call.services, call.user, badge_id, body, call.command_id)


@api.call(
    "DELETE", "/badges/{badge_id}", tag="Earned", status=204, errors=("forbidden", "not_found"),
    access="admin",
)  # fmt: skip
async def delete_badge(call: Call, badge_id: int) -> None:
    """Take a badge out of the catalogue (admins); its holders keep it."""
    await earned.delete_badge(call.services, call.user, badge_id, call.command_id)


@api.call(
    "GET", "/notifications", tag="Earned", query=NotificationFilter, answer=list[NotificationView]
)
async def list_notifications(call: Call, query: NotificationFilter) -> Reply:
    """One's notifications, the latest first; how many are unread stands in X-Unread-Count."""
    found, unread = await notifications.list_notifications(
        call.services, call.user, query.unread, decode_cursor(query.cursor, Id), query.limit + 1
    )
    page = found[: query.limit]
    more = encode_cursor(page[-1].id) if len(found) > query.limit else None
    headers = {**next_page(call.request, more), "X-Unread-Count": str(unread)}
    return Reply(page, headers=headers)


@api.call("POST", "/notifications/read", tag="Earned", body=ReadNotifications, answer=UnreadCount)
async def read_notifications(call: Call, body: ReadNotifications) -> UnreadCount:
    """Mark some notifications, or all, as read."""
    return await notifications.read_notifications(call.services, call.user, body, call.command_id)
