"""Notifications in the application: told once, live and in a list, with a count of unread [N1]."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET, UnsetType

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
from handlers.messages.notices import OnePreference, Preference, PreferenceEdit
from rooms.errors import Invalid
from rooms.rules.notices import CHANNELS, KINDS, Channel, Kind, kind_of
from storage import notifications
from storage.database import Connection, acquired
from storage.notifications import Choices, Notification

# Kinds of jobs, which `handlers/jobs` does.
MAIL = "notification_mail"
PUSH = "notification_push"


async def notify(unit: Unit, user_id: int, kind: str, key: str, data: View) -> bool:
    """Tell somebody of a fact, in its own transaction; whether it was new to them.

    `key` names the fact, so that it is told once whatever is done twice.
    """
    kind_of_it = kind_of(kind)
    choices = await notifications.choices(unit.connection, user_id, kind)
    muted = not kind_of_it.wants("in_app", choices.chosen.get("in_app"))
    text = to_json(data)
    made = await notifications.add_notification(
        unit.connection, user_id, kind, key, text, muted=muted
    )
    if made is None:
        return False
    _send_on(unit, user_id, made[0], kind_of_it, choices)
    if not muted:
        told = NotificationCreated(
            notification=notification_view(Notification(made[0], kind, text, made[1], None)),
            unread_count=await notifications.unread_count(unit.connection, user_id),
        )
        unit.tell(f"user:{user_id}", "notification:created", told)
    return True


def _send_on(unit: Unit, user_id: int, id: int, kind: Kind, choices: Choices) -> None:
    """Have it sent where its user wants it besides the application."""
    if kind.wants("email", choices.chosen.get("email")):
        payload = {"user_id": user_id, "notification_id": id}
        unit.enqueue(MAIL, payload, f"mail:{user_id}:{id}")
    if kind.wants("push", choices.chosen.get("push")):
        for subscription_id in choices.subscriptions:
            payload = {
                "user_id": user_id,
                "notification_id": id,
                "subscription_id": subscription_id,
            }
            unit.enqueue(PUSH, payload, f"push:{user_id}:{id}:{subscription_id}")


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


async def read_preferences(services: Services, user: Principal) -> list[Preference]:
    """Where each kind of notifications comes [N2]."""
    async with acquired(services.db) as connection:
        return await _preferences(connection, user.user_id)


async def _preferences(connection: Connection, user_id: int) -> list[Preference]:
    chosen = await notifications.all_choices(connection, user_id)
    subscribed = bool((await notifications.choices(connection, user_id, "")).subscriptions)

    def comes(name: str, channel: Channel) -> bool:
        return kind_of(name).wants(channel, chosen.get((name, channel)))

    return [
        Preference(
            kind=name,
            in_app=comes(name, "in_app"),
            email=comes(name, "email"),
            push=comes(name, "push") and (subscribed or (name, "push") in chosen),
        )
        for name in KINDS
    ]


async def edit_preferences(
    services: Services,
    user: Principal,
    edits: Sequence[PreferenceEdit | OnePreference],
    command_id: UUID | None,
) -> list[Preference]:
    """Choose where some kinds come. Raises Invalid for a kind or a channel that there is not."""
    chosen: dict[tuple[str, str], bool] = {}
    for edit in edits:
        chosen |= _chosen(edit)

    async def act(unit: Unit) -> list[Preference]:
        await notifications.choose(unit.connection, user.user_id, chosen)
        return await _preferences(unit.connection, user.user_id)

    sender = envelope(user.user_id, command_id, "notification preferences", sorted(chosen.items()))
    return await run_command(services, sender, list[Preference], act)


def _chosen(edit: PreferenceEdit | OnePreference) -> dict[tuple[str, str], bool]:
    if edit.kind not in KINDS:
        raise Invalid.field("kind", "there is no such kind of notifications")
    chosen: dict[tuple[str, str], bool] = {}
    for channel in CHANNELS:
        wanted: bool | UnsetType = getattr(edit, channel)
        if isinstance(wanted, UnsetType):
            continue
        if wanted and channel not in KINDS[edit.kind].possible:
            raise Invalid.field(channel, "this kind does not come there")
        chosen[edit.kind, channel] = wanted
    return chosen
