"""Webhooks: how users make them, what they see of them, and what is sent."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import (
    END,
    Command,
    Id,
    InstantText,
    Message,
    View,
    instant_text,
    instant_text_or_none,
)
from storage.deliveries import Delivery, Due
from storage.webhooks import Webhook

# Visible ASCII: names of other scripts are written in punycode, and a backslash means one thing to
# some and another to others.
WebhookUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern="^[\\x21-\\x5b\\x5d-\\x7e]*" + END,
        description="http:// or https://, leading to a public address",
    ),
]
EventName = Annotated[str, Meta(min_length=1, max_length=60)]
Events = Annotated[
    list[EventName],
    Meta(min_length=1, max_length=50, description="names of events, or * for all"),
]
DeliveryState = Literal["waiting", "delivered", "failed", "dropped"]
DisabledReason = Literal["failing", "gone", "not_a_member", "secret_lost"]
# Why an attempt failed.
Failure = Literal[
    "status", "redirected", "timeout", "unresolved", "unreachable", "tls", "forbidden_address",
    "broken",
]  # fmt: skip


class NewWebhook(Command, frozen=True, kw_only=True):
    """Without `project_id`: what happens to oneself; with it: what happens in that project."""

    url: WebhookUrl
    events: Events
    project_id: Id | None = None


class WebhookEdit(Command, frozen=True, kw_only=True):
    """What is left out stays. `active: true` begins anew, with what happens from then on."""

    url: WebhookUrl | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class WebhookView(View, frozen=True, kw_only=True):
    """`failures` have come since the last success, the first of them at `failing_since`.
    `disabled_reason` says why the server switched it off."""

    id: Id
    project_id: Id | None
    url: str
    events: list[str]
    active: bool
    created_at: InstantText
    failing_since: InstantText | None
    failures: int
    disabled_at: InstantText | None
    disabled_reason: DisabledReason | None
    old_secret_until: InstantText | None


class WebhookMade(WebhookView, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    secret: str


class WebhookSecret(View, frozen=True, kw_only=True):
    """`secret` is shown this once; what it replaces signs as well until `old_secret_until`."""

    secret: str
    old_secret_until: InstantText


class Try(View, frozen=True, kw_only=True):
    """An attempt: `status` is what was answered, `error` why it was no success."""

    at: InstantText
    status: int | None
    duration_ms: int
    error: Failure | None


class DeliveryView(View, frozen=True, kw_only=True):
    """`id` is what `FocusHub-Delivery` has; `tries` are the latest attempts, the first one first,
    `attempts` those since it was made or sent again."""

    id: Id
    webhook_id: Id
    event: str
    seq: int | None
    state: DeliveryState
    attempts: int
    created_at: InstantText
    next_attempt_at: InstantText | None
    ended_at: InstantText | None
    tries: list[Try]


class DeliveryDetail(DeliveryView, frozen=True, kw_only=True):
    """`body` is what is sent; null when it is kept no longer, or may not be shown any more."""

    body: Any


class DeliveryFilter(Message, frozen=True, kw_only=True):
    state: DeliveryState | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class WebhookList(Message, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class WebhookBody(View, frozen=True, kw_only=True):
    """What a webhook's address gets: an event as on its channel. `seq` is null for a test and for
    `webhook:gap`."""

    id: Id
    event: str
    channel: str
    epoch: str
    seq: int | None
    at: InstantText
    data: Any


class Ping(View, frozen=True, kw_only=True):
    """ping: a test."""

    webhook_id: Id


class Gap(View, frozen=True, kw_only=True):
    """webhook:gap: events after `after_seq`, up to `up_to_seq`, were kept no longer, and are lost
    for this webhook."""

    after_seq: int
    up_to_seq: int


class WebhookDisabled(View, frozen=True, kw_only=True):
    """A notification of kind webhook_disabled. `host` is that of its address."""

    webhook_id: Id
    host: str
    reason: DisabledReason


def webhook_view(webhook: Webhook) -> WebhookView:
    return WebhookView(**_fields(webhook))


def webhook_made(webhook: Webhook, secret: str) -> WebhookMade:
    return WebhookMade(**_fields(webhook), secret=secret)


def _fields(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "project_id": webhook.project_id,
        "url": webhook.url,
        "events": webhook.events,
        "active": webhook.active,
        "created_at": instant_text(webhook.created_at),
        "failing_since": instant_text_or_none(webhook.failing_since),
        "failures": webhook.failures,
        "disabled_at": instant_text_or_none(webhook.disabled_at),
        "disabled_reason": webhook.disabled_reason,
        "old_secret_until": instant_text_or_none(webhook.old_secret_until),
    }


def delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(**_delivery_fields(delivery))


def delivery_detail(delivery: Delivery, epoch: str) -> DeliveryDetail:
    body = None if delivery.data is None else body_of(delivery, epoch)
    return DeliveryDetail(**_delivery_fields(delivery), body=body)


def _delivery_fields(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event": delivery.event,
        "seq": delivery.seq,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": instant_text(delivery.created_at),
        "next_attempt_at": instant_text_or_none(delivery.next_at),
        "ended_at": instant_text_or_none(delivery.ended_at),
        "tries": msgspec.json.decode(delivery.tries, type=list[Try]),
    }


def body_of(delivery: Delivery | Due, epoch: str) -> WebhookBody:
    """What is sent, the same at every attempt; the delivery has its data."""
    assert delivery.data is not None
    return WebhookBody(
        id=delivery.id,
        event=delivery.event,
        channel=delivery.channel,
        epoch=epoch,
        seq=delivery.seq,
        at=instant_text(delivery.at),
        data=msgspec.Raw(delivery.data.encode()),
    )
