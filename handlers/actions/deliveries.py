"""What webhooks have sent and have to send, as their owners see it; testing, and sending again."""

from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.actions.webhooks import lock_webhook
from handlers.messages.common import to_json
from handlers.messages.webhooks import (
    DeliveryDetail,
    DeliveryView,
    Ping,
    delivery_detail,
    delivery_view,
)
from rooms.errors import Conflict, NotFound
from storage import deliveries, webhooks
from storage.database import Connection, acquired
from storage.deliveries import Delivery

# Kinds of jobs. Addresses that have failed wait in a line of their own, so that those which answer
# slowly or never do not keep the others waiting.
SEND, SEND_AGAIN = "webhook", "webhook_again"


def ask(unit: Unit, webhook_id: int, kind: str) -> None:
    """Have a job send what is due; of each webhook one waits or runs at a time."""
    unit.enqueue(kind, {"webhook_id": webhook_id}, f"webhook:{webhook_id}")


async def send_test(
    services: Services, user: Principal, webhook_id: int, command_id: UUID | None
) -> DeliveryView:
    """Send a `ping`, once, also by a webhook that is off. Raises NotFound."""

    async def act(unit: Unit) -> DeliveryView:
        await lock_webhook(unit, user, webhook_id)
        data = to_json(Ping(webhook_id=webhook_id))
        delivery_id = await deliveries.add_test(unit.connection, webhook_id, data)
        return await _ask_for(unit, user, webhook_id, delivery_id)

    sender = envelope(user.user_id, command_id, f"test webhook {webhook_id}")
    return await run_command(services, sender, DeliveryView, act)


async def redeliver(
    services: Services,
    user: Principal,
    webhook_id: int,
    delivery_id: int,
    command_id: UUID | None,
) -> DeliveryView:
    """Send again, under the same id, what has ended.

    Raises NotFound; Conflict for what waits or is kept no longer, or if the webhook is off.
    """

    async def act(unit: Unit) -> DeliveryView:
        webhook = await lock_webhook(unit, user, webhook_id)
        await _read(unit.connection, user, webhook_id, delivery_id)
        if not webhook.active:
            raise Conflict("The webhook is off. Switch it on first.")
        if not await deliveries.redeliver(unit.connection, webhook_id, delivery_id):
            raise Conflict("This delivery waits to be sent, or is kept no longer.")
        return await _ask_for(unit, user, webhook_id, delivery_id)

    name = f"redeliver {webhook_id} {delivery_id}"
    sender = envelope(user.user_id, command_id, name)
    return await run_command(services, sender, DeliveryView, act)


async def _ask_for(unit: Unit, user: Principal, webhook_id: int, delivery_id: int) -> DeliveryView:
    """Have it sent at once: whoever asks does not wait until the address has rested."""
    await webhooks.ask_now(unit.connection, webhook_id)
    ask(unit, webhook_id, SEND)
    return delivery_view(await _read(unit.connection, user, webhook_id, delivery_id))


async def list_deliveries(
    services: Services,
    user: Principal,
    webhook_id: int,
    state: str | None,
    before_id: int | None,
    limit: int,
) -> list[DeliveryView]:
    """What was and is to be sent, the latest first. Raises NotFound."""
    async with acquired(services.db) as connection:
        if await webhooks.read_webhook(connection, user.user_id, webhook_id) is None:
            raise NotFound("There is no such webhook.")
        found = await deliveries.list_deliveries(
            connection, user.user_id, webhook_id, state, before_id, limit
        )
    return [delivery_view(delivery) for delivery in found]


async def read_delivery(
    services: Services, user: Principal, webhook_id: int, delivery_id: int
) -> DeliveryDetail:
    """One delivery with what is sent, while that is kept. Raises NotFound."""
    async with acquired(services.db) as connection:
        found = await _read(connection, user, webhook_id, delivery_id)
    return delivery_detail(found, services.epoch)


async def _read(
    connection: Connection, user: Principal, webhook_id: int, delivery_id: int
) -> Delivery:
    found = await deliveries.read_delivery(connection, user.user_id, webhook_id, delivery_id)
    if found is None:
        raise NotFound("There is no such delivery.")
    return found
