"""/api/auth/methods and /api/auth/oidc: signing in by OpenID Connect.

The browser itself comes here and is sent on. What fails is told to it on a page, `?error=<code>`;
whoever does not ask for a page gets the usual problem.
"""

from urllib.parse import quote

from aiohttp import web

from handlers.actions import oidc
from handlers.actions.identity import Principal
from handlers.http.accounts import with_cookies
from handlers.http.answers import set_cookies
from handlers.http.api import Api
from handlers.http.call import Call, Cookie, Reply
from handlers.http.entrance import authenticate
from handlers.messages.oidc import OidcLink, OidcLinked, OidcReturn, OidcStart, SignInMethods
from rooms.errors import DomainError, Forbidden, Unauthenticated

api = Api()
_TAG = "Accounts"
_COOKIE = "oidc"
_PATH = "/api/auth/oidc"
_GONE = Cookie(_COOKIE, "", _PATH, 0)
_REFUSALS = (
    "not_found", "invalid", "signin_failed", "signin_expired", "signin_denied", "signup_closed",
    "account_suspended", "email_unverified", "email_taken", "username_taken", "identity_taken",
    "unauthenticated",
)  # fmt: skip


@api.call("GET", "/auth/methods", tag=_TAG, access="anyone", answer=SignInMethods)
async def list_methods(call: Call) -> SignInMethods:
    """How one can sign in here."""
    return oidc.methods(call.services)


@api.call(
    "GET", "/auth/oidc", tag=_TAG, access="anyone", query=OidcStart, status=303,
    errors=("not_found",), limit="sign_in",
)  # fmt: skip
async def begin_oidc(call: Call, query: OidcStart) -> web.Response:
    """Send the browser to the OpenID provider."""
    try:
        url, cookie = await oidc.depart(call.services, _redirect_uri(call), query.next)
    except DomainError as refusal:
        return _told(call, refusal, "/login")
    return _sent(call, url, _kept(cookie))


@api.call(
    "GET", "/auth/oidc/callback", tag=_TAG, access="anyone", query=OidcReturn, status=303,
    errors=_REFUSALS, limit="sign_in",
)  # fmt: skip
async def end_oidc(call: Call, query: OidcReturn) -> web.Response:
    """Take the browser back from the OpenID provider, sign it in, and send it to the page."""
    cookie = call.request.cookies.get(_COOKIE, "")
    page = "/login"
    try:
        if oidc.trip_of(call.services, cookie, query.state).user_id:
            page = "/settings"
        arrived = await oidc.arrive(
            call.services, cookie, query, _redirect_uri(call), call.device, await _user(call)
        )
    except DomainError as refusal:
        return _told(call, refusal, page)
    if arrived.signed_in is None:
        return _sent(call, f"{page}?linked=1", _GONE)
    signed_in = with_cookies(call, arrived.signed_in, 303)
    return _sent(call, arrived.next, _GONE, *signed_in.cookies)


@api.call("POST", "/auth/oidc/link", tag=_TAG, answer=OidcLink, errors=("not_found",))
async def begin_oidc_link(call: Call) -> Reply:
    """Begin to link one's account; the browser that calls goes to `url`."""
    url, cookie = await oidc.depart(
        call.services, _redirect_uri(call), "/settings", call.user.user_id
    )
    headers = {"Cache-Control": "no-store"}
    return Reply(OidcLink(url=url), headers=headers, cookies=(_kept(cookie),))


@api.call("GET", "/auth/oidc/link", tag=_TAG, answer=OidcLinked, errors=("not_found",))
async def read_oidc_link(call: Call) -> OidcLinked:
    """Whether one's account is linked."""
    return await oidc.read_link(call.services, call.user)


@api.call("DELETE", "/auth/oidc/link", tag=_TAG, status=204, errors=("not_found", "conflict"))
async def remove_oidc_link(call: Call) -> None:
    """Sign in by password only; who has none sets one first."""
    await oidc.unlink(call.services, call.user, call.command_id)


def _redirect_uri(call: Call) -> str:
    return f"{call.door.own_url(call.request)}{_PATH}/callback"


async def _user(call: Call) -> Principal | None:
    """Who the browser is, if anybody."""
    try:
        return await authenticate(call.request, call.services, call.door)
    except (Unauthenticated, Forbidden):
        return None


def _kept(cookie: str) -> Cookie:
    return Cookie(_COOKIE, cookie, _PATH, oidc.LASTS_S)


def _told(call: Call, refusal: DomainError, page: str) -> web.Response:
    """The page that says why not; raises the refusal for whoever asks for no page."""
    if "text/html" not in call.request.headers.get("Accept", ""):
        raise refusal
    return _sent(call, f"{page}?error={quote(refusal.code)}", _GONE)


def _sent(call: Call, url: str, *cookies: Cookie) -> web.Response:
    """Send the browser on, with cookies that stay in it."""
    headers = {"Location": url, "Cache-Control": "no-store"}
    response = web.Response(status=303, headers=headers)
    set_cookies(response, cookies, call.request)
    return response
