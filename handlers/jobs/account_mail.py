"""Mails about somebody's account: links that set a password or confirm an address, and news.

The secret of a link is made here, for the attempt that sends it; only its hash is kept.
"""

import structlog

from handlers.actions.identity import new_secret, secret_hash
from handlers.actions.mail_links import MOST_IN_HOUR, LinkAsked, NewsAsked, lifetime_of
from handlers.actions.unit import Unit, unit_of_work
from handlers.jobs.mail import Letter
from handlers.jobs.tell import hand_over
from handlers.jobs.work import Work, read_payload
from rooms.rules.account_letters import link_letter, news_letter
from storage import mail_links
from storage.jobs import is_done
from storage.mail_links import MailLink
from storage.users import User, lock_users, read_credentials, read_user

log = structlog.get_logger(__name__)


async def send_link(work: Work, payload: bytes) -> None:
    """Mail a link, once, to who may have it; to nobody where there is no such account."""
    asked = read_payload(payload, LinkAsked)
    services, key = work.services, f"link:{asked.id}"
    late = services.clock.now() - asked.asked_at > lifetime_of(services, asked.kind)
    if late or await is_done(services.db, key):
        return  # nobody waits for it any more
    secret = new_secret()
    async with unit_of_work(services) as unit:
        to = await _make_link(work, unit, asked, secret)
    if to is None:
        return
    letter = Letter(
        to=asked.email if asked.kind == "change" else to.email,
        # Not their name: of whoever signs up with somebody else's address it could be a message.
        greeting=to.username,
        notice=link_letter(asked.kind, secret, to.language),
        page=work.page,
        name=f"{asked.kind}.{asked.id.hex}",
        at=asked.asked_at,
        chosen=False,
        language=to.language,
    )
    await hand_over(work, letter, key)


async def _make_link(work: Work, unit: Unit, asked: LinkAsked, secret: str) -> User | None:
    """Let the link be opened by this secret; who gets it, if anybody."""
    lifetime, hashed = lifetime_of(work.services, asked.kind), secret_hash(secret)
    if asked.kind == "reset":
        account = await _owner(work, unit, asked)
        if account is None:
            return None
        place = MailLink(asked.id, account.id, "reset", account.email)
        await mail_links.put_link(unit.connection, place, hashed, lifetime)
    link = await mail_links.arm_link(unit.connection, asked.id, hashed, lifetime)
    if link is None:
        return None
    if asked.kind == "change":
        # It is another account's: that can be seen by whoever has the mailbox, and by nobody else.
        owner = await read_credentials(unit.connection, asked.email)
        if owner is not None and owner.user_id != link.user_id:
            return None
    return await read_user(unit.connection, link.user_id)


async def _owner(work: Work, unit: Unit, asked: LinkAsked) -> User | None:
    """Whose password is to be set; None where there is nobody, or they were just sent one."""
    known = await read_credentials(unit.connection, asked.email)
    if known is None or not await lock_users(unit.connection, [known.user_id]):
        return None
    in_minute, in_hour = await mail_links.count_recent(
        unit.connection, known.user_id, "reset", asked.id
    )
    if work.services.limits_on and (in_minute or in_hour >= MOST_IN_HOUR):
        log.info("no further link is sent so soon", user_id=known.user_id)
        return None
    return await read_user(unit.connection, known.user_id)


async def send_news(work: Work, payload: bytes) -> None:
    """Mail what has happened to an account, once."""
    asked = read_payload(payload, NewsAsked)
    key = f"news:{asked.id}"
    if await is_done(work.services.db, key):
        return
    letter = Letter(
        to=asked.email,
        greeting=asked.greeting,
        notice=news_letter(asked.kind, asked.detail, asked.language),
        page=work.page,
        name=f"{asked.kind.replace('_', '-')}.{asked.id.hex}",
        at=asked.at,
        chosen=False,
        language=asked.language,
    )
    await hand_over(work, letter, key)
