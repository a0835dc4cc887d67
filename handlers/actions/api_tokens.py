"""API tokens: made, listed, deleted; and who a bearer of any token is."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.known_tokens import PREFIX, is_api_token
from handlers.actions.revoking import tell_end
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.api_tokens import (
    ApiTokenMade,
    ApiTokenView,
    NewApiToken,
    api_token_made,
    api_token_view,
)
from handlers.messages.common import Nothing, taken_instant_or_none
from rooms.errors import Conflict, EmailUnverified, Forbidden, Invalid, NotFound, Unauthenticated
from storage import api_tokens
from storage.database import acquired
from storage.users import read_user

MOST = 50


async def authenticate(services: Services, token: str) -> Principal:
    """Who an access token or an API token speaks for. Raises Unauthenticated or Unavailable."""
    if is_api_token(token):
        return await services.api_tokens.check(token)
    return services.tokens.check(token)


async def make_api_token(
    services: Services, user: Principal, request: NewApiToken, command_id: UUID | None
) -> ApiTokenMade:
    """Make a token, whose secret is in this answer only.

    What is remembered of a command is the answer without the secret, which is made anew from the
    command's id. Raises Invalid, Forbidden for `admin` by who is none, or Conflict for too many.
    """
    expires_at = taken_instant_or_none("expires_at", request.expires_at)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid.field("expires_at", "must lie in the future")
    secret = PREFIX + _secret(services, user.user_id, command_id)

    async def act(unit: Unit) -> ApiTokenMade:
        await _require_right(services, unit, user, request)
        made = await api_tokens.insert_api_token(
            unit.connection,
            user.user_id,
            secret_hash(secret),
            request.name.strip(),
            sorted(set(request.scopes)),
            expires_at,
        )
        return api_token_made(made)

    sender = envelope(user.user_id, command_id, "api token", request)
    made = await run_command(services, sender, ApiTokenMade, act)
    return msgspec.structs.replace(made, token=secret)


def _secret(services: Services, user_id: int, command_id: UUID | None) -> str:
    if command_id is None:
        return new_secret()
    raw = services.tokens.key_for(f"api token {user_id} {command_id}")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def _require_right(
    services: Services, unit: Unit, user: Principal, request: NewApiToken
) -> None:
    account = await read_user(unit.connection, user.user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    if "admin" in request.scopes and account.role != "admin":
        raise Forbidden("Only an administrator's token may have the scope 'admin'.")
    if services.verified_only and not account.email_verified:
        raise EmailUnverified
    if (
        services.limits_on
        and await api_tokens.count_api_tokens(unit.connection, account.id) >= MOST
    ):
        raise Conflict(f"You have {MOST} API tokens. Delete one first.")


async def list_api_tokens(services: Services, user: Principal) -> list[ApiTokenView]:
    """One's own tokens, the latest first."""
    async with acquired(services.db) as connection:
        found = await api_tokens.list_api_tokens(connection, user.user_id)
    return [api_token_view(token) for token in found]


async def delete_api_token(
    services: Services, user: Principal, token_id: int, command_id: UUID | None
) -> None:
    """End a token, with its connections. Raises NotFound if it is not there or not one's own."""

    async def act(unit: Unit) -> Nothing:
        if not await api_tokens.revoke_api_token(unit.connection, user.user_id, token_id):
            raise NotFound("There is no such API token.")
        tell_end(unit, user.user_id, [token_id])
        return Nothing()

    sender = envelope(user.user_id, command_id, f"delete api token {token_id}")
    await run_command(services, sender, Nothing, act)
    services.revoked.add([token_id])
