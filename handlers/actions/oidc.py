"""Signing in by OpenID Connect: the way to the provider and back, and whose account it is then.

What binds the way back to the browser that went is a cookie with a random secret: `state`, `nonce`
and PKCE's verifier are made from it under the server's key, so nothing has to be kept here, and
none of them can be had from another.
"""

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

import msgspec

from handlers.actions.accounts import Device, begin_login
from handlers.actions.identity import Principal, Tokens
from handlers.actions.mail_links import tell_by_mail
from handlers.actions.oidc_newcomers import newcomer
from handlers.actions.oidc_provider import Claims, Provider
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command, unit_of_work
from handlers.messages.accounts import SignedIn
from handlers.messages.common import Nothing, instant_text, instant_text_or_none
from handlers.messages.oidc import OidcLinked, OidcReturn, OidcView, SignInMethods
from rooms.errors import (
    AccountSuspended,
    Conflict,
    EmailUnverified,
    IdentityTaken,
    NotFound,
    SigninDenied,
    SigninExpired,
    SigninFailed,
    Unauthenticated,
    UsernameTaken,
)
from storage import identities
from storage.database import acquired
from storage.users import lock_users, read_password_hash, read_user

LASTS_S = 600
_ATTEMPTS = 5


class Trip(msgspec.Struct, frozen=True, array_like=True):
    """What the browser keeps while it is at the provider: `next` is the page it wants; `user_id`
    is whose account is to be linked, 0 for signing in."""

    secret: str
    at: int
    next: str
    user_id: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where the browser goes now, and its new login; None where an account was linked."""

    next: str
    signed_in: SignedIn | None


def methods(services: Services) -> SignInMethods:
    """How one can sign in here."""
    provider = services.oidc
    view = None if provider is None else OidcView(name=provider.config.name)
    return SignInMethods(password=True, oidc=view)


async def depart(
    services: Services, redirect_uri: str, next_path: str, user_id: int = 0
) -> tuple[str, str]:
    """(where the browser goes, its cookie). Raises NotFound where there is no provider, and
    Unavailable while it does not answer."""
    provider = _provider(services)
    trip = Trip(secrets.token_urlsafe(32), int(time.time()), _own_page(next_path), user_id)
    cookie = base64.urlsafe_b64encode(msgspec.json.encode(trip)).decode().rstrip("=")
    challenge = hashlib.sha256(_made(services.tokens, "verifier", cookie).encode()).digest()
    url = await provider.sign_in_url(
        redirect_uri,
        _made(services.tokens, "state", cookie),
        _made(services.tokens, "nonce", cookie),
        base64.urlsafe_b64encode(challenge).decode().rstrip("="),
    )
    return url, cookie


def trip_of(services: Services, cookie: str, state: str) -> Trip:
    """The trip that a browser is on, if `state` is of the same. Raises SigninExpired."""
    if not cookie or not cookie.isascii():
        raise SigninExpired
    expected = _made(services.tokens, "state", cookie)
    if not hmac.compare_digest(expected.encode(), state.encode()):
        raise SigninExpired
    try:
        raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
        trip = msgspec.json.decode(raw, type=Trip)
    except ValueError:
        raise SigninExpired from None
    if not 0 <= time.time() - trip.at <= LASTS_S:
        raise SigninExpired
    return trip


async def arrive(
    services: Services,
    cookie: str,
    told: OidcReturn,
    redirect_uri: str,
    device: Device,
    user: Principal | None,
) -> Arrived:
    """The browser is back: let it in, or link the account of `user`, who it is already.

    Raises SigninExpired, SigninDenied, SigninFailed, Unavailable, AccountSuspended, EmailTaken,
    EmailUnverified, SignupClosed, IdentityTaken, Unauthenticated.
    """
    provider = _provider(services)
    trip = trip_of(services, cookie, told.state)
    if told.error is not None:
        raise SigninDenied if told.error == "access_denied" else SigninFailed
    if told.code is None:
        raise SigninFailed
    claims = await provider.redeem(
        told.code,
        redirect_uri,
        _made(services.tokens, "verifier", cookie),
        _made(services.tokens, "nonce", cookie),
        told.iss,
    )
    if trip.user_id:
        if user is None or user.user_id != trip.user_id or user.scopes is not None:
            raise Unauthenticated("Sign in again, and then link your account.")
        await _link(services, provider, claims, trip.user_id)
        return Arrived(trip.next, None)
    for _ in range(_ATTEMPTS):
        try:
            return Arrived(trip.next, await _sign_in(services, provider, claims, device))
        except UsernameTaken:
            continue  # somebody of the same name was quicker
    raise UsernameTaken


async def _sign_in(
    services: Services, provider: Provider, claims: Claims, device: Device
) -> SignedIn:
    issuer = provider.config.issuer
    async with unit_of_work(services) as unit:
        connection = unit.connection
        holder = await identities.find_holder(connection, issuer, claims.subject)
        if holder is None:
            user = await newcomer(services, provider, connection, claims)
            return await begin_login(services, connection, user, device)
        if holder.suspended:
            raise AccountSuspended
        await lock_users(connection, [holder.user_id])
        # Behind the lock again: the link may just have been taken away.
        held = await identities.find_holder(connection, issuer, claims.subject)
        known = await read_user(connection, holder.user_id)
        if held != holder or known is None:
            raise SigninFailed
        if services.verified_only and not known.email_verified:
            raise EmailUnverified
        await identities.note_use(connection, issuer, claims.subject)
        return await begin_login(services, connection, known, device)


async def _link(services: Services, provider: Provider, claims: Claims, user_id: int) -> None:
    """Link an account of somebody who is signed in. Raises IdentityTaken, Unauthenticated."""
    issuer = provider.config.issuer
    async with unit_of_work(services) as unit:
        if user_id not in await lock_users(unit.connection, [user_id]):
            raise Unauthenticated("This account is gone.")
        holder = await identities.find_holder(unit.connection, issuer, claims.subject)
        if holder is not None and holder.user_id == user_id:
            return
        if holder is not None:
            raise IdentityTaken
        if await identities.read_link(unit.connection, user_id, issuer) is not None:
            raise IdentityTaken("Your account is linked to somebody else there. Unlink it first.")
        await identities.add_identity(unit.connection, issuer, claims.subject, user_id)
        account = await read_user(unit.connection, user_id)
        assert account is not None, "it is locked"
        # No password was asked for, and this way in outlives one.
        tell_by_mail(services, unit, account, "identity_linked", provider.config.name)


async def read_link(services: Services, user: Principal) -> OidcLinked:
    """Whether one's account is linked. Raises NotFound where there is no provider."""
    issuer = _provider(services).config.issuer
    async with acquired(services.db) as connection:
        link = await identities.read_link(connection, user.user_id, issuer)
    return OidcLinked(
        linked=link is not None,
        linked_at=None if link is None else instant_text(link.linked_at),
        used_at=None if link is None else instant_text_or_none(link.used_at),
    )


async def unlink(services: Services, user: Principal, command_id: UUID | None) -> None:
    """Sign in by password only from now on. Raises Conflict for who has none."""
    issuer = _provider(services).config.issuer

    async def act(unit: Unit) -> Nothing:
        if await read_password_hash(unit.connection, user.user_id) is None:
            raise Conflict("Set a password first, by “Forgot your password?”.")
        if not await identities.remove_identity(unit.connection, user.user_id, issuer):
            raise NotFound("Your account is not linked.")
        return Nothing()

    sender = envelope(user.user_id, command_id, f"unlink {issuer}")
    await run_command(services, sender, Nothing, act)


def _provider(services: Services) -> Provider:
    if services.oidc is None:
        raise NotFound("There is no OpenID provider here.")
    return services.oidc


def _made(tokens: Tokens, purpose: str, cookie: str) -> str:
    """64 characters that belong to a cookie, and that only this server can make."""
    return tokens.seal(f"oidc {purpose}\0{cookie}")


def _own_page(path: str) -> str:
    """A page of this server, or the first one: never an address elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\", "/api/"))
    return path if own and path.isprintable() and "\\" not in path else "/"
