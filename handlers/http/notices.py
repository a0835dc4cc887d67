"""/api/notifications/preferences and /api/push: where notifications come."""

from typing import Any

from handlers.actions import notifications, push
from handlers.http.api import Api
from handlers.http.call import Call
from handlers.messages.notices import (
    NewSubscription,
    Preference,
    PreferenceEdit,
    PreferencesEdit,
    PushKey,
    SubscriptionGone,
    SubscriptionMade,
)

api = Api()


@api.call("GET", "/notifications/preferences", tag="Earned", answer=list[Preference])
async def list_preferences(call: Call) -> Any:
    """Where each kind of notifications comes."""
    return await notifications.read_preferences(call.services, call.user)


@api.call(
    "PATCH", "/notifications/preferences", tag="Earned", body=PreferenceEdit,
    answer=list[Preference],
)  # fmt: skip
async def edit_preference(call: Call, body: PreferenceEdit) -> Any:
    """Choose where one kind comes; answers all kinds."""
    return await notifications.edit_preferences(call.services, call.user, [body], call.command_id)


@api.call(
    "PUT", "/notifications/preferences", tag="Earned", body=PreferencesEdit,
    answer=list[Preference],
)  # fmt: skip
async def edit_preferences(call: Call, body: PreferencesEdit) -> Any:
    """Choose where several kinds come; answers all kinds."""
    return await notifications.edit_preferences(
        call.services, call.user, body.preferences, call.command_id
    )


@api.call("GET", "/push/key", tag="Earned", answer=PushKey)
async def read_push_key(call: Call) -> PushKey:
    """The key with which a browser subscribes."""
    return await push.read_push_key(call.services)


@api.call(
    "POST", "/push/subscriptions", tag="Earned", body=NewSubscription, answer=SubscriptionMade,
    status=201, scope="login",
)  # fmt: skip
async def subscribe(call: Call, body: NewSubscription) -> SubscriptionMade:
    """Have this browser pushed to; what it had before is replaced."""
    return await push.subscribe(call.services, call.user, body, call.command_id)


@api.call(
    "DELETE", "/push/subscriptions", tag="Earned", body=SubscriptionGone, status=204,
    errors=("not_found",),
)  # fmt: skip
async def unsubscribe(call: Call, body: SubscriptionGone) -> None:
    """Push to a browser no more, by its endpoint."""
    await push.unsubscribe(call.services, call.user, body, call.command_id)


@api.call(
    "DELETE", "/push/subscriptions/{subscription_id}", tag="Earned", status=204,
    errors=("not_found",),
)  # fmt: skip
async def unsubscribe_by_id(call: Call, subscription_id: int) -> None:
    """Push to a browser no more, by the id of its subscription."""
    await push.unsubscribe(call.services, call.user, subscription_id, call.command_id)
