"""Accounts and logins: sign up, sign in, refresh, revoke, edit one's profile."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from handlers.actions.board_pushes import push_removed, remove_user
from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command, unit_of_work
from handlers.messages.accounts import (
    LoginRevoked,
    PasswordChange,
    PrivacyEdit,
    ProfileEdit,
    SignedIn,
    Signin,
    Signup,
    UserView,
    taken_zone,
    user_view,
)
from handlers.messages.common import Nothing
from handlers.messages.entries import EntryRef, TimerEvent, TimerGone, Tracker, entry_view
from rooms.errors import InvalidCredentials, NotFound, Unauthenticated
from storage import logins, projects
from storage.database import Connection, acquired
from storage.earnings import ask, ask_boards
from storage.entries import read_running
from storage.logins import Login
from storage.users import (
    NewUser,
    User,
    UserEdit,
    insert_user,
    lock_users,
    read_credentials,
    read_password_hash,
    read_user,
    set_password,
    update_user,
)


@dataclass(frozen=True, slots=True)
class Device:
    """What a login remembers of where it was made: cut to what a person needs to recognise it."""

    user_agent: str = ""
    address: str = ""


async def sign_up(
    services: Services,
    request: Signup,
    device: Device,
    *,
    avatar_url: str | None = None,
) -> SignedIn:
    """Make an account and its first login. Raises Invalid, EmailTaken or UsernameTaken."""
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
        )
        user = await insert_user(unit.connection, new)
        return await _begin_login(services, unit.connection, user, device)


async def create_admin(services: Services, email: str, username: str, password: str) -> User:
    """Make an account with the role `admin`. Raises EmailTaken or UsernameTaken."""
    hashed = await services.passwords.hash(password)
    async with unit_of_work(services) as unit:
        new = NewUser(email, username, "", hashed, "UTC", role="admin")
        return await insert_user(unit.connection, new)


async def sign_in(services: Services, request: Signin, device: Device) -> SignedIn:
    """Begin a login. Raises InvalidCredentials, after the same time whatever was wrong."""
    async with acquired(services.db) as connection:
        known = await read_credentials(connection, request.email)
    hashed = known.password_hash if known and not known.suspended else None
    if not await services.passwords.check(request.password, hashed) or known is None:
        raise InvalidCredentials
    async with unit_of_work(services) as unit:
        await lock_users(unit.connection, [known.user_id])
        user = await read_user(unit.connection, known.user_id)
        # Behind the lock again: an old password must not outlive its change, not even by a race.
        if user is None or await read_password_hash(unit.connection, user.id) != hashed:
            raise InvalidCredentials
        return await _begin_login(services, unit.connection, user, device)


async def refresh(services: Services, token: str, device: Device) -> SignedIn:
    """Exchange a refresh token for a new pair. A token that was used before ends its login.

    Raises Unauthenticated.
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
            await _revoke(unit, found.user_id, [found.login_id])
        else:
            await logins.use_token(unit.connection, hashed)
            user = await read_user(unit.connection, found.user_id)
            if user is None:
                raise Unauthenticated("This account is gone.")
            until = datetime.now(UTC) + services.terms.login
            await logins.prolong(unit.connection, found.login_id, until, device.address)
            signed_in = await _signed_in(services, unit.connection, user, found.login_id)
    if stolen:
        services.revoked.add([found.login_id])
        raise Unauthenticated("This refresh token was used before, so its login has ended.")
    return signed_in


async def _begin_login(
    services: Services, connection: Connection, user: User, device: Device
) -> SignedIn:
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
        ended = await _revoke(unit, user_id, login_ids)
    services.revoked.add(ended)
    return ended


async def end_login(
    services: Services, user: Principal, login_id: int, command_id: UUID | None
) -> None:
    """End one login of one's own. Raises NotFound if it is not alive or not one's own."""

    async def act(unit: Unit) -> Nothing:
        if not await _revoke(unit, user.user_id, [login_id]):
            raise NotFound("There is no such login.")
        return Nothing()

    sender = envelope(user.user_id, command_id, f"end login {login_id}")
    await run_command(services, sender, Nothing, act)
    services.revoked.add([login_id])


async def _revoke(unit: Unit, user_id: int, login_ids: list[int]) -> list[int]:
    ended = await logins.revoke(unit.connection, user_id, login_ids)
    if ended:
        unit.tell(f"user:{user_id}", "login:revoked", LoginRevoked(login_ids=ended))
    return ended


async def list_logins(services: Services, user: Principal) -> list[Login]:
    async with acquired(services.db) as connection:
        return await logins.list_logins(connection, user.user_id)


async def change_password(
    services: Services, user: Principal, request: PasswordChange, command_id: UUID | None
) -> None:
    """Set a new password; all other logins end. Raises InvalidCredentials for a wrong old one."""
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
        ended.extend(await logins.revoke_others(unit.connection, user.user_id, user.login_id))
        if ended:
            told = LoginRevoked(login_ids=ended)
            unit.tell(f"user:{user.user_id}", "login:revoked", told)
        return Nothing()

    # Sent again, the old password does not fit any more, and the answer is the first one all the
    # same. What tells the command from others must not tell the passwords.
    sealed = services.tokens.seal(f"{request.current_password}\0{request.new_password}")
    sender = envelope(user.user_id, command_id, "password", sealed)
    await run_command(services, sender, Nothing, act)
    services.revoked.add(ended)


async def read_profile(services: Services, user: Principal) -> UserView:
    """One's own account. Raises Unauthenticated if it is gone."""
    async with acquired(services.db) as connection:
        found = await read_user(connection, user.user_id)
    if found is None:
        raise Unauthenticated("This account is gone.")
    return user_view(found)


async def edit_profile(
    services: Services, user: Principal, request: ProfileEdit, command_id: UUID | None
) -> UserView:
    """Change one's own account. A new zone or day start moves no past day [D3]."""
    if request.timezone is not None:
        taken_zone(request.timezone)
    privacy = request.privacy or PrivacyEdit()
    edit = UserEdit(
        name=None if request.name is None else request.name.strip(),
        timezone=request.timezone,
        day_starts_at=request.day_starts_at,
        leaderboards=privacy.leaderboards,
        profile=privacy.profile,
        show_activity=privacy.show_activity,
        hide_descriptions=privacy.hide_descriptions,
    )

    async def act(unit: Unit) -> UserView:
        before = await read_user(unit.connection, user.user_id)
        after = await update_user(unit.connection, user.user_id, edit)
        assert before is not None
        await _show_or_hide(unit, before, after)
        if before.leaderboards and not after.leaderboards:
            await remove_user(unit, user.user_id)
        elif after.leaderboards and not before.leaderboards:
            await ask_boards(unit.connection, user.user_id)
        if (before.timezone, before.day_starts_at) != (after.timezone, after.day_starts_at):
            await ask(unit.connection, [user.user_id])  # the streak ends with another day
        return user_view(after)

    sender = envelope(user.user_id, command_id, "profile", edit)
    view = await run_command(services, sender, UserView, act)
    if privacy.leaderboards is False:
        await push_removed(services, user.user_id)
    return view


async def _show_or_hide(unit: Unit, before: User, after: User) -> None:
    """Make a change of what others may see hold at once, in what is kept for replay too [V2]."""
    hides = (before.show_activity and not after.show_activity) or (
        not before.hide_descriptions and after.hide_descriptions
    )
    shows = after.show_activity and not before.show_activity
    changed = (before.show_activity, before.hide_descriptions) != (
        after.show_activity,
        after.hide_descriptions,
    )
    if not changed:
        return
    tracker = Tracker(id=after.id, username=after.username)
    for project_id, entry_id in await projects.shown_on(unit.connection, after.id):
        channel = f"project:{project_id}"
        if not after.show_activity:
            unit.tell(
                channel, "timer:discarded", TimerGone(entry=EntryRef(id=entry_id), user=tracker)
            )
        else:
            entry = await read_running(unit.connection, after.id)
            if entry is not None:
                shown = entry_view(entry, hidden=after.hide_descriptions)
                name = "timer:started" if shows else "timer:updated"
                unit.tell(channel, name, TimerEvent(entry=shown, user=tracker))
    if hides:
        for project_id in await projects.joined_by(unit.connection, after.id):
            unit.hide_past(f"project:{project_id}")
