"""/api/auth/tokens: personal API tokens."""

from typing import Any

from handlers.actions import api_tokens
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.messages.api_tokens import ApiTokenMade, ApiTokenView, NewApiToken

api = Api()
_TAG = "Accounts"


@api.call("GET", "/auth/tokens", tag=_TAG, answer=list[ApiTokenView])
async def list_api_tokens(call: Call) -> Any:
    """One's API tokens, the latest first."""
    return await api_tokens.list_api_tokens(call.services, call.user)


@api.call(
    "POST", "/auth/tokens", tag=_TAG, body=NewApiToken, answer=ApiTokenMade, status=201,
    errors=("email_unverified", "conflict"),
)  # fmt: skip
async def make_api_token(call: Call, body: NewApiToken) -> Reply:
    """Make an API token; the answer has it, this once."""
    made = await api_tokens.make_api_token(call.services, call.user, body, call.command_id)
    return Reply(made, headers={"Cache-Control": "no-store"})


@api.call("DELETE", "/auth/tokens/{token_id}", tag=_TAG, status=204, errors=("not_found",))
async def delete_api_token(call: Call, token_id: int) -> None:
    """End an API token; its connections are closed within 2 s."""
    await api_tokens.delete_api_token(call.services, call.user, token_id, call.command_id)
