"""/api/webhooks: addresses that one's events are sent to, and what became of them."""

from collections.abc import Sequence

from handlers.actions import deliveries, webhooks
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.common import Id
from handlers.messages.webhooks import (
    DeliveryDetail,
    DeliveryFilter,
    DeliveryView,
    NewWebhook,
    WebhookEdit,
    WebhookList,
    WebhookMade,
    WebhookSecret,
    WebhookView,
)

api = Api()
_TAG = "Webhooks"


@api.call(
    "POST", "/webhooks", tag=_TAG, body=NewWebhook, answer=WebhookMade, status=201,
    errors=("not_found", "forbidden", "conflict"), scope="login",
)  # fmt: skip
async def make_webhook(call: Call, body: NewWebhook) -> WebhookMade:
    """Have events sent to an address; the answer shows the secret, this once."""
    return await webhooks.make_webhook(call.services, call.user, body, call.command_id)


@api.call("GET", "/webhooks", tag=_TAG, query=WebhookList, answer=list[WebhookView])
async def list_webhooks(call: Call, query: WebhookList) -> Reply:
    """One's own webhooks, the oldest first."""
    after = decode_cursor(query.cursor, Id) or 0
    found = await webhooks.list_webhooks(call.services, call.user, after, query.limit + 1)
    return _page(call, found, query.limit)


@api.call("GET", "/webhooks/{webhook_id}", tag=_TAG, answer=WebhookView, errors=("not_found",))
async def read_webhook(call: Call, webhook_id: int) -> WebhookView:
    """One webhook."""
    return await webhooks.read_webhook(call.services, call.user, webhook_id)


@api.call(
    "PATCH", "/webhooks/{webhook_id}", tag=_TAG, body=WebhookEdit, answer=WebhookView,
    errors=("not_found", "forbidden"), scope="login",
)  # fmt: skip
async def edit_webhook(call: Call, webhook_id: int, body: WebhookEdit) -> WebhookView:
    """Change its address or events, or switch it off or on."""
    return await webhooks.edit_webhook(call.services, call.user, webhook_id, body, call.command_id)


@api.call("DELETE", "/webhooks/{webhook_id}", tag=_TAG, status=204, errors=("not_found",))
async def delete_webhook(call: Call, webhook_id: int) -> None:
    """Send nothing more, and forget what was sent."""
    await webhooks.delete_webhook(call.services, call.user, webhook_id, call.command_id)


@api.call(
    "POST", "/webhooks/{webhook_id}/secret", tag=_TAG, answer=WebhookSecret,
    errors=("not_found", "conflict"), scope="login",
)  # fmt: skip
async def replace_secret(call: Call, webhook_id: int) -> WebhookSecret:
    """Sign by a new secret, shown this once; for 24 hours by the one before as well."""
    return await webhooks.replace_secret(call.services, call.user, webhook_id, call.command_id)


@api.call(
    "POST", "/webhooks/{webhook_id}/test", tag=_TAG, answer=DeliveryView, status=202,
    errors=("not_found",), limit="costly",
)  # fmt: skip
async def test_webhook(call: Call, webhook_id: int) -> DeliveryView:
    """Send a `ping`, once."""
    return await deliveries.send_test(call.services, call.user, webhook_id, call.command_id)


@api.call(
    "GET", "/webhooks/{webhook_id}/deliveries", tag=_TAG, query=DeliveryFilter,
    answer=list[DeliveryView], errors=("not_found",),
)  # fmt: skip
async def list_deliveries(call: Call, webhook_id: int, query: DeliveryFilter) -> Reply:
    """What was sent and waits to be sent, the latest first."""
    before = decode_cursor(query.cursor, Id)
    found = await deliveries.list_deliveries(
        call.services, call.user, webhook_id, query.state, before, query.limit + 1
    )
    return _page(call, found, query.limit)


@api.call(
    "GET", "/webhooks/{webhook_id}/deliveries/{delivery_id}", tag=_TAG, answer=DeliveryDetail,
    errors=("not_found",),
)  # fmt: skip
async def read_delivery(call: Call, webhook_id: int, delivery_id: int) -> DeliveryDetail:
    """One delivery, for three days with what is sent."""
    return await deliveries.read_delivery(call.services, call.user, webhook_id, delivery_id)


@api.call(
    "POST", "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", tag=_TAG,
    answer=DeliveryView, status=202, errors=("not_found", "conflict"), limit="costly",
)  # fmt: skip
async def redeliver(call: Call, webhook_id: int, delivery_id: int) -> DeliveryView:
    """Send it again, under the same id, while it is kept."""
    return await deliveries.redeliver(
        call.services, call.user, webhook_id, delivery_id, call.command_id
    )


def _page(call: Call, found: Sequence[WebhookView | DeliveryView], limit: int) -> Reply:
    """The first `limit` of what was found, and where the next page begins, if anything is left."""
    page = found[:limit]
    cursor = encode_cursor(page[-1].id) if len(found) > limit else None
    return Reply(page, headers=next_page(call.request, cursor))
