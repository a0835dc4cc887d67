"""The list of one's entries: filters and pages (docs/PROTOCOL.md, Entries)."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.support.product import Person

# Yesterday's noon: far enough from both midnights for the fixed hours below.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
DAY = NOON.date()


def at(hours: float) -> str:
    """So many hours after yesterday's noon."""
    return (NOON + timedelta(hours=hours)).isoformat()


async def log(person: Person, from_h: float, to_h: float, description: str, **fields: Any) -> int:
    body = {"start_time": at(from_h), "end_time": at(to_h), "description": description} | fields
    made = await person.post("/time-entries", body)
    entry_id: int = made["entry_id"]
    return entry_id


async def listed(person: Person, **query: Any) -> list[str]:
    """The descriptions, in the order of the list; `from_` stands for `from`."""
    given = {name.rstrip("_"): value for name, value in query.items()}
    entries = await person.get(f"/time-entries?{urlencode(given)}")
    return [entry["description"] for entry in entries]


async def test_the_newest_come_first_and_the_running_one_is_among_them(ada: Person) -> None:
    await log(ada, -3, -2, "old")
    await log(ada, 1, 2, "new")
    await log(ada, -1, 0, "middle")
    await ada.post("/time-entries", {"description": "running"})
    assert await listed(ada) == ["running", "new", "middle", "old"]


async def test_an_entry_is_listed_when_it_overlaps_the_instants(ada: Person) -> None:
    """[from, to): what touches an end from outside does not overlap."""
    await log(ada, 0, 2, "two hours")
    await log(ada, 1, 1, "an instant")
    for from_h, to_h, expected in [
        (-1, 0, []),
        (-1, 0.001, ["two hours"]),
        (1, 2, ["an instant", "two hours"]),
        (1.999, 3, ["two hours"]),
        (2, 3, []),
        (0.9, 1, ["two hours"]),
        (-5, 5, ["an instant", "two hours"]),
    ]:
        assert await listed(ada, from_=at(from_h), to=at(to_h)) == expected


async def test_an_offset_is_an_offset(ada: Person) -> None:
    await log(ada, 0, 2, "two hours")
    in_tokyo = (NOON + timedelta(hours=1)).astimezone(tz=None).isoformat()
    assert await listed(ada, from_=in_tokyo) == ["two hours"]
    shifted = (NOON + timedelta(hours=11)).isoformat().replace("+00:00", "+09:00")
    assert await listed(ada, from_=shifted) == [], "two o'clock in UTC"


async def test_dates_are_whole_days_of_the_person_and_both_count(product: Any) -> None:
    """[D1] In the profile's zone: yesterday in Auckland began at noon the day before in UTC."""
    kiri = await product.person("kiri", timezone="Etc/GMT-12")
    await log(kiri, -24.5, -24.2, "the day before yesterday")
    await log(kiri, -24.1, -23.9, "over midnight")
    await log(kiri, -1, 0, "until midnight")
    await log(kiri, 0, 1, "today")
    day, before = DAY.isoformat(), (DAY - timedelta(days=1)).isoformat()
    assert await listed(kiri, from_=day, to=day) == ["until midnight", "over midnight"]
    assert await listed(kiri, to=before) == ["over midnight", "the day before yesterday"]
    assert await listed(kiri, from_=day) == ["today", "until midnight", "over midnight"]
    await kiri.done("PATCH", "/users/me", {"day_starts_at": 1})
    assert await listed(kiri, from_=day, to=day) == ["today", "until midnight"]


async def test_a_running_entry_overlaps_whatever_comes(ada: Person) -> None:
    await ada.post("/time-entries", {"description": "running", "start_time": at(0)})
    assert await listed(ada, from_=at(1)) == ["running"]
    assert await listed(ada, to=at(0)) == []


async def test_filters_hold_together(ada: Person) -> None:
    atlas, other = await ada.project("Atlas"), await ada.project("Other")
    await log(ada, 0, 1, "Draw the maps", project_id=atlas, tags=["deep", "draw"])
    await log(ada, 1, 2, "100% done_", project_id=other, tags=["deep"])
    await log(ada, 2, 3, "read", source="timer")
    for query, expected in [
        ({"project_id": atlas}, ["Draw the maps"]),
        ({"project_id": "none"}, ["read"]),
        ({"tag": "deep"}, ["100% done_", "Draw the maps"]),
        ({"tag": "dee"}, []),
        ({"tag": "deep", "project_id": other}, ["100% done_"]),
        ({"q": "MAPS"}, ["Draw the maps"]),
        ({"q": "%"}, ["100% done_"]),
        ({"q": "done_"}, ["100% done_"]),
        ({"q": "maps", "tag": "read"}, []),
        ({"q": ""}, ["read", "100% done_", "Draw the maps"]),
        ({"source": "timer"}, ["read"]),
        ({"source": "import"}, []),
    ]:
        assert await listed(ada, **query) == expected, query
    await ada.done("DELETE", f"/projects/{other}")
    assert await listed(ada, project_id="none") == ["read", "100% done_"]


async def test_what_is_deleted_or_somebody_elses_is_not_listed(ada: Person, bo: Person) -> None:
    gone = await log(ada, 0, 1, "gone")
    await log(ada, 1, 2, "kept")
    await ada.done("DELETE", f"/time-entries/{gone}")
    assert await listed(ada) == ["kept"]
    assert await listed(bo) == []


INVALID = [
    ("from=tomorrow", "from"),
    ("from=2026-02-30", "from"),
    ("to=2026-01-01T00:00:00", "to"),
    ("to=1999-01-01", "to"),
    ("from=9999-12-31T23:59:59Z", "from"),
    ("project_id=0", "project_id"),
    ("project_id=x", "project_id"),
    ("source=room2", "source"),
    ("limit=0", "limit"),
    ("limit=201", "limit"),
    ("tag=%00", "tag"),
    ("tag=%FF", None),
    ("q=" + "x" * 201, "q"),
    ("cursor=x", "cursor"),
    ("cursor=" + quote("WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwxXQ"), "cursor"),
    ("cursor=WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwxXQ", "cursor"),
    ("cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsMTE4MDU5MTYyMDcxNzQxMTMwMzQyNF0", "cursor"),
    ("form=2026-01-01", "form"),
    ("tag=a&tag=b", "tag"),
]


@pytest.mark.parametrize("query, field", INVALID)
async def test_a_query_that_is_not_valid_is_refused(ada: Person, query: str, field: Any) -> None:
    """Unknown and repeated parameters too, so that a typo is never silently ignored."""
    status, problem = await ada.call("GET", f"/time-entries?{query}")
    if field is None:
        assert (status, problem) == (200, []), "bytes that are no text are found nowhere"
        return
    assert (status, problem["code"]) == (422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_pages_neither_repeat_nor_skip_while_entries_are_added(ada: Person) -> None:
    """Also among many that start at the same instant."""
    made = [await log(ada, 0, n / 100, f"n{n}") for n in range(8)]
    made += [await log(ada, 1 + n / 100, 2, f"m{n}") for n in range(5)]
    seen: list[int] = []
    path = "/time-entries?limit=3"
    while path:
        _, page, headers = await ada.call_with_headers("GET", path)
        seen += [entry["id"] for entry in page]
        await log(ada, 3, 4, "added above")
        await log(ada, -3, -2, "added below") if len(seen) == 3 else None
        link = headers.get("Link")
        path = link.split(">")[0].removeprefix("</api") if link else ""
    below = seen.pop()
    assert below not in made
    assert seen == sorted(made[8:], reverse=True) + sorted(made[:8], reverse=True)


async def test_pages_under_load_neither_repeat_nor_skip(ada: Person) -> None:
    """The same with others writing at the very moment."""
    made = [await log(ada, n / 100, 1, f"n{n}") for n in range(20)]
    done = asyncio.Event()

    async def write() -> None:
        while not done.is_set():
            await log(ada, 2, 3, "added above")

    writer = asyncio.create_task(write())
    seen: list[int] = []
    cursor = f"&to={quote(at(1.5))}"
    try:
        while True:
            _, page, headers = await ada.call_with_headers("GET", f"/time-entries?limit=2{cursor}")
            seen += [entry["id"] for entry in page]
            if "X-Next-Cursor" not in headers:
                break
            cursor = f"&to={quote(at(1.5))}&cursor={headers['X-Next-Cursor']}"
    finally:
        done.set()
        await writer
    assert seen == made[::-1]


async def test_the_used_tags_are_listed_the_latest_first(ada: Person, bo: Person) -> None:
    await log(ada, 0, 1, "a", tags=["maps"])
    await log(ada, 0, 1, "b", tags=["deep"])
    await log(ada, 0, 1, "c", tags=["maps"])
    assert await ada.get("/tags") == ["maps", "deep"]
    assert await bo.get("/tags") == []
