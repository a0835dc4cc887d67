"""Whose account it is when a provider speaks of somebody for the first time."""

from collections.abc import Iterator
from itertools import islice

import msgspec

from handlers.actions.oidc_provider import Claims, Provider
from handlers.actions.services import Services
from handlers.messages.accounts import Email
from rooms.errors import (
    AccountSuspended,
    EmailTaken,
    EmailUnverified,
    SigninFailed,
    SignupClosed,
)
from rooms.rules.periods import is_zone
from rooms.rules.usernames import usernames_of
from storage import identities
from storage.database import Connection
from storage.users import (
    NewUser,
    User,
    insert_user,
    lock_users,
    read_user,
    taken_usernames,
)

_CANDIDATES = 20


async def newcomer(
    services: Services, provider: Provider, connection: Connection, claims: Claims
) -> User:
    """Whose account it is from now on, for a subject that is seen for the first time.

    An account that has the same e-mail is theirs only if both sides have confirmed that address,
    and nothing else is asked of its owner. Or else whoever signed up with somebody's address
    before them would share their account, and whoever can name an address would get in.
    """
    issuer = provider.config.issuer
    email = _email_of(claims)
    namesake = await identities.find_namesake(connection, email)
    if namesake is not None:
        if not namesake.verified or namesake.totp:
            raise EmailTaken(
                "There is an account with this e-mail. Sign in with its password, and link it in"
                " the settings."
            )
        await lock_users(connection, [namesake.user_id])
        known = await read_user(connection, namesake.user_id)
        if known is None:
            raise AccountSuspended
        if known.email.lower() != email.lower() or not known.email_verified:
            raise SigninFailed
        await identities.add_identity(connection, issuer, claims.subject, known.id)
        return known
    if not provider.config.allow_signup:
        raise SignupClosed
    made = await insert_user(connection, await _new_user(services, connection, claims, email))
    await identities.add_identity(connection, issuer, claims.subject, made.id)
    return made


def _email_of(claims: Claims) -> str:
    """The address that the provider vouches for. Raises EmailUnverified."""
    try:
        email = msgspec.convert(claims.email, Email)
    except msgspec.ValidationError:
        raise EmailUnverified("The provider tells no e-mail address of yours.") from None
    if not claims.email_verified:
        raise EmailUnverified("The provider has not confirmed your e-mail address.")
    return email


async def _new_user(
    services: Services, connection: Connection, claims: Claims, email: str
) -> NewUser:
    name = "".join(c for c in claims.name if c.isprintable()).strip()[:80]
    return NewUser(
        email=email,
        username=await _free_username(connection, claims, email),
        name=name,
        password_hash=None,
        timezone=claims.zone if claims.zone and is_zone(claims.zone) else "UTC",
        show_on_boards=not services.hidden_by_default,
        email_verified=True,
    )


async def _free_username(connection: Connection, claims: Claims, email: str) -> str:
    names: Iterator[str] = usernames_of(claims.username or claims.name or email.partition("@")[0])
    while True:
        candidates = list(islice(names, _CANDIDATES))
        taken = await taken_usernames(connection, candidates)
        free = next((one for one in candidates if one not in taken), None)
        if free is not None:
            return free
