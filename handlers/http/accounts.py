"""/api/auth and /api/users/me."""

from typing import Any

from handlers.actions import accounts, profile
from handlers.http.api import Api
from handlers.http.call import Call, Cookie, Reply
from handlers.http.entrance import require_own_page
from handlers.messages.accounts import (
    LoginsEnded,
    LoginView,
    PasswordChange,
    ProfileEdit,
    Refresh,
    SignedIn,
    Signin,
    Signup,
    UserView,
    login_view,
)
from rooms.errors import Unauthenticated

api = Api()

_REFRESH_PATH = "/api"


def with_cookies(call: Call, signed_in: SignedIn, status: int) -> Reply:
    """A new login, or a renewed one, in the body and in cookies."""
    lifetime = int(call.services.terms.login.total_seconds())
    cookies = (
        Cookie("token", signed_in.access_token, "/", signed_in.expires_in),
        Cookie("refresh_token", signed_in.refresh_token, _REFRESH_PATH, lifetime),
    )
    headers = {"Cache-Control": "no-store"}
    return Reply(signed_in, status=status, headers=headers, cookies=cookies)


SIGN_IN_ERRORS = (
    "invalid_credentials", "totp_required", "invalid_code", "email_unverified",
    "account_suspended",
)  # fmt: skip
NO_COOKIES = (Cookie("token", "", "/", 0), Cookie("refresh_token", "", _REFRESH_PATH, 0))


@api.call(
    "POST", "/auth/signup", tag="Accounts", access="anyone", body=Signup, answer=SignedIn,
    status=201, errors=("email_taken", "username_taken"),
)  # fmt: skip
async def sign_up(call: Call, body: Signup) -> Reply:
    """Make an account and sign in."""
    return with_cookies(call, await accounts.sign_up(call.services, body, call.device), 201)


@api.call(
    "POST", "/auth/login", tag="Accounts", access="anyone", body=Signin, answer=SignedIn,
    errors=SIGN_IN_ERRORS,
)  # fmt: skip
async def sign_in(call: Call, body: Signin) -> Reply:
    """Sign in with e-mail and password, and with a `code` where `totp_required` asks for one."""
    return with_cookies(call, await accounts.sign_in(call.services, body, call.device), 200)


@api.call(
    "POST", "/auth/refresh", tag="Accounts", access="anyone", body=Refresh, body_optional=True,
    answer=SignedIn, errors=("unauthenticated", "email_unverified"),
)  # fmt: skip
async def refresh(call: Call, body: Refresh) -> Reply:
    """Exchange the refresh token for a new pair; a token used twice ends its login."""
    token = body.refresh_token
    if token is None:
        token = call.request.cookies.get("refresh_token")
        require_own_page(call.request, call.door)
    if not token:
        raise Unauthenticated("There is no refresh token.")
    return with_cookies(call, await accounts.refresh(call.services, token, call.device), 200)


@api.call("POST", "/auth/logout", tag="Accounts", status=204)
async def log_out(call: Call) -> Reply:
    """End this login and close its live connections."""
    await accounts.end_logins(call.services, call.user.user_id, [call.user.login_id])
    return Reply(status=204, cookies=NO_COOKIES)


@api.call("GET", "/auth/logins", tag="Accounts", answer=list[LoginView])
async def list_logins(call: Call) -> Any:
    """The devices that are signed in, the latest first."""
    found = await accounts.list_logins(call.services, call.user)
    return [login_view(login, call.user.login_id) for login in found]


@api.call("DELETE", "/auth/logins", tag="Accounts", query=LoginsEnded, status=204)
async def end_all_logins(call: Call, query: LoginsEnded) -> Reply:
    """Log out everywhere; with `others` everywhere else. API tokens stay."""
    await accounts.end_all_logins(call.services, call.user, others=query.others)
    return Reply(status=204, cookies=() if query.others else NO_COOKIES)


@api.call("DELETE", "/auth/logins/{login_id}", tag="Accounts", status=204, errors=("not_found",))
async def end_login(call: Call, login_id: int) -> None:
    """End a login; its connections are closed within 2 s."""
    await accounts.end_login(call.services, call.user, login_id, call.command_id)


@api.call(
    "POST", "/auth/password", tag="Accounts", body=PasswordChange, status=204,
    errors=("invalid_credentials",),
)  # fmt: skip
async def change_password(call: Call, body: PasswordChange) -> None:
    """Change the password; all other logins end."""
    await accounts.change_password(call.services, call.user, body, call.command_id)


@api.call("GET", "/users/me", tag="Users", answer=UserView)
async def read_profile(call: Call) -> UserView:
    """One's own account."""
    return await profile.read_profile(call.services, call.user)


@api.call(
    "PATCH", "/users/me", tag="Users", body=ProfileEdit, answer=UserView,
    errors=("username_taken",),
)  # fmt: skip
async def edit_profile(call: Call, body: ProfileEdit) -> UserView:
    """Change one's own account; fields left out stay as they are."""
    return await profile.edit_profile(call.services, call.user, body, call.command_id)
