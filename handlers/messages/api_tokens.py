"""Personal API tokens, for programs."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from handlers.messages.common import (
    Command,
    Id,
    Instant,
    InstantText,
    Name,
    View,
    instant_text,
    instant_text_or_none,
)
from rooms.scopes import DEFAULT, Scope
from storage.api_tokens import ApiToken


class NewApiToken(Command, frozen=True, kw_only=True):
    """`read` also lets connect; `timer` changes one's time entries, `write` all else; `admin` is
    for administrators. Without `expires_at` it holds until it is deleted."""

    name: Name
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=10)] = msgspec.field(
        default_factory=lambda: list(DEFAULT)
    )
    expires_at: Instant | None = None


class ApiTokenView(View, frozen=True, kw_only=True):
    """`last_used_at` is kept to the minute."""

    id: Id
    name: str
    scopes: list[Scope]
    expires_at: InstantText | None
    created_at: InstantText
    last_used_at: InstantText | None


class ApiTokenMade(ApiTokenView, frozen=True, kw_only=True):
    """`token` is shown this once."""

    token: str


def api_token_view(token: ApiToken) -> ApiTokenView:
    return ApiTokenView(**_fields(token))


def api_token_made(token: ApiToken) -> ApiTokenMade:
    """Without its secret, which whoever made it puts in."""
    return ApiTokenMade(**_fields(token), token="")


def _fields(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "expires_at": instant_text_or_none(token.expires_at),
        "created_at": instant_text(token.created_at),
        "last_used_at": instant_text_or_none(token.last_used_at),
    }
