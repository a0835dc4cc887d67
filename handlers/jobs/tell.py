"""Jobs that bring a notification out of the application: by mail, or to a browser."""

import hashlib
from typing import Any

import aiohttp
import msgspec
import structlog

from handlers.actions.push import encode_base64, vapid_key
from handlers.jobs.mail import Letter, Refused
from handlers.jobs.outside import Forbidden
from handlers.jobs.webpush import LONGEST, authorization, encrypt
from handlers.jobs.work import Hopeless, Work, read_payload
from rooms.rules.notices import Notice, kind_of, notice_of
from storage import push
from storage.database import acquired
from storage.jobs import is_done, note_done
from storage.notifications import ToTell, read_to_tell
from storage.push import Subscription

log = structlog.get_logger(__name__)
_TTL_S = 24 * 3600
_GONE = (404, 410)
_BODY_CHARS = 300


class Told(msgspec.Struct, frozen=True):
    """Which notification, and where it is to be brought."""

    user_id: int
    notification_id: int
    subscription_id: int = 0


class PushRefused(Exception):
    """A push service did not take it this time."""


async def send_mail(work: Work, payload: bytes) -> None:
    """Mail a notification, once; by a Message-ID that is its own, should it come twice."""
    told = read_payload(payload, Told)
    key = f"mail:{told.user_id}:{told.notification_id}"
    if await is_done(work.services.db, key):
        return
    async with acquired(work.services.db) as connection:
        found = await read_to_tell(
            connection,
            told.user_id,
            told.notification_id,
            verified_only=work.services.verified_only,
        )
    if found is None:
        return  # they are gone, or have not confirmed their address
    letter = Letter(
        to=found.email,
        greeting=found.name or found.username,
        notice=notice_of(found.kind, _data_of(found), found.language),
        page=work.page,
        name=f"{found.kind.replace('_', '-')}.{name_of(told.user_id, found.key)}",
        at=found.at,
        language=found.language,
    )
    await hand_over(work, letter, key)


async def hand_over(work: Work, letter: Letter, key: str) -> None:
    """Send a letter, and remember by its key that it was sent."""
    try:
        await work.mailer.send(letter)
    except Refused as error:
        raise Hopeless(str(error)) from None
    await note_done(work.services.db, key)


def name_of(user_id: int, key: str) -> str:
    """A name for what somebody is told, always the same, that says nothing to others."""
    return hashlib.blake2b(f"{user_id}:{key}".encode(), digest_size=12).hexdigest()


def _data_of(found: ToTell) -> dict[str, Any]:
    data = msgspec.json.decode(found.data)
    return data if isinstance(data, dict) else {}


async def send_push(work: Work, payload: bytes) -> None:
    """Push a notification to one browser, once; a subscription that is gone is forgotten."""
    told = read_payload(payload, Told)
    db = work.services.db
    key = f"push:{told.user_id}:{told.notification_id}:{told.subscription_id}"
    if await is_done(db, key):
        return
    async with acquired(db) as connection:
        found = await read_to_tell(connection, told.user_id, told.notification_id)
        to = await push.read_subscription(connection, told.user_id, told.subscription_id)
        signing = await vapid_key(connection)
    if found is None or to is None:
        return
    notice = notice_of(found.kind, _data_of(found), found.language)
    headers = {
        "Authorization": authorization(
            to.endpoint, signing, work.contact, work.services.clock.now()
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(_TTL_S),
        "Urgency": "high" if kind_of(found.kind).urgent else "normal",
        # Of the same topic a push service keeps the last one only: one that comes twice is one.
        "Topic": _topic(told.user_id, found.key),
    }
    body = encrypt(_message(work, told, found, notice), to.p256dh, to.auth)
    await _judge(work, told, await _post(work, told, to, body, headers))
    await note_done(db, key)


def _topic(user_id: int, key: str) -> str:
    return encode_base64(hashlib.blake2b(f"{user_id}:{key}".encode(), digest_size=18).digest())


def _message(work: Work, told: Told, found: ToTell, notice: Notice) -> bytes:
    """What the service worker of the page gets."""
    message = {
        "id": told.notification_id,
        "kind": found.kind,
        "title": notice.title,
        "body": notice.body[:_BODY_CHARS],
        "url": notice.path,
    }
    encoded = msgspec.json.encode(message)
    assert len(encoded) <= LONGEST, "a title has 150 characters at most"
    return encoded


async def _post(
    work: Work, told: Told, to: Subscription, body: bytes, headers: dict[str, str]
) -> int:
    try:
        return await work.outside.post(to.endpoint, body, headers)
    except Forbidden as error:
        await _note_failure(work, told)
        raise Hopeless(str(error)) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # Not its own words, which may hold the endpoint.
        raise PushRefused(type(error).__name__) from None


async def _judge(work: Work, told: Told, status: int) -> None:
    if status in _GONE:
        async with acquired(work.services.db) as connection:
            await push.remove(connection, told.user_id, told.subscription_id)
        log.info("a subscription is gone", user_id=told.user_id, status=status)
    elif status == 429 or status >= 500 or 300 <= status < 400:
        raise PushRefused(f"status {status}")
    elif status >= 400:
        await _note_failure(work, told)
        raise Hopeless(f"the push service refuses: status {status}")


async def _note_failure(work: Work, told: Told) -> None:
    async with acquired(work.services.db) as connection:
        await push.note_failure(connection, told.user_id, told.subscription_id)
