"""The digest: on Monday morning a mail about the week before, for those who want it.

A periodic job asks for one for each of them, once, by a row in `digests`; each is a job of its own.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handlers.actions.unit import unit_of_work
from handlers.jobs.mail import Letter
from handlers.jobs.tell import hand_over, name_of
from handlers.jobs.work import Work, read_payload
from rooms.rules.notices import DIGEST, digest_of
from rooms.rules.periods import DayRule, is_zone, week_of
from storage import digests
from storage.database import LONG_PATIENCE_S, acquired
from storage.jobs import is_done
from storage.users import read_user

MANY = 500
_MORNING_H = 7
# Who was not served on Monday, because nobody worked, is served on Tuesday.
_LATEST = timedelta(days=2)
_WEEK = timedelta(days=7)


class Asked(msgspec.Struct, frozen=True):
    """Whose digest, and of the week from which Monday on."""

    user_id: int
    week_on: date


def week_due(zone: str, now: datetime) -> date | None:
    """The Monday of the week whose digest is due in a zone, if it is Monday morning there."""
    if not is_zone(zone):
        return None
    local = now.astimezone(ZoneInfo(zone))
    monday = week_of(local.date())
    since = local.replace(tzinfo=None) - datetime.combine(monday, datetime.min.time())
    return monday - _WEEK if timedelta(hours=_MORNING_H) <= since < _LATEST else None


async def ask_for_digests(work: Work) -> None:
    """Enqueue the digests that are due; safe to be done twice, and at once."""
    now = work.services.clock.now()
    while await _ask_for_some(work, now) >= MANY:
        continue
    await digests.forget(work.services.db, now - timedelta(days=60))


async def _ask_for_some(work: Work, now: datetime) -> int:
    async with unit_of_work(work.services, patience_s=LONG_PATIENCE_S) as unit:
        zones = await digests.zones_of_readers(unit.connection)
        due = {zone: week for zone in zones if (week := week_due(zone, now)) is not None}
        asked = await digests.ask(unit.connection, due, MANY) if due else []
        for user_id, week_on in asked:
            unit.enqueue(DIGEST, Asked(user_id, week_on), f"digest:{user_id}:{week_on}")
    return len(asked)


async def send_digest(work: Work, payload: bytes) -> None:
    """Mail somebody their week, once."""
    asked = read_payload(payload, Asked)
    services, key = work.services, f"digest:{asked.user_id}:{asked.week_on}"
    if await is_done(services.db, key):
        return
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        user = await read_user(connection, asked.user_id)
        if user is None or (services.verified_only and not user.email_verified):
            return
        days = DayRule(user.timezone, user.day_starts_at)
        bounds = (days.day_bounds(asked.week_on)[0], days.day_bounds(asked.week_on + _WEEK)[0])
        reader = await digests.read_week(
            connection, asked.user_id, asked.week_on, bounds, services.earning.streak_min_s
        )
    if reader is None:
        return
    letter = Letter(
        to=reader.email,
        greeting=reader.greeting,
        notice=digest_of(reader.week, user.language),
        page=work.page,
        name=f"digest.{name_of(asked.user_id, key)}",
        at=datetime.now(UTC),
        language=user.language,
    )
    await hand_over(work, letter, key)
