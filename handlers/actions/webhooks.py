"""Webhooks: addresses that users have their events sent to [N3].

A webhook is its owner's, and gets what they may read: what happens to themselves, or in a project
of which they are a member. Those of a project are made by who manages it.
"""

import base64
from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import UNSET

from handlers.actions.identity import Principal, new_secret
from handlers.actions.notifications import notify
from handlers.actions.outside import check_url
from handlers.actions.sealing import Sealer
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, instant_text
from handlers.messages.webhooks import (
    DisabledReason,
    NewWebhook,
    WebhookDisabled,
    WebhookEdit,
    WebhookMade,
    WebhookSecret,
    WebhookView,
    webhook_made,
    webhook_view,
)
from rooms.errors import Conflict, Invalid, NotFound
from rooms.rules.webhooks import unknown_events
from storage import webhooks
from storage.database import Connection, acquired
from storage.projects import read_access
from storage.webhooks import Webhook

MOST = 10
# Says what it is to whoever finds it where it should not be.
_PREFIX = "whsec_"


async def make_webhook(
    services: Services, user: Principal, request: NewWebhook, command_id: UUID | None
) -> WebhookMade:
    """Have events sent to an address from now on.

    Raises Invalid, NotFound or Forbidden for the project, and Conflict for one too many.
    """
    events = _taken_events(request.events, of_project=request.project_id is not None)
    await _check(services, request.url)

    async def act(unit: Unit) -> WebhookMade:
        if request.project_id is not None:
            await _require_managing(unit.connection, user, request.project_id)
        await _require_room(services, unit, user)
        sealed = _new_secret(services, user.user_id)
        webhook_id = await webhooks.insert_webhook(
            unit.connection, user.user_id, request.project_id, request.url, events, sealed
        )
        return webhook_made(await _read(unit.connection, user, webhook_id), _text_of(sealed))

    sender = envelope(user.user_id, command_id, "webhook", request)
    made = await run_command(services, sender, WebhookMade, act)
    return msgspec.structs.replace(made, secret=_opened(services, user, made.secret))


async def replace_secret(
    services: Services, user: Principal, webhook_id: int, command_id: UUID | None
) -> WebhookSecret:
    """Sign by a new secret; the one before signs as well for a while. Raises NotFound."""

    async def act(unit: Unit) -> WebhookSecret:
        await lock_webhook(unit, user, webhook_id)
        sealed = _new_secret(services, user.user_id)
        until = await webhooks.set_secret(
            unit.connection, user.user_id, webhook_id, sealed, services.terms.webhook_overlap
        )
        return WebhookSecret(secret=_text_of(sealed), old_secret_until=instant_text(until))

    sender = envelope(user.user_id, command_id, f"webhook secret {webhook_id}")
    made = await run_command(services, sender, WebhookSecret, act)
    return msgspec.structs.replace(made, secret=_opened(services, user, made.secret))


async def list_webhooks(
    services: Services, user: Principal, after_id: int, limit: int
) -> list[WebhookView]:
    """One's own, the oldest first."""
    async with acquired(services.db) as connection:
        found = await webhooks.list_webhooks(connection, user.user_id, after_id, limit)
    return [webhook_view(webhook) for webhook in found]


async def read_webhook(services: Services, user: Principal, webhook_id: int) -> WebhookView:
    """Raises NotFound."""
    async with acquired(services.db) as connection:
        return webhook_view(await _read(connection, user, webhook_id))


async def edit_webhook(
    services: Services,
    user: Principal,
    webhook_id: int,
    request: WebhookEdit,
    command_id: UUID | None,
) -> WebhookView:
    """Change what is given. What came while it was off is not sent when it is on again.

    Raises NotFound, Invalid, and Forbidden for a project that one does not manage any more.
    """
    if request.url is not UNSET:
        await _check(services, request.url)

    async def act(unit: Unit) -> WebhookView:
        webhook = await lock_webhook(unit, user, webhook_id)
        of_project = webhook.project_id is not None
        await webhooks.edit_webhook(
            unit.connection,
            user.user_id,
            webhook_id,
            None if request.url is UNSET else request.url,
            None
            if request.events is UNSET
            else _taken_events(request.events, of_project=of_project),
        )
        if request.active is True and not webhook.active:
            if webhook.project_id is not None:
                await _require_managing(unit.connection, user, webhook.project_id)
            await webhooks.switch_on(unit.connection, user.user_id, webhook_id)
        elif request.active is False:
            await webhooks.switch_off(unit.connection, webhook_id)
        return webhook_view(await _read(unit.connection, user, webhook_id))

    sender = envelope(user.user_id, command_id, f"edit webhook {webhook_id}", request)
    return await run_command(services, sender, WebhookView, act)


async def delete_webhook(
    services: Services, user: Principal, webhook_id: int, command_id: UUID | None
) -> None:
    """Send nothing more, and forget what was sent. Raises NotFound."""

    async def act(unit: Unit) -> Nothing:
        if not await webhooks.remove_webhook(unit.connection, user.user_id, webhook_id):
            raise NotFound("There is no such webhook.")
        return Nothing()

    sender = envelope(user.user_id, command_id, f"delete webhook {webhook_id}")
    await run_command(services, sender, Nothing, act)


async def disable(unit: Unit, user_id: int, webhook_id: int, reason: DisabledReason) -> bool:
    """Switch a webhook off for a reason of the server's, and tell its owner; whether it was on.

    The owner's row is locked.
    """
    webhook = await webhooks.lock_webhook(unit.connection, user_id, webhook_id)
    if webhook is None or not await webhooks.switch_off(unit.connection, webhook_id, reason):
        return False
    off = await webhooks.read_webhook(unit.connection, user_id, webhook_id)
    assert off is not None
    assert off.disabled_at is not None
    key = f"webhook_disabled:{webhook_id}:{instant_text(off.disabled_at)}"
    told = WebhookDisabled(
        webhook_id=webhook_id, host=urlsplit(webhook.url).hostname or "", reason=reason
    )
    await notify(unit, user_id, "webhook_disabled", key, told)
    return True


def open_secret(services: Services, user_id: int, sealed: bytes) -> str | None:
    """The secret of a webhook; None if it was encrypted under another JWT_SECRET."""
    secret = _sealer(services).open(sealed, user_id)
    return None if secret is None else secret.decode()


def _sealer(services: Services) -> Sealer:
    return Sealer(*services.tokens.keys_for("webhooks"))


def _new_secret(services: Services, user_id: int) -> bytes:
    return _sealer(services).seal((_PREFIX + new_secret()).encode(), user_id)


def _text_of(sealed: bytes) -> str:
    """As it stands in a remembered answer, which must not tell it in clear."""
    return base64.b64encode(sealed).decode()


def _opened(services: Services, user: Principal, text: str) -> str:
    secret = open_secret(services, user.user_id, base64.b64decode(text))
    if secret is None:
        raise Conflict("This secret cannot be read any more. Ask for a new one.")
    return secret


async def _check(services: Services, url: str) -> None:
    await check_url("url", url, allow_private=services.allow_private, plain=True)


def _taken_events(events: Sequence[str], *, of_project: bool) -> list[str]:
    """Each once, in the order given. Raises Invalid for what may not be chosen."""
    unknown = unknown_events(events, of_project=of_project)
    if unknown:
        where = "a project" if of_project else "oneself"
        raise Invalid.field("events", f"{unknown[0]!r} is no event of {where}")
    return list(dict.fromkeys(events))


async def _require_managing(connection: Connection, user: Principal, project_id: int) -> None:
    access = await read_access(connection, project_id, user.user_id)
    if access is None:
        raise NotFound("There is no such project.")
    access.require("manage")


async def _require_room(services: Services, unit: Unit, user: Principal) -> None:
    if not services.limits_on:
        return
    if await webhooks.count_webhooks(unit.connection, user.user_id) >= MOST:
        raise Conflict(f"You have {MOST} webhooks. Delete one first.")


async def _read(connection: Connection, user: Principal, webhook_id: int) -> Webhook:
    webhook = await webhooks.read_webhook(connection, user.user_id, webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


async def lock_webhook(unit: Unit, user: Principal, webhook_id: int) -> Webhook:
    """Read one's webhook, which nobody else changes meanwhile. Raises NotFound."""
    webhook = await webhooks.lock_webhook(unit.connection, user.user_id, webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook
