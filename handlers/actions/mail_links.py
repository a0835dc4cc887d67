"""What takes a link that comes by mail: a new password, an address that is confirmed.

The secret of a link is made where its mail is written (`handlers/jobs/account_mail.py`), so that
it stands in no queue. Nobody who asks for a mail is told whether there is an account.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import msgspec

from handlers.actions.account_events import tell_devices
from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.proof import proven, require_unchanged
from handlers.actions.revoking import revoke_all
from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.mail_links import EmailChange, NewPassword, ResetAsked
from rooms.errors import Invalid, RateLimited, Unauthenticated
from rooms.rules.languages import Language
from storage import mail_links
from storage.database import Connection, acquired
from storage.deletion import remove_ways
from storage.mail_links import Kind, MailLink
from storage.users import User, lock_users, read_user, set_email, set_password, verify_email

# Kinds of jobs, which `handlers/jobs` does.
LINK = "account_link"
NEWS = "account_news"
MOST_IN_HOUR = 5
NewsKind = Literal[
    "password_changed", "password_reset", "email_asked", "email_changed", "totp_on", "totp_off",
    "recovery_codes", "recovery_code_used", "identity_linked",
]  # fmt: skip


class LinkAsked(msgspec.Struct, frozen=True):
    """A link of a kind is to be mailed to an address; `id` is that of its row, for `reset` too,
    whose row is made only once it is known whether there is an account."""

    id: UUID
    kind: Kind
    email: str
    asked_at: datetime


class NewsAsked(msgspec.Struct, frozen=True):
    """Somebody is to be told by mail what has happened to their account."""

    id: UUID
    kind: NewsKind
    email: str
    greeting: str
    detail: str
    at: datetime
    language: Language | None = None


def lifetime_of(services: Services, kind: Kind) -> timedelta:
    """How long a link holds, from when its mail is written."""
    return services.terms.reset_link if kind == "reset" else services.terms.email_link


def tell_by_mail(
    services: Services, unit: Unit, user: User, kind: NewsKind, detail: str = ""
) -> None:
    """Have the account's owner told, at the address that it has in `user`."""
    now = services.clock.now()
    asked = NewsAsked(uuid4(), kind, user.email, user.username, detail, now, user.language)
    unit.enqueue(NEWS, asked, f"{NEWS}:{asked.id}")


async def ask_reset(services: Services, request: ResetAsked) -> None:
    """Have a link sent to the account with this address, if there is one.

    What is done here is the same whether there is; the job looks.
    """
    asked = LinkAsked(uuid4(), "reset", request.email, services.clock.now())
    name = hashlib.blake2b(request.email.lower().encode(), digest_size=16).hexdigest()
    async with unit_of_work(services) as unit:
        unit.enqueue(LINK, asked, f"{LINK}:reset:{name}")


async def confirm_reset(services: Services, request: NewPassword) -> None:
    """Set a new password by a link, once; ends all logins and API tokens. Raises Invalid."""
    link = await _read(services, request.token, ("reset",))
    hashed = await services.passwords.hash(request.new_password)
    async with unit_of_work(services) as unit:
        user = await _use(unit, link, request.token)
        if not user.email_verified:
            # Whoever made the account, and opened ways into it and out of it, has never shown
            # that the address is theirs; this one has.
            await remove_ways(unit.connection, user.id)
        await verify_email(unit.connection, user.id, link.email)
        await set_password(unit.connection, user.id, hashed)
        ended = await revoke_all(unit, user.id, api_tokens=True)
        await mail_links.forget_links(unit.connection, user.id)
        tell_by_mail(services, unit, user, "password_reset")
    services.revoked.add(ended)


async def ask_verification(services: Services, unit: Unit, user: User) -> None:
    """Have a link sent to the account's own address, unless it was confirmed, or one has just
    been sent. The user is locked."""
    if not user.email_verified and await _may_send(services, unit.connection, user.id):
        await _ask(services, unit, user.id, "verify", user.email)


async def resend_verification(services: Services, user: Principal) -> None:
    """The same, on demand."""
    async with unit_of_work(services) as unit:
        await ask_verification(services, unit, await _locked(unit, user.user_id))


async def change_email(services: Services, user: Principal, request: EmailChange) -> None:
    """Have a link sent to a new address, which is used once that is opened; the old one is told.

    Whether it is another account's is not said. Raises InvalidCredentials, or RateLimited.
    """
    hashed = await proven(services, user.user_id, request.password)
    async with unit_of_work(services) as unit:
        account = await _locked(unit, user.user_id)
        await require_unchanged(unit.connection, account.id, hashed)
        if request.email == account.email:
            return
        _, in_hour = await mail_links.count_recent(unit.connection, account.id, "change", uuid4())
        if services.limits_on and in_hour >= MOST_IN_HOUR:
            raise RateLimited("You have been sent many links. Wait a while.", retry_after_s=3600)
        await _ask(services, unit, account.id, "change", request.email)
        tell_by_mail(services, unit, account, "email_asked", request.email)


async def confirm_email(services: Services, token: str) -> None:
    """Take an address as confirmed, or as the new one, by a link. Raises Invalid or EmailTaken."""
    link = await _read(services, token, ("verify", "change"))
    async with unit_of_work(services) as unit:
        before = await _use(unit, link, token)
        if link.kind == "verify":
            if not await verify_email(unit.connection, before.id, link.email):
                raise _gone()
        else:
            await set_email(unit.connection, before.id, link.email)
            # Links to the old address must not set a password, or bring it back.
            await mail_links.forget_links(unit.connection, before.id)
            tell_by_mail(services, unit, before, "email_changed", link.email)
        after = await read_user(unit.connection, before.id)
        assert after is not None, "it is locked"
        tell_devices(unit, after)


async def _may_send(services: Services, connection: Connection, user_id: int) -> bool:
    in_minute, in_hour = await mail_links.count_recent(connection, user_id, "verify", uuid4())
    return not services.limits_on or (in_minute == 0 and in_hour < MOST_IN_HOUR)


async def _ask(services: Services, unit: Unit, user_id: int, kind: Kind, email: str) -> None:
    asked = LinkAsked(uuid4(), kind, email, services.clock.now())
    # A place for the link, which nobody can open yet. If the password is changed before the mail
    # is written, the place goes, and no link is made.
    link = MailLink(asked.id, user_id, kind, email)
    lifetime = lifetime_of(services, kind)
    await mail_links.put_link(unit.connection, link, secret_hash(new_secret()), lifetime)
    unit.enqueue(LINK, asked, f"{LINK}:{asked.id}")


async def _read(services: Services, token: str, kinds: tuple[Kind, ...]) -> MailLink:
    async with acquired(services.db) as connection:
        link = await mail_links.read_link(connection, secret_hash(token), kinds)
    if link is None:
        raise _gone()
    return link


async def _use(unit: Unit, link: MailLink, token: str) -> User:
    """Take the link, behind its user's lock; whose account it is. Raises Invalid."""
    await lock_users(unit.connection, [link.user_id])
    taken = await mail_links.use_link(unit.connection, secret_hash(token))
    user = await read_user(unit.connection, link.user_id)
    if taken is None or user is None:
        raise _gone()
    return user


async def _locked(unit: Unit, user_id: int) -> User:
    await lock_users(unit.connection, [user_id])
    user = await read_user(unit.connection, user_id)
    if user is None:
        raise Unauthenticated("This account is gone.")
    return user


def _gone() -> Invalid:
    return Invalid.field("token", "does not hold: it was used, is too old, or was never there")
