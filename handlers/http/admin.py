"""/api/admin: what administrators see and do."""

from handlers.actions import admin
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.admin import (
    AccountDetails,
    AccountEdit,
    AccountFilter,
    AccountView,
    LogFilter,
    LogLineView,
    ServerView,
    Suspension,
)
from handlers.messages.common import Id

api = Api()
_TAG = "Administration"


@api.call(
    "GET", "/admin/users", tag=_TAG, access="admin", query=AccountFilter,
    answer=list[AccountView],
)  # fmt: skip
async def list_accounts(call: Call, query: AccountFilter) -> Reply:
    """Accounts, the newest first; `q` is a part of the username, e-mail or name."""
    before_id = decode_cursor(query.cursor, Id)
    found = await admin.list_accounts(call.services, query, before_id, query.limit + 1)
    page = found[: query.limit]
    more = encode_cursor(page[-1].id) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, more))


@api.call(
    "GET", "/admin/users/{user_id}", tag=_TAG, access="admin", answer=AccountDetails,
    errors=("not_found",),
)  # fmt: skip
async def read_account(call: Call, user_id: int) -> AccountDetails:
    """An account: how its user signs in, and how much there is of them."""
    return await admin.read_account(call.services, user_id)


@api.call(
    "PATCH", "/admin/users/{user_id}", tag=_TAG, access="admin", body=AccountEdit,
    answer=AccountDetails, errors=("not_found", "conflict"),
)  # fmt: skip
async def edit_account(call: Call, user_id: int, body: AccountEdit) -> AccountDetails:
    """Make somebody an administrator, or one no more."""
    return await admin.edit_account(call.services, call.user, user_id, body, call.command_id)


@api.call(
    "DELETE", "/admin/users/{user_id}", tag=_TAG, access="admin", status=204,
    errors=("not_found", "conflict", "invalid"),
)  # fmt: skip
async def delete_account(call: Call, user_id: int) -> None:
    """Delete somebody's account, with everything that is theirs."""
    await admin.delete_account(call.services, call.user, user_id, call.command_id)


@api.call(
    "POST", "/admin/users/{user_id}/suspend", tag=_TAG, access="admin", body=Suspension,
    body_optional=True, answer=AccountDetails, errors=("not_found", "conflict"),
)  # fmt: skip
async def suspend_account(call: Call, user_id: int, body: Suspension) -> AccountDetails:
    """Let somebody in no more, until they are restored."""
    return await admin.suspend(call.services, call.user, user_id, body, call.command_id)


@api.call(
    "POST", "/admin/users/{user_id}/restore", tag=_TAG, access="admin", answer=AccountDetails,
    errors=("not_found", "conflict"),
)  # fmt: skip
async def restore_account(call: Call, user_id: int) -> AccountDetails:
    """Let somebody in again."""
    return await admin.restore(call.services, call.user, user_id, call.command_id)


@api.call("GET", "/admin/log", tag=_TAG, access="admin", query=LogFilter, answer=list[LogLineView])
async def list_admin_log(call: Call, query: LogFilter) -> Reply:
    """What administrators did, the latest first."""
    before_id = decode_cursor(query.cursor, Id)
    found = await admin.list_log(call.services, query.user_id, before_id, query.limit + 1)
    page = found[: query.limit]
    more = encode_cursor(page[-1].id) if len(found) > query.limit else None
    return Reply(page, headers=next_page(call.request, more))


@api.call("GET", "/admin/server", tag=_TAG, access="admin", answer=ServerView)
async def read_server(call: Call) -> ServerView:
    """The server: version, dependencies, jobs, and how much there is on it."""
    return await admin.read_server(call.services)
