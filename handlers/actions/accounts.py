"""Accounts and logins: sign up, sign in, refresh, end logins, change the password."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.knocking import knock_of
from handlers.actions.mail_links import ask_verification, tell_by_mail
from handlers.actions.revoking import revoke_all, revoke_logins
from handlers.actions.services import Services
from handlers.actions.totp import second_factor
from handlers.actions.unit import Unit, envelope, run_command, unit_of_work
from handlers.messages.accounts import (
    PasswordChange,
    SignedIn,
    Signin,
    Signup,
    taken_zone,
    user_view,
)
from handlers.messages.common import Nothing
from rooms.errors import (
    AccountSuspended,
    DomainError,
    EmailUnverified,
    InvalidCredentials,
    NotFound,
    Unauthenticated,
)
from storage import logins
from storage.database import Connection, acquired
from storage.logins import Login
from storage.mail_links import forget_links
from storage.users import (
    NewUser,
    User,
    insert_user,
    lock_users,
    read_credentials,
    read_password_hash,
    read_user,
    set_password,
)


@dataclass(frozen=True, slots=True)
class Device:
    """What a login remembers of where it was made: cut to what a person needs to recognise it."""

    user_agent: str = ""
    address: str = ""
    # The refresh token that it still has, if any.
    token: str | None = None


async def sign_up(
    services: Services,
    request: Signup,
    device: Device,
    *,
    avatar_url: str | None = None,
    email_verified: bool = False,
) -> SignedIn:
    """Make an account and its first login; a mail asks to confirm its address.

    Raises Invalid, EmailTaken or UsernameTaken.
    """
    zone = taken_zone(request.timezone)
    hashed = await services.passwords.hash(request.password)
    async with unit_of_work(services) as unit:
        new = NewUser(
            email=request.email,
            username=request.username,
            name=request.name.strip(),
            password_hash=hashed,
            timezone=zone,
            avatar_url=avatar_url,
            show_on_boards=not services.hidden_by_default,
            email_verified=email_verified,
            language=request.language,
        )
        user = await insert_user(unit.connection, new)
        await ask_verification(services, unit, user)
        return await begin_login(services, unit.connection, user, device)


async def create_admin(services: Services, email: str, username: str, password: str) -> User:
    """Make an account with the role `admin`. Raises EmailTaken or UsernameTaken."""
    hashed = await services.passwords.hash(password)
    async with unit_of_work(services) as unit:
        new = NewUser(email, username, "", hashed, "UTC", role="admin", email_verified=True)
        return await insert_user(unit.connection, new)


async def sign_in(services: Services, request: Signin, device: Device) -> SignedIn:
    """Begin a login. Raises InvalidCredentials, after the same time whatever was wrong, and
    RateLimited after too many failures."""
    knock = await knock_of(services, request.email, device.address, device.token)
    async with services.tries.signing_in(knock):
        return await _sign_in(services, request, device)


async def _sign_in(services: Services, request: Signin, device: Device) -> SignedIn:
    async with acquired(services.db) as connection:
        known = await read_credentials(connection, request.email)
    hashed = known.password_hash if known else None
    if not await services.passwords.check(request.password, hashed) or known is None:
        raise InvalidCredentials
    if known.suspended:  # said only to who knows the password
        raise AccountSuspended
    async with unit_of_work(services) as unit:
        await lock_users(unit.connection, [known.user_id])
        user = await read_user(unit.connection, known.user_id)
        # Behind the lock again: an old password must not outlive its change, not even by a race.
        if user is None or await read_password_hash(unit.connection, user.id) != hashed:
            raise InvalidCredentials
        refusal = await second_factor(services, unit, user, request.code)
        refusal = refusal or await _unverified(services, unit, user)
        if refusal is None:
            return await begin_login(services, unit.connection, user, device)
    # What was noted of the attempt has been committed.
    raise refusal


async def _unverified(services: Services, unit: Unit, user: User) -> DomainError | None:
    """The refusal of who has to confirm their address first; they are sent another link."""
    if not services.verified_only or user.email_verified:
        return None
    await ask_verification(services, unit, user)
    return EmailUnverified()


async def refresh(services: Services, token: str, device: Device) -> SignedIn:
    """Exchange a refresh token for a new pair. A token that was used before ends its login.

    Raises Unauthenticated, or EmailUnverified: signing up lets in for one access token only.
    """
    hashed = secret_hash(token)
    stolen = False
    async with unit_of_work(services) as unit:
        found = await logins.lock_token(unit.connection, hashed)
        if found is None or found.expired or found.revoked_at is not None:
            raise Unauthenticated("This login has ended. Sign in again.")
        if found.used_at is not None:
            # Somebody has a copy. Nobody can tell who, so the whole login ends.
            stolen = True
            await revoke_logins(unit, found.user_id, [found.login_id])
        else:
            await logins.use_token(unit.connection, hashed)
            user = await read_user(unit.connection, found.user_id)
            if user is None:
                raise Unauthenticated("This account is gone.")
            if services.verified_only and not user.email_verified:
                raise EmailUnverified
            until = datetime.now(UTC) + services.terms.login
            await logins.prolong(unit.connection, found.login_id, until, device.address)
            signed_in = await _signed_in(services, unit.connection, user, found.login_id)
    if stolen:
        services.revoked.add([found.login_id])
        raise Unauthenticated("This refresh token was used before, so its login has ended.")
    return signed_in


async def begin_login(
    services: Services, connection: Connection, user: User, device: Device
) -> SignedIn:
    """Begin a login of somebody who has shown who they are."""
    until = datetime.now(UTC) + services.terms.login
    login_id = await logins.insert_login(
        connection, user.id, device.user_agent[:300], device.address[:64], until
    )
    return await _signed_in(services, connection, user, login_id)


async def _signed_in(
    services: Services, connection: Connection, user: User, login_id: int
) -> SignedIn:
    refresh_token = new_secret()
    await logins.insert_token(connection, secret_hash(refresh_token), login_id)
    return SignedIn(
        access_token=services.tokens.issue(user.id, login_id, user.role),
        token_type="Bearer",
        expires_in=int(services.tokens.lifetime.total_seconds()),
        refresh_token=refresh_token,
        user=user_view(user),
    )


async def end_logins(services: Services, user_id: int, login_ids: list[int]) -> list[int]:
    """End these logins of the user's own, with their connections; answers those that lived."""
    async with unit_of_work(services) as unit:
        await lock_users(unit.connection, [user_id])
        ended = await revoke_logins(unit, user_id, login_ids)
    services.revoked.add(ended)
    return ended


async def end_login(
    services: Services, user: Principal, login_id: int, command_id: UUID | None
) -> None:
    """End one login of one's own. Raises NotFound if it is not alive or not one's own."""

    async def act(unit: Unit) -> Nothing:
        if not await revoke_logins(unit, user.user_id, [login_id]):
            raise NotFound("There is no such login.")
        return Nothing()

    sender = envelope(user.user_id, command_id, f"end login {login_id}")
    await run_command(services, sender, Nothing, act)
    services.revoked.add([login_id])


async def end_all_logins(services: Services, user: Principal, *, others: bool) -> None:
    """End all of one's logins, with their connections; with `others` all but the present one."""
    async with unit_of_work(services) as unit:
        await lock_users(unit.connection, [user.user_id])
        ended = await revoke_all(unit, user.user_id, but=user.login_id if others else 0)
    services.revoked.add(ended)


async def list_logins(services: Services, user: Principal) -> list[Login]:
    async with acquired(services.db) as connection:
        return await logins.list_logins(connection, user.user_id)


async def change_password(
    services: Services, user: Principal, request: PasswordChange, command_id: UUID | None
) -> None:
    """Set a new password; all other logins end. Raises InvalidCredentials for a wrong old one, and
    RateLimited after too many of them."""
    async with services.tries.confirming(user.user_id):
        await _change_password(services, user, request, command_id)


async def _change_password(
    services: Services, user: Principal, request: PasswordChange, command_id: UUID | None
) -> None:
    async with acquired(services.db) as connection:
        hashed = await read_password_hash(connection, user.user_id)
    fits = await services.passwords.check(request.current_password, hashed)
    new_hash = await services.passwords.hash(request.new_password) if fits else ""
    ended: list[int] = []

    async def act(unit: Unit) -> Nothing:
        if not fits:
            raise InvalidCredentials("The present password is not right.")
        if await read_password_hash(unit.connection, user.user_id) != hashed:
            raise InvalidCredentials("The password was changed meanwhile.")
        await set_password(unit.connection, user.user_id, new_hash)
        ended.extend(await revoke_all(unit, user.user_id, but=user.login_id))
        # Whoever was signed in elsewhere may have asked for links.
        await forget_links(unit.connection, user.user_id, ("reset", "change"))
        account = await read_user(unit.connection, user.user_id)
        assert account is not None, "it is locked"
        tell_by_mail(services, unit, account, "password_changed")
        return Nothing()

    # Sent again, the old password does not fit any more, and the answer is the first one all the
    # same. What tells the command from others must not tell the passwords.
    sealed = services.tokens.seal(f"{request.current_password}\0{request.new_password}")
    sender = envelope(user.user_id, command_id, "password", sealed)
    await run_command(services, sender, Nothing, act)
    services.revoked.add(ended)
