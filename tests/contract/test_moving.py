"""Moving with everything from one server to another."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.embedded import Embedded
from tests.support.databases import Databases
from tests.support.live import PATIENCE_S
from tests.support.product import PASSWORD, Person, Product, serving

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture(scope="module")
async def elsewhere(servers: Embedded, databases: Databases) -> AsyncIterator[Product]:
    """Another server, with a database of its own in which nobody has done anything."""
    async with serving(await databases.make(), servers.redis_url) as product:
        yield product


def span(days_ago: int, from_h: float, to_h: float) -> dict[str, str]:
    day = TODAY - timedelta(days=days_ago)
    return {
        "start_time": (day + timedelta(hours=from_h)).isoformat(),
        "end_time": (day + timedelta(hours=to_h)).isoformat(),
    }


async def live_a_little(person: Person) -> None:
    """Nine days in two zones, with overlaps, two projects of one name, tags and a room."""
    atlas, twin = await person.project("Atlas", color="#123456"), await person.project("Atlas")
    await person.project("Empty", description="of nothing")
    for n in range(1, 6):
        await person.post("/time-entries", span(n, 9, 10.5) | {"project_id": atlas, "tags": ["a"]})
        await person.post("/time-entries", span(n, 10, 11) | {"project_id": twin})
    zone = {"timezone": "Pacific/Auckland", "day_starts_at": 4, "name": "Ada L."}
    await person.done("PATCH", "/users/me", zone | {"privacy": {"show_activity": False}})
    for n in range(6, 10):
        await person.post(
            "/time-entries", span(n, 22, 25) | {"description": "=night, \u201cx\u201d"}
        )
    gone = await person.post("/time-entries", span(3, 1, 2))
    await person.done("DELETE", f"/time-entries/{gone['entry_id']}")
    await person.done("PATCH", f"/projects/{twin}", {"archived": True})
    await person.done(
        "PATCH", "/notifications/preferences", {"kind": "badge_awarded", "email": True}
    )
    live = await person.connect()
    room = await live.do("room:create", name="Deep work")
    await live.do("room:join", room=room["slug"])
    await live.do("room:say", room=room["slug"], text="hello from me")
    await person.post("/calendar", {})
    await live.close()


async def sums_of(person: Person) -> dict[str, Any]:
    """Everything that is derived from entries, without the ids of one server."""
    profile = await person.get(f"/users/{person.id}/profile")
    by_project = await person.get("/reports/summary?group_by=project,day&from=2000-01-01")
    streak = await person.get("/streak")
    year = TODAY.year
    return {
        "totals": profile["totals"],
        "contributions": profile["contributions"],
        "heat": [await person.get(f"/reports/heatmap?year={y}") for y in (year - 1, year)],
        "streak": {k: streak[k] for k in ("current", "longest", "today_done", "freezes", "days")},
        "seconds": sorted(
            ((g.get("project") or {}).get("name") or "", g.get("day"), g["total_seconds"])
            for g in by_project["groups"]
        ),
        "total": by_project["total_seconds"],
    }


async def badges_of(person: Person) -> set[str]:
    return {badge["key"] for badge in await person.get(f"/users/{person.id}/badges?limit=200")}


async def test_an_account_moves_with_identical_sums(product: Product, elsewhere: Product) -> None:
    """[C0, D1, S2, B2] Reports, heatmap, streak and totals are the same to the second; there are at
    least the same badges. A second time nothing is made."""
    ada = await product.person("ada")
    await live_a_little(ada)
    await settled(ada)
    _, file, headers = await ada.call_with_headers("GET", "/users/me/export")
    assert "attachment" in headers["Content-Disposition"]
    there = await elsewhere.person("ada")
    moved = await moved_in(there, file)
    assert (moved["created"], moved["refused"]) == (14, 0)
    assert set(moved["projects_created"]) == {"Atlas", "Atlas (2)", "Empty"}
    await settled(there, frozenset(await badges_of(ada)))
    before, after = await sums_of(ada), await sums_of(there)
    before["seconds"] = renamed(before["seconds"], file)
    assert after == before
    again = await moved_in(there, file)
    assert (again["created"], again["skipped"], again["projects_created"]) == (0, 14, [])
    profile = await there.get("/users/me")
    assert (profile["name"], profile["timezone"], profile["day_starts_at"]) == (
        "Ada L.", "Pacific/Auckland", 4,
    )  # fmt: skip
    assert profile["privacy"]["show_activity"] is False
    projects = {p["name"]: p for p in await there.get("/projects")}
    assert projects["Atlas"]["color"] == "#123456"
    assert projects["Atlas (2)"]["archived_at"]
    assert projects["Empty"]["description"] == "of nothing"
    chosen = {p["kind"]: p["email"] for p in await there.get("/notifications/preferences")}
    assert chosen["badge_awarded"]


def renamed(seconds: list[Any], file: Any) -> list[Any]:
    """The sums with the names that the second of two projects of one name gets."""
    twin = max(p["id"] for p in file["projects"] if p["name"] == "Atlas")
    of_twin = {
        e["started_at"][:10]: e["duration_seconds"]
        for e in file["time_entries"]
        if e["project_id"] == twin
    }
    return sorted(
        ("Atlas (2)", day, total) if name == "Atlas" and of_twin.get(day) == total else
        (name, day, total)
        for name, day, total in seconds
    )  # fmt: skip


async def settled(person: Person, keys: frozenset[str] = frozenset({"hours_10"})) -> None:
    """Until what entries earn has come: these badges."""
    live = await person.connect()
    async with asyncio.timeout(PATIENCE_S):
        while not keys <= await badges_of(person):
            await live.expect("badge:awarded")
            live.events.clear()


async def moved_in(person: Person, file: Any, **query: str) -> Any:
    path = "/import/account" + "".join(f"?{k}={v}" for k, v in query.items())
    return await person.post(path, json.dumps(file).encode(), Content_Type="application/json")


async def test_the_file_has_everything_that_is_ones_own_and_no_secret(
    ada: Person, bo: Person
) -> None:
    """[V2] Other people are in it only by the names that everybody sees."""
    await live_a_little(ada)
    await ada.done("PUT", f"/users/{bo.id}/follow")
    url = (await ada.post("/calendar", {}))["url"]
    await bo.post("/time-entries", span(1, 9, 10) | {"description": "of bo"})
    await ada.post("/time-entries", {"description": "running"})
    _, file, _ = await ada.call_with_headers("GET", "/users/me/export")
    assert (file["format"], file["version"]) == ("focushub-account", 1)
    assert file["profile"]["email"] == ada.email
    assert len(file["time_entries"]) == 15
    assert len(file["deleted_entries"]) == 1
    assert file["deleted_entries"][0]["deleted_at"]
    assert [p["name"] for p in file["projects"]] == ["Atlas", "Atlas", "Empty"]
    assert [t["name"] for t in file["tags"]] == ["a"]
    assert file["rooms"][0]["name"] == "Deep work"
    assert file["room_messages"][0]["text"] == "hello from me"
    assert len(file["room_stays"]) == 1
    assert [f["username"] for f in file["follows"]] == [bo.username]
    assert file["calendar"]["active"]
    assert {"project_created", "timer_started"} <= {t["event_type"] for t in file["timeline"]}
    assert isinstance(file["timeline"][0]["event_data"], dict)
    text = json.dumps(file)
    for secret in ("of bo", bo.email, url.rsplit("/", 1)[1][:-4], PASSWORD, "hash", ada.token):
        assert secret not in text


async def test_moving_in_is_tried_first_and_refuses_other_files(ada: Person, bo: Person) -> None:
    await live_a_little(ada)
    _, file, _ = await ada.call_with_headers("GET", "/users/me/export")
    trial = await moved_in(bo, file, dry_run="true")
    assert (trial["created"], trial["import_id"]) == (14, None)
    assert await bo.get("/projects") == []
    assert await bo.get("/time-entries") == []
    for wrong, code in ((b"{}", "invalid"), (b"[]", "invalid"), (b"{", "malformed")):
        status, problem = await bo.call(
            "POST", "/import/account", wrong, Content_Type="application/json"
        )
        assert (status in (400, 422), problem["code"]) == (True, code)


async def test_an_account_in_use_keeps_its_own_settings(ada: Person, bo: Person) -> None:
    """What is there already is neither changed nor removed."""
    await live_a_little(ada)
    _, file, _ = await ada.call_with_headers("GET", "/users/me/export")
    atlas = await bo.project("Atlas")
    await bo.post("/time-entries", span(1, 9, 10) | {"description": "own"})
    moved = await moved_in(bo, file)
    assert moved["projects_created"] == ["Atlas (2)", "Empty"]
    assert (await bo.get("/users/me"))["timezone"] == "UTC"
    entries = await bo.get("/time-entries?limit=200")
    assert len(entries) == 15
    assert sum(e["project_id"] == atlas for e in entries) == 5
