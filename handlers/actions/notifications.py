"""Notifications in the application: told once, live and in a list, with a count of unread [N1]."""

from uuid import UUID

from msgspec import UNSET

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import View, to_json
from handlers.messages.earned import (
    NotificationCreated,
    NotificationsRead,
    NotificationView,
    ReadNotifications,
    UnreadCount,
    notification_view,
)
from rooms.errors import Invalid
from storage import notifications
from storage.database import acquired
from storage.notifications import Notification


async def notify(unit: Unit, user_id: int, kind: str, key: str, data: View) -> bool:
    """Tell somebody of a fact, in its own transaction; whether it was new to them.

    `key` names the fact, so that it is told once whatever is done twice.
    """
    wanted = await notifications.choices(unit.connection, user_id, kind)
    muted = not wanted.get("in_app", True)
    text = to_json(data)
    made = await notifications.add_notification(
        unit.connection, user_id, kind, key, text, muted=muted
    )
    if made is None or muted:
        return made is not None
    told = NotificationCreated(
        notification=notification_view(Notification(made[0], kind, text, made[1], None)),
        unread_count=await notifications.unread_count(unit.connection, user_id),
    )
    unit.tell(f"user:{user_id}", "notification:created", told)
    return True


async def list_notifications(
    services: Services, user: Principal, unread: bool | None, before_id: int | None, limit: int
) -> tuple[list[NotificationView], int]:
    """A page of one's notifications, the latest first, and how many are unread in all."""
    async with acquired(services.db) as connection:
        found = await notifications.list_notifications(
            connection, user.user_id, unread, before_id, limit
        )
        count = await notifications.unread_count(connection, user.user_id)
    return [notification_view(notification) for notification in found], count


async def read_notifications(
    services: Services, user: Principal, request: ReadNotifications, command_id: UUID | None
) -> UnreadCount:
    """Mark some, or all, as read; one's other devices are told."""
    if (request.ids is UNSET) == (request.all is UNSET):
        raise Invalid("Say which: either `ids`, or `all`.")
    ids = None if request.ids is UNSET else request.ids

    async def act(unit: Unit) -> UnreadCount:
        done = await notifications.mark_read(unit.connection, user.user_id, ids)
        count = await notifications.unread_count(unit.connection, user.user_id)
        if done:
            told = NotificationsRead(
                ids=UNSET if ids is None else done,
                all=True if ids is None else UNSET,
                unread_count=count,
            )
            unit.tell(f"user:{user.user_id}", "notification:updated", told)
        return UnreadCount(unread_count=count)

    sender = envelope(user.user_id, command_id, "notifications read", request)
    return await run_command(services, sender, UnreadCount, act)
