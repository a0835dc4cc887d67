"""The job that sends what is due for one webhook, one delivery after the other [N3].

An attempt is noted when it is over. If the process dies before that, the job is taken up again, and
the same delivery is sent a second time, under the same id.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import msgspec
import structlog

from handlers.actions.webhooks import open_secret
from handlers.jobs.outside import Forbidden
from handlers.jobs.webhook_log import switch_off
from handlers.jobs.work import Work, read_payload
from handlers.messages.common import instant_text, to_json
from handlers.messages.webhooks import Failure, Try, body_of
from rooms.rules.webhooks import PING, is_given_up, pause_after, rest_after, signature
from storage import deliveries, webhooks
from storage.database import acquired
from storage.deliveries import Due, Health

log = structlog.get_logger(__name__)
# After so long others have their turn.
_TURN_S = 10.0
_GONE = 410
_KEPT_DATA = timedelta(days=3)
_KEPT = timedelta(days=30)
_KEPT_MOST = 1000


class Which(msgspec.Struct, frozen=True):
    webhook_id: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: `status` if there was an answer, `error` if it was no success."""

    status: int | None
    error: Failure | None


async def send_due(work: Work, payload: bytes) -> None:
    """Send what is due, until nothing is, one attempt fails, or others should have their turn."""
    webhook_id = read_payload(payload, Which).webhook_id
    turn = time.monotonic() + _TURN_S
    while await _send_next(work, webhook_id) and time.monotonic() < turn:
        continue
    async with acquired(work.services.db) as connection, connection.transaction():
        await webhooks.lock_any(connection, webhook_id)
        await deliveries.settle_due(connection, webhook_id)


async def _send_next(work: Work, webhook_id: int) -> bool:
    """Whether there may be more to send now."""
    async with acquired(work.services.db) as connection:
        due = await deliveries.next_due(connection, webhook_id)
        if due is not None and not due.served:
            await deliveries.drop_delivery(connection, due.id)
            return True
    if due is None:
        return False
    if not due.entitled:
        await _drop(work, due)
        await switch_off(work.services, webhook_id, "not_a_member")
        return False
    secrets = list(_secrets_of(work, due))
    if not secrets:
        await _drop(work, due)
        await switch_off(work.services, webhook_id, "secret_lost")
        return False
    return await _attempt(work, due, secrets)


async def _drop(work: Work, due: Due) -> None:
    async with acquired(work.services.db) as connection:
        await deliveries.drop_delivery(connection, due.id)


def _secrets_of(work: Work, due: Due) -> Iterator[str]:
    for sealed in (due.secret, due.old_secret):
        if sealed is not None:
            secret = open_secret(work.services, due.user_id, sealed)
            if secret is not None:
                yield secret


async def _attempt(work: Work, due: Due, secrets: list[str]) -> bool:
    at, began = work.services.clock.now(), time.monotonic()
    body = to_json(body_of(due, work.services.epoch)).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "FocusHub-Webhooks",
        "FocusHub-Event": due.event,
        "FocusHub-Delivery": str(due.id),
        "FocusHub-Signature": signature(secrets, at, body),
    }
    outcome = await _post(work, due.url, body, headers)
    tried = Try(
        at=instant_text(at),
        status=outcome.status,
        duration_ms=round((time.monotonic() - began) * 1000),
        error=outcome.error,
    )
    await _note(work, due, outcome, to_json(tried))
    return outcome.error is None


async def _post(work: Work, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
    within_s = work.services.terms.webhook_timeout.total_seconds()
    try:
        status = await work.outside.post(url, body, headers, plain=True, within_s=within_s)
    except Forbidden:
        return Outcome(None, "forbidden_address")
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        return Outcome(None, _failure_of(error))
    if 200 <= status < 300:
        return Outcome(status, None)
    return Outcome(status, "redirected" if 300 <= status < 400 else "status")


def _failure_of(error: Exception) -> Failure:
    """Of which kind it is. Not its own words, which may hold the address."""
    match error:
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectorDNSError():
            return "unresolved"
        case aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorError():
            return "unreachable"
        case _:
            return "broken"


async def _note(work: Work, due: Due, outcome: Outcome, tried: str) -> None:
    if outcome.error is None:
        async with acquired(work.services.db) as connection, connection.transaction():
            await webhooks.lock_any(connection, due.webhook_id)
            await deliveries.note_success(connection, due.id, tried)
        return
    terms = work.services.terms
    # A test is for somebody who looks on, and tries again by themselves.
    pause = None if due.event == PING else pause_after(due.attempts + 1, terms.webhook_backoff)
    rest = rest_after(due.failures + 1, terms.webhook_backoff)
    async with acquired(work.services.db) as connection, connection.transaction():
        await webhooks.lock_any(connection, due.webhook_id)
        health = await deliveries.note_failure(connection, due.id, tried, pause, rest)
    if outcome.status == _GONE:
        await switch_off(work.services, due.webhook_id, "gone")
    elif health is not None and _is_given_up(work, health):
        await switch_off(work.services, due.webhook_id, "failing")


def _is_given_up(work: Work, health: Health) -> bool:
    patience = work.services.terms.webhook_patience
    return is_given_up(health.failing_since, health.failures, health.now, patience)


async def forget_deliveries(work: Work) -> None:
    """Let go of what was sent long ago."""
    now = work.services.clock.now()
    await deliveries.forget_deliveries(work.services.db, now - _KEPT_DATA, now - _KEPT, _KEPT_MOST)
