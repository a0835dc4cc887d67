"""/api/users/me, to leave for good."""

from handlers.actions import deletion
from handlers.http.accounts import NO_COOKIES
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.messages.admin import AccountDeletion

api = Api()


@api.call(
    "DELETE", "/users/me", tag="Users", body=AccountDeletion, body_optional=True, status=204,
    errors=("invalid_credentials", "conflict"), scope="login",
)  # fmt: skip
async def delete_own_account(call: Call, body: AccountDeletion) -> Reply:
    """Delete one's account, with everything that is one's own."""
    await deletion.delete_own(call.services, call.user, body, call.command_id)
    return Reply(cookies=NO_COOKIES)
