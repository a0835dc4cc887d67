"""The calendar of one's entries by a secret link (RFC 5545)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import icalendar

from tests.support.product import Person, Product

_CHANGED = "select changed_at > created_at from time_entries where user_id = $1 and id = $2"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)


async def log(person: Person, hours: float, length_s: float, **fields: Any) -> int:
    start = NOON + timedelta(hours=hours)
    body = {"start_time": start.isoformat(), "end_time": _later(start, length_s)} | fields
    entry_id: int = (await person.post("/time-entries", body))["entry_id"]
    return entry_id


def _later(start: datetime, seconds: float) -> str:
    return (start + timedelta(seconds=seconds)).isoformat()


async def read(product: Product, url: str, **headers: str) -> tuple[int, str, Any]:
    path = "/" + url.split("/", 3)[3]
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await product.request("GET", path, headers=sent)


async def link(person: Person, **options: Any) -> str:
    url: str = (await person.post("/calendar", options))["url"]
    return url


def events_of(text: str) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    return list(calendar.walk("VEVENT"))


async def test_other_programs_can_read_it(ada: Person) -> None:
    """Lines end with CRLF and have at most 75 octets; texts are escaped; instants are in UTC."""
    atlas = await ada.project("Atlas, north")
    words = "Draw; maps, ä\\n\nand „more“ " + "ü" * 80
    mapped = await log(ada, 0, 3600, description=words, project_id=atlas, tags=["a,b", "c"])
    await log(ada, 2, 0)
    await ada.post("/time-entries", {"description": "still running"})
    status, text, headers = await read(ada.product, await link(ada))
    assert status == 200
    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert not any("\n" in line or "\r" in line for line in lines)
    assert max(len(line.encode()) for line in lines) == 75
    first, instant = events_of(text)
    assert first["UID"].startswith(f"{mapped}@")
    assert first["SUMMARY"] == words
    assert first["DESCRIPTION"] == "Atlas, north"
    assert first["CATEGORIES"].cats == ["a,b", "c"]
    assert first["DTSTART"].dt == NOON
    assert first["DTEND"].dt == NOON + timedelta(hours=1)
    assert first["LAST-MODIFIED"].dt == first["DTSTAMP"].dt
    assert instant["SUMMARY"] == "Focus"
    assert "DTEND" not in instant


async def test_an_edit_is_the_same_event_changed(ada: Person) -> None:
    """UIDs stay, also with another link; the sequence rises, and so does the last change."""
    entry_id = await log(ada, 0, 3600)
    url = await link(ada)
    (before,) = events_of((await read(ada.product, url))[1])
    await ada.done("PATCH", f"/time-entries/{entry_id}", {"description": "other"})
    (after,) = events_of((await read(ada.product, await link(ada)))[1])
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert before["LAST-MODIFIED"].dt <= after["LAST-MODIFIED"].dt
    assert after["SUMMARY"] == "other"
    connection = await asyncpg.connect(ada.product.database_url)
    changed = await connection.fetchval(_CHANGED, ada.id, entry_id)
    await connection.close()
    assert changed, "to less than a second, which a calendar does not tell"


async def test_what_has_not_changed_is_not_sent_again(ada: Person) -> None:
    entry_id = await log(ada, 0, 3600)
    url = await link(ada)
    _, _, headers = await read(ada.product, url)
    tag = headers["ETag"]
    status, text, headers = await read(ada.product, url, If_None_Match=f'W/"x", {tag}')
    assert (status, text, headers["ETag"]) == (304, "", tag)
    changes: list[tuple[str, str, Any]] = [
        ("PATCH", f"/time-entries/{entry_id}", {"tags": ["x"]}),
        ("DELETE", f"/time-entries/{entry_id}", None),
        ("POST", f"/time-entries/{entry_id}/restore", None),
    ]
    for method, path, body in changes:
        await ada.done(method, path, body)
        status, _, headers = await read(ada.product, url, If_None_Match=tag)
        assert status == 200, method
        tag = headers["ETag"]


async def test_a_link_is_shown_once_and_ends_with_the_next_one(ada: Person) -> None:
    """Only a hash is kept; a link that is no more, or never was, is not found."""
    nothing = {"active": False, "descriptions": None, "created_at": None, "last_read_at": None}
    assert await ada.get("/calendar") == nothing
    old = await link(ada)
    assert (await ada.get("/calendar"))["last_read_at"] is None
    assert (await read(ada.product, old))[0] == 200
    told = await ada.get("/calendar")
    assert told["active"]
    assert told["last_read_at"] is not None
    assert "url" not in told
    new = await link(ada)
    assert (await read(ada.product, old))[0] == 404
    assert (await read(ada.product, new))[0] == 200
    await ada.done("DELETE", "/calendar")
    assert (await read(ada.product, new))[0] == 404
    assert (await ada.call("DELETE", "/calendar"))[0] == 404
    secret = new.rsplit("/", 1)[1].removesuffix(".ics")
    assert await _rows_with(ada.product, secret) == 0


async def _rows_with(product: Product, secret: str) -> int:
    connection = await asyncpg.connect(product.database_url)
    try:
        count = 0
        for table in ("calendars", "command_results"):
            count += await connection.fetchval(
                f"select count(*) from {table} t where strpos(t::text, $1) > 0", secret
            )
        return count
    finally:
        await connection.close()


async def test_descriptions_are_left_out_when_asked_or_hidden(ada: Person) -> None:
    """[V2] Without them an event is called after its project. What was not said follows privacy."""
    atlas = await ada.project("Atlas")
    await log(ada, 0, 3600, description="secret", project_id=atlas, tags=["hidden"])
    default, shown = await link(ada), None
    assert "secret" in (await read(ada.product, default))[1]
    await ada.done("PATCH", "/users/me", {"privacy": {"hide_descriptions": True}})
    _, text, _ = await read(ada.product, default)
    assert "secret" not in text
    assert "hidden" not in text
    assert events_of(text)[0]["SUMMARY"] == "Atlas"
    shown = await link(ada, descriptions=True)
    assert "secret" in (await read(ada.product, shown))[1]
    assert "secret" not in (await read(ada.product, await link(ada, descriptions=False)))[1]


async def test_it_goes_back_a_year_or_as_far_as_asked(ada: Person) -> None:
    await log(ada, 0, 60, description="new")
    await log(ada, -24 * 400, 60, description="old")
    url = await link(ada)
    assert [e["SUMMARY"] for e in events_of((await read(ada.product, url))[1])] == ["new"]
    _, text, _ = await read(ada.product, url + "?months=24")
    assert [e["SUMMARY"] for e in events_of(text)] == ["old", "new"]
    status, problem, _ = await read(ada.product, url + "?months=0")
    assert (status, problem["code"]) == (422, "invalid")


async def test_the_calendar_of_who_is_suspended_is_not_there(ada: Person) -> None:
    url = await link(ada)
    connection = await asyncpg.connect(ada.product.database_url)
    await connection.execute("update users set suspended_at = now() where id = $1", ada.id)
    status, problem, _ = await read(ada.product, url)
    await connection.close()
    assert (status, problem["code"]) == (404, "not_found")


async def test_the_secret_is_in_no_metric(product: Product) -> None:
    """They are labelled by the route."""
    kiri = await product.person("kiri")
    url = await link(kiri)
    await read(product, url)
    _, metrics, _ = await product.request("GET", "/metrics")
    assert url.rsplit("/", 1)[1] not in metrics
    assert "/api/calendar/{secret}.ics" in metrics
