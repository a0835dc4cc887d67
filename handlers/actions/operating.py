"""What whoever runs the server does to an account from its shell, without being signed in."""

from uuid import uuid4

from handlers.actions.identity import new_secret, secret_hash
from handlers.actions.mail_links import lifetime_of, tell_by_mail
from handlers.actions.revoking import revoke_all
from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from rooms.errors import NotFound
from storage import admin, mail_links, totp
from storage.mail_links import MailLink
from storage.users import User, lock_users, read_credentials, read_user, set_password


async def make_admin_of(services: Services, email: str) -> User:
    """Give an account the role `admin`; one that has it keeps it. Raises NotFound."""
    async with unit_of_work(services) as unit:
        user = await _locked(unit, email)
        if await admin.set_role(unit.connection, user.id, "admin"):
            # The account itself stands for the shell, which has none.
            await admin.add_to_log(unit.connection, user.id, "role", user.id, "admin")
        return user


async def reset_password(
    services: Services, email: str, password: str, *, drop_codes: bool = False
) -> User:
    """Set a new password, and end all logins and API tokens; `drop_codes` also switches one-time
    codes off. Raises NotFound."""
    hashed = await services.passwords.hash(password)
    async with unit_of_work(services) as unit:
        user = await _locked(unit, email)
        await set_password(unit.connection, user.id, hashed)
        if drop_codes:
            await totp.remove_totp(unit.connection, user.id)
        ended = await revoke_all(unit, user.id, api_tokens=True)
        await mail_links.forget_links(unit.connection, user.id)
        tell_by_mail(services, unit, user, "password_reset")
    services.revoked.add(ended)
    return user


async def reset_link(services: Services, email: str) -> tuple[User, str]:
    """The account, and the secret of a link by which its owner sets a new password, once and
    soon, as by a mailed one. Raises NotFound."""
    secret = new_secret()
    async with unit_of_work(services) as unit:
        user = await _locked(unit, email)
        link = MailLink(uuid4(), user.id, "reset", user.email)
        lifetime = lifetime_of(services, "reset")
        await mail_links.put_link(unit.connection, link, secret_hash(secret), lifetime)
    return user, secret


async def _locked(unit: Unit, email: str) -> User:
    known = await read_credentials(unit.connection, email)
    if known is not None:
        await lock_users(unit.connection, [known.user_id])
        if user := await read_user(unit.connection, known.user_id):
            return user
    raise NotFound(f"There is no account with the e-mail {email}, or it is suspended.")
