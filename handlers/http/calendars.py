"""/api/calendar: one's entries for other programs to read, by a secret link."""

from aiohttp import web

from handlers.actions import calendars
from handlers.http.api import Api
from handlers.http.call import Call
from handlers.http.freshness import is_known
from handlers.http.streams import stream
from handlers.messages.transfer import CalendarMade, CalendarQuery, CalendarView, NewCalendar

api = Api()
_TAG = "Calendar"
_CALENDAR = "text/calendar"


# A link outlives the API token that would have made it.
@api.call(
    "POST", "/calendar", tag=_TAG, body=NewCalendar, body_optional=True, answer=CalendarMade,
    status=201, scope="login",
)  # fmt: skip
async def make_calendar(call: Call, body: NewCalendar) -> CalendarMade:
    """Make a secret link to a calendar; the one before works no more."""
    url = call.door.own_url(call.request) + "/api/calendar/{}.ics"
    return await calendars.make_calendar(call.services, call.user, body, url)


@api.call("GET", "/calendar", tag=_TAG, answer=CalendarView)
async def read_calendar(call: Call) -> CalendarView:
    """Whether there is a link, since when, and when it was last read."""
    return await calendars.read_calendar(call.services, call.user)


@api.call("DELETE", "/calendar", tag=_TAG, status=204, errors=("not_found",))
async def remove_calendar(call: Call) -> None:
    """End the link."""
    await calendars.remove_calendar(call.services, call.user, call.command_id)


@api.call(
    "GET", "/calendar/{secret}.ics", tag=_TAG, access="anyone", query=CalendarQuery, answer=str,
    produces=(_CALENDAR,), errors=("not_found",), limit="read",
)  # fmt: skip
async def read_calendar_feed(call: Call, secret: str, query: CalendarQuery) -> web.StreamResponse:
    """Somebody's closed entries as a calendar (RFC 5545), for whoever knows the link."""
    found = await calendars.subscribe(call.services, secret, query.months)
    headers = {"ETag": found.etag, "Cache-Control": "private, no-cache"}
    if is_known(call.request, found.etag):
        return web.Response(status=304, headers=headers)
    return await stream(call, found.text(), f"{_CALENDAR}; charset=utf-8", headers)
