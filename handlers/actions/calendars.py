"""One's entries as a calendar that other programs read by a secret link."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from handlers.actions.identity import Principal, new_secret, secret_hash
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing, instant_text
from handlers.messages.transfer import CalendarMade, CalendarView, NewCalendar, calendar_view
from rooms.calendar import HEAD, TAIL, event_text, realm_of
from rooms.errors import NotFound
from storage import calendars
from storage.calendars import Feed
from storage.database import acquired

_MONTH = timedelta(days=30.5)


async def make_calendar(
    services: Services, user: Principal, request: NewCalendar, url: str
) -> CalendarMade:
    """Make a link; the one before works no more. `url` has {} where the secret goes.

    Sent again it makes another one: an answer that is remembered would keep the secret.
    """

    async def act(unit: Unit) -> CalendarMade:
        secret = new_secret()
        made = await calendars.put_calendar(
            unit.connection, user.user_id, secret_hash(secret), request.descriptions
        )
        return CalendarMade(
            url=url.replace("{}", secret),
            descriptions=request.descriptions,
            created_at=instant_text(made),
        )

    sender = envelope(user.user_id, None, "calendar", request)
    return await run_command(services, sender, CalendarMade, act)


async def read_calendar(services: Services, user: Principal) -> CalendarView:
    async with acquired(services.db) as connection:
        return calendar_view(await calendars.read_calendar(connection, user.user_id))


async def remove_calendar(services: Services, user: Principal, command_id: UUID | None) -> None:
    """End the link. Raises NotFound if there is none."""

    async def act(unit: Unit) -> Nothing:
        if not await calendars.remove_calendar(unit.connection, user.user_id):
            raise NotFound("There is no calendar.")
        return Nothing()

    sender = envelope(user.user_id, command_id, "remove calendar")
    await run_command(services, sender, Nothing, act)


class Subscription:
    """A calendar that somebody reads: `etag` is another one whenever its text is."""

    def __init__(self, services: Services, feed: Feed, from_at: datetime, etag: str) -> None:
        self._services = services
        self._feed = feed
        self._from_at = from_at
        self.etag = etag

    async def text(self) -> AsyncIterator[bytes]:
        """The calendar, some events at a time."""
        feed = self._feed
        realm = realm_of(feed.user_id, feed.since)
        yield HEAD.encode()
        async for page in calendars.event_pages(self._services.db, feed.user_id, self._from_at):
            texts = (event_text(e, realm, descriptions=feed.descriptions) for e in page)
            yield "".join(texts).encode()
        yield TAIL.encode()


async def subscribe(services: Services, secret: str, months: int) -> Subscription:
    """The calendar of this link, so many months back. Raises NotFound."""
    today = datetime.combine(services.clock.now().date(), datetime.min.time(), UTC)
    from_at = today - months * _MONTH
    async with acquired(services.db) as connection:
        feed = await calendars.read_feed(connection, secret_hash(secret))
        if feed is None:
            raise NotFound("There is no such calendar.")
        mark = await calendars.read_mark(connection, feed.user_id, from_at)
    words = f"{realm_of(feed.user_id, feed.since)} {feed.descriptions} {months} {mark}"
    etag = blake2b(words.encode(), digest_size=12).hexdigest()
    return Subscription(services, feed, from_at, f'"{etag}"')
