"""[V2]: timelines, profiles, badges and activity, and what others see of them."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.support.instants import midday_zone
from tests.support.product import Person, Product
from tests.support.rooms import join, make_room

HOUR = timedelta(hours=1)
SECRET = "Zanzibar"


@pytest.fixture
async def ada(product: Product) -> Person:
    """Where she lives it is about noon, and what she did this morning is of today."""
    return await product.person("ada", timezone=midday_zone())


def morning(days_ago: int) -> datetime:
    """Nine o'clock where Ada lives."""
    today = datetime.now(ZoneInfo(midday_zone())).replace(hour=9, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)


async def log(person: Person, days_ago: int, span: timedelta = HOUR, **fields: Any) -> Any:
    at = morning(days_ago)
    body = {"start_time": at.isoformat(), "end_time": (at + span).isoformat(), **fields}
    return (await person.post("/time-entries", {"source": "manual", **body}))["entry"]


async def counted(person: Person, entries: int) -> Any:
    """The profile, once so many entries have been counted."""
    live = await person.connect()
    await live.expect("connection:ready")
    while True:
        profile = await person.get(f"/users/{person.id}/profile")
        if profile["totals"]["entries"] == entries:
            return profile


async def hide(person: Person, **privacy: Any) -> None:
    await person.done("PATCH", "/users/me", {"privacy": privacy})


def kinds(items: list[Any]) -> list[str]:
    return [item["event_type"] for item in items]


# -- the timeline


async def test_the_timeline_has_what_happened_newest_first(ada: Person, bo: Person) -> None:
    project_id = await ada.project("Atlas")
    await ada.post("/time-entries", {"description": SECRET, "project_id": project_id})
    entry = await ada.get("/time-entries/current")
    await ada.done("PUT", f"/time-entries/{entry['entry']['id']}/end")
    slug, _ = await make_room(bo)
    await join(ada, slug)
    items = await ada.get(f"/users/{ada.id}/timeline")
    mine = [item for item in items if item["event_type"] not in ("badge_earned", "streak_reached")]
    assert kinds(mine) == ["room_joined", "timer_stopped", "timer_started", "project_created"]
    joined, stopped, started, made = mine
    assert made["event_data"] == {"project_id": project_id, "name": "Atlas"}
    assert joined["event_data"]["slug"] == slug
    assert started["event_data"]["description"] == SECRET
    assert started["event_data"]["project_name"] == "Atlas"
    assert stopped["event_data"]["entry_id"] == entry["entry"]["id"]
    assert made["user"] == {"id": ada.id, "username": ada.username}
    times = [item["timestamp"] for item in items]
    assert times == sorted(times, reverse=True)


async def test_it_comes_in_pages(ada: Person) -> None:
    for number in range(5):
        await ada.project(f"Project {number}")
    everything = await ada.get(f"/users/{ada.id}/timeline")
    found: list[Any] = []
    cursor = ""
    while True:
        status, page, headers = await ada.call_with_headers(
            "GET", f"/users/{ada.id}/timeline?limit=2{cursor}"
        )
        assert status == 200
        found += page
        if "X-Next-Cursor" not in headers:
            break
        assert len(page) == 2
        cursor = "&cursor=" + headers["X-Next-Cursor"]
    assert found == everything
    assert len(found) >= 5
    status, problem = await ada.call("GET", f"/users/{ada.id}/timeline?cursor=nonsense")
    assert (status, problem["code"]) == (422, "invalid")


async def test_what_happens_is_told_live(ada: Person, bo: Person) -> None:
    """Timers have events of their own."""
    live = await ada.connect()
    project_id = await ada.project("Atlas")
    told = await live.expect("timeline:added")
    assert told["channel"] == f"user:{ada.id}"
    assert told["data"]["item"]["event_type"] == "project_created"
    slug, _ = await make_room(bo)
    await join(ada, slug)
    await live.expect(
        "timeline:added", lambda e: e["data"]["item"]["event_data"].get("slug") == slug
    )
    await log(ada, 0, timedelta(seconds=90), project_id=project_id)
    await live.expect("timeline:added", lambda e: e["data"]["item"]["event_type"] == "badge_earned")
    await ada.post("/time-entries", {})
    await live.expect("timer:started")
    items = [data["data"]["item"] for name, data in live.events if name == "timeline:added"]
    assert not any(item["event_type"].startswith("timer_") for item in items)
    assert {item["id"] for item in items} <= {
        item["id"] for item in await ada.get(f"/users/{ada.id}/timeline")
    }


async def test_others_see_what_they_may_read(ada: Person, bo: Person, product: Product) -> None:
    """Items of projects and rooms that they may not read are left out, and so are timers without
    a project."""
    shared, own = await ada.project("Shared", visibility="public"), await ada.project("Own")
    for project_id in (shared, own, None):
        await ada.post("/time-entries", {"project_id": project_id, "description": SECRET})
    cy = await product.person("cy")
    closed, _ = await make_room(cy)
    public, _ = await make_room(cy, visibility="public")
    for slug in (closed, public):
        await join(ada, slug)
    items = await bo.get(f"/users/{ada.id}/timeline")
    assert [i["event_data"].get("name") for i in items if i["event_type"] == "project_created"] == [
        "Shared"
    ]
    assert [i["event_data"]["slug"] for i in items if i["event_type"] == "room_joined"] == [public]
    timers = [i for i in items if i["event_type"].startswith("timer_")]
    assert kinds(timers) == ["timer_stopped", "timer_started"]
    assert {i["event_data"]["project_id"] for i in timers} == {shared}
    assert {i["event_data"]["description"] for i in timers} == {SECRET}
    await hide(ada, hide_descriptions=True)
    assert SECRET not in str(await bo.get(f"/users/{ada.id}/timeline"))
    assert SECRET in str(await ada.get(f"/users/{ada.id}/timeline"))
    await hide(ada, show_activity=False)
    items = await bo.get(f"/users/{ada.id}/timeline")
    assert not any(kind.startswith("timer_") for kind in kinds(items))
    await hide(ada, profile="private")
    assert (await bo.call("GET", f"/users/{ada.id}/timeline"))[0] == 404
    assert await ada.get(f"/users/{ada.id}/timeline")


async def test_what_was_deleted_is_in_no_timeline(ada: Person, bo: Person) -> None:
    """[V3] Nor what was moved to where it may not be read."""
    shared, own = await ada.project("Shared", visibility="public"), await ada.project("Own")
    started = await ada.post("/time-entries", {"project_id": shared})
    address = f"/time-entries/{started['entry_id']}"
    assert "timer_started" in kinds(await bo.get(f"/users/{ada.id}/timeline"))
    await ada.done("PATCH", address, {"project_id": own})
    assert "timer_started" not in kinds(await bo.get(f"/users/{ada.id}/timeline"))
    await ada.done("PATCH", address, {"project_id": shared})
    await ada.done("DELETE", address)
    assert "timer_started" not in kinds(await bo.get(f"/users/{ada.id}/timeline"))
    assert "timer_started" not in kinds(await ada.get(f"/users/{ada.id}/timeline"))


async def test_the_news_are_ones_own_and_of_those_one_follows(
    ada: Person, bo: Person, product: Product
) -> None:
    cy = await product.person("cy")
    await ada.project("Ada's", visibility="public")
    await cy.project("Cy's", visibility="public")
    await bo.project("Bo's")
    names = [i["event_data"]["name"] for i in await bo.get("/timeline")]
    assert names == ["Bo's"]
    await bo.done("PUT", f"/users/{ada.id}/follow")
    for path in ("/timeline", f"/users/{bo.id}/timeline?following=true"):
        items = await bo.get(path)
        assert [i["event_data"]["name"] for i in items] == ["Bo's", "Ada's"]
        assert [i["user"]["id"] for i in items] == [bo.id, ada.id]
    assert (await bo.call("GET", f"/users/{ada.id}/timeline?following=true"))[0] == 403
    await hide(ada, profile="private")
    assert [i["user"]["id"] for i in await bo.get("/timeline")] == [bo.id]


# -- profiles


async def test_a_profile_tells_what_somebody_has_done(ada: Person, bo: Person) -> None:
    await log(ada, 0, timedelta(minutes=30))
    await log(ada, 40, HOUR * 2)
    await log(ada, 40, HOUR)
    mine = await counted(ada, 3)
    assert (mine["id"], mine["username"], mine["email"]) == (ada.id, ada.username, ada.email)
    assert mine["totals"] == {
        "tracked_seconds": 12_600,
        "focus_seconds": 9000,
        "entries": 3,
        "today_seconds": 1800,
        "week_seconds": 1800,
    }
    assert mine["contributions"] == [
        {"date": morning(40).date().isoformat(), "seconds": 7200},
        {"date": morning(0).date().isoformat(), "seconds": 1800},
    ]
    live = await ada.connect()
    await live.expect("connection:ready")
    theirs = await bo.get(f"/users/{ada.id}/profile")
    assert "email" not in theirs
    assert theirs["totals"] == mine["totals"]
    assert theirs["joined_at"].endswith("Z")


async def test_a_heatmap_has_the_days_of_a_year(ada: Person) -> None:
    await log(ada, 0)
    await log(ada, 800)
    await counted(ada, 2)
    today, past = morning(0).date(), morning(800).date()
    assert await ada.get("/reports/heatmap") == [{"date": today.isoformat(), "seconds": 3600}]
    assert await ada.get(f"/reports/heatmap?year={past.year}") == [
        {"date": past.isoformat(), "seconds": 3600}
    ]
    assert (await ada.call("GET", "/reports/heatmap?year=1999"))[0] == 422


PARTS = ["profile", "badges", "activity", "timeline"]


@pytest.mark.parametrize("part", PARTS)
async def test_a_profile_is_seen_by_those_whom_its_owner_lets(
    product: Product, ada: Person, bo: Person, part: str
) -> None:
    """`members`: those with whom one shares a project or a room. For the others nobody is there."""
    path = f"/users/{ada.id}/{part}"

    async def seen_by(person: Person) -> bool:
        status, answer = await person.call("GET", path)
        assert status == 200 or (status, answer["code"]) == (404, "not_found")
        return status == 200

    assert await seen_by(bo)
    await hide(ada, profile="members")
    cy, di = await product.person("cy"), await product.person("di")
    assert not await seen_by(bo)
    project_id = await ada.project(visibility="public")
    await bo.post(f"/projects/{project_id}/join")
    assert await seen_by(bo)
    assert not await seen_by(cy)
    slug, _ = await make_room(ada)
    await join(di, slug)
    assert await seen_by(di)
    await hide(ada, profile="private")
    for person in (bo, cy, di):
        assert not await seen_by(person)
    assert await seen_by(ada)
    assert await seen_by(await product.person("root", role="admin"))


@pytest.mark.parametrize("column", ["deleted_at", "suspended_at"])
async def test_who_is_gone_has_no_profile(
    product: Product, ada: Person, bo: Person, column: str
) -> None:
    sql = await asyncpg.connect(product.database_url)
    await sql.execute(f"update users set {column} = now() where id = $1", ada.id)
    await sql.close()
    for part in PARTS:
        assert (await bo.call("GET", f"/users/{ada.id}/{part}"))[0] == 404
    assert (await bo.call("GET", f"/users/{2**40}/profile"))[0] == 404


async def test_an_admin_sees_the_email(product: Product, ada: Person) -> None:
    root = await product.person("root", role="admin")
    assert (await root.get(f"/users/{ada.id}/profile"))["email"] == ada.email


async def test_badges_come_in_pages_the_latest_first(ada: Person, bo: Person) -> None:
    live = await ada.connect()
    await log(ada, 20, timedelta(minutes=2))
    await log(ada, 10, HOUR * 11)
    await live.expect("badge:awarded", lambda e: e["data"]["badge"]["key"] == "hours_10")
    found = await bo.get(f"/users/{ada.id}/badges")
    assert {"first_entry", "hours_10"} <= {badge["key"] for badge in found}
    assert [b["awarded_at"] for b in found] == sorted(
        (b["awarded_at"] for b in found), reverse=True
    )
    paged: list[Any] = []
    cursor = ""
    while True:
        _, page, headers = await bo.call_with_headers(
            "GET", f"/users/{ada.id}/badges?limit=1{cursor}"
        )
        paged += page
        if "X-Next-Cursor" not in headers:
            break
        cursor = "&cursor=" + headers["X-Next-Cursor"]
    assert paged == found
    profile = await bo.get(f"/users/{ada.id}/profile")
    assert profile["badges"] == found


async def test_activity_lies_in_projects_that_may_be_read(ada: Person, bo: Person) -> None:
    shared, own = await ada.project("Shared", visibility="public"), await ada.project("Own")
    await log(ada, 3, HOUR, project_id=shared, description=SECRET)
    await log(ada, 2, HOUR * 3, project_id=own)
    await log(ada, 1, HOUR)
    await counted(ada, 3)
    mine = await ada.get(f"/users/{ada.id}/activity")
    assert mine["projects"] == [
        {"project_id": own, "name": "Own", "total_time_spent": 10_800},
        {"project_id": shared, "name": "Shared", "total_time_spent": 3600},
    ]
    assert len(mine["recent_entries"]) == 3
    theirs = await bo.get(f"/users/{ada.id}/activity")
    assert [one["project_id"] for one in theirs["projects"]] == [shared]
    (entry,) = theirs["recent_entries"]
    assert (entry["project_id"], entry["description"]) == (shared, SECRET)
    await hide(ada, hide_descriptions=True)
    assert SECRET not in str(await bo.get(f"/users/{ada.id}/activity"))
    await hide(ada, show_activity=False)
    assert await bo.get(f"/users/{ada.id}/activity") == {"projects": [], "recent_entries": []}
    profile = await bo.get(f"/users/{ada.id}/profile")
    assert (profile["streak"], profile["totals"], profile["contributions"]) == (None, None, [])
