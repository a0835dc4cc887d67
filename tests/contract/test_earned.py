"""Streaks, badges and notifications as they are earned, over REST and live."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.product import Person, Product
from tests.support.rooms import join, make_room

HOUR = timedelta(hours=1)


async def log(person: Person, started_at: datetime, span: timedelta, **fields: Any) -> Any:
    """A closed entry made by hand."""
    body = {
        "start_time": started_at.isoformat(),
        "end_time": (started_at + span).isoformat(),
        "source": "manual",
        **fields,
    }
    return (await person.post("/time-entries", body))["entry"]


def noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=1, microsecond=0) - timedelta(
        days=days_ago
    )


async def test_a_first_entry_brings_a_badge_a_streak_and_notifications_once(
    ada: Person,
) -> None:
    """[S1] [B1] [N1]"""
    live = await ada.connect()
    assert (await ada.get("/streak"))["current"] == 0
    entry = await log(ada, noon(0), HOUR * 0 + timedelta(seconds=90))
    streak = await live.expect("streak:updated")
    assert streak["data"]["current"] == 1
    assert streak["data"]["today_done"] is True
    awarded = await live.expect(
        "badge:awarded", lambda e: e["data"]["badge"]["key"] == "first_entry"
    )
    assert awarded["data"]["awarded_at"] == entry["ended_at"]
    assert awarded["data"]["user"] == {"id": ada.id, "username": ada.username}
    told = await live.expect(
        "notification:created", lambda e: e["data"]["notification"]["data"]["key"] == "first_entry"
    )
    assert told["data"]["notification"]["kind"] == "badge_awarded"
    mine = {b["key"]: b for b in await ada.get("/badges") if b["awarded_at"]}
    assert {"first_entry", "streak_1"} <= set(mine)
    assert mine["first_entry"]["progress"]["share"] == 1
    snapshot = (await live.do("channel:subscribe", channel=f"user:{ada.id}"))["snapshot"]
    assert snapshot["streak"]["current"] == 1
    assert snapshot["unread_count"] == len(await ada.get("/notifications"))


async def test_a_streak_is_explained_by_its_days(ada: Person) -> None:
    """[S2] [S3]"""
    for days_ago in range(1, 11):
        if days_ago != 2:  # bridged by the freeze that seven days before it earned
            await log(ada, noon(days_ago), timedelta(minutes=5))
    live = await ada.connect()
    await live.expect("connection:ready")
    streak = await _streak(ada, 9)
    states = {day["date"]: day["state"] for day in streak["days"]}
    assert states[noon(2).date().isoformat()] == "frozen"
    assert states[noon(0).date().isoformat()] == "pending"
    assert streak["longest"] == 9
    assert streak["freezes"] == 0
    assert streak["today_done"] is False


async def _streak(person: Person, current: int) -> Any:
    """The streak, once the days have been counted."""
    live = await person.connect()
    snapshot = (await live.do("channel:subscribe", channel=f"user:{person.id}"))["snapshot"]
    if snapshot["streak"]["current"] != current:
        await live.expect("streak:updated", lambda e: e["data"]["current"] == current)
    return await person.get("/streak")


async def test_old_entries_bring_badges_as_of_when_they_were_reached(ada: Person) -> None:
    """[B2]"""
    live = await ada.connect()
    project_id = await ada.project()
    ends = []
    for days_ago in (30, 29, 28):
        entry = await log(ada, noon(days_ago), HOUR * 5, project_id=project_id)
        ends.append(entry["ended_at"])
    told = await live.expect("badge:awarded", lambda e: e["data"]["badge"]["key"] == "hours_10")
    assert told["data"]["awarded_at"] == ends[1]
    told = await live.expect("badge:awarded", lambda e: e["data"]["badge"]["key"] == "project_10h")
    assert told["data"]["awarded_at"] == ends[1]


async def test_a_first_room_brings_a_badge(ada: Person) -> None:
    """[B3]"""
    slug, _ = await make_room(ada)
    live, _ = await join(ada, slug)
    await live.expect("badge:awarded", lambda e: e["data"]["badge"]["key"] == "first_room")


async def test_a_new_badge_of_an_admin_is_given_to_who_has_reached_it(
    product: Product, ada: Person
) -> None:
    """[B1] [B2]"""
    admin = await product.person("root", role="admin")
    status, problem = await ada.call(
        "POST", "/badges", {"key": "mine", "name": "x", "criteria": {"metric": "entries", "gte": 1}}
    )
    assert (status, problem["code"]) == (403, "forbidden")
    for criteria in ({}, {"metric": "luck", "gte": 1}, {"metric": "entries", "gte": 0}):
        status, problem = await admin.call(
            "POST", "/badges", {"key": "bad", "name": "x", "criteria": criteria}
        )
        assert (status, problem["code"]) == (422, "invalid"), criteria
    made = await admin.post(
        "/badges",
        {"key": "two_entries", "name": "Two", "criteria": {"metric": "entries", "gte": 2}},
    )
    taken = await admin.call(
        "POST",
        "/badges",
        {"key": "two_entries", "name": "Two", "criteria": {"metric": "entries", "gte": 2}},
    )
    assert taken[0] == 409
    live = await ada.connect()
    first = await log(ada, noon(3), HOUR)
    second = await log(ada, noon(2), HOUR)
    assert first["id"] != second["id"]
    told = await live.expect(
        "badge:awarded", lambda e: e["data"]["badge"]["badge_id"] == made["badge_id"]
    )
    assert told["data"]["awarded_at"] == second["ended_at"]
    edited = await admin.done("PATCH", f"/badges/{made['badge_id']}", {"name": "Deux"})
    assert edited["name"] == "Deux"
    assert (await admin.call("DELETE", f"/badges/{made['badge_id']}"))[0] == 204
    assert (await admin.call("DELETE", f"/badges/{made['badge_id']}"))[0] == 404
    assert "two_entries" not in [badge["key"] for badge in await ada.get("/badges")]


async def test_notifications_are_read_on_all_devices(ada: Person) -> None:
    """[N1]"""
    phone, desk = await ada.connect(), await ada.connect()
    await log(ada, noon(0), timedelta(minutes=2))
    await phone.expect("notification:created")
    status, found, headers = await ada.call_with_headers("GET", "/notifications?unread=true")
    assert status == 200
    assert int(headers["X-Unread-Count"]) == len(found) > 0
    assert await phone.refused("notification:read") == "invalid"
    one = found[-1]["id"]
    answer = await phone.do("notification:read", ids=[one])
    told = await desk.expect("notification:updated")
    assert told["data"]["ids"] == [one]
    assert told["data"]["unread_count"] == answer["unread_count"]
    assert (await ada.post("/notifications/read", {"all": True}))["unread_count"] == 0
    assert await ada.get("/notifications?unread=true") == []
    everything = await desk.expect("notification:updated", lambda e: e["data"].get("all"))
    assert everything["data"]["unread_count"] == 0


async def test_time_tracked_stands_on_the_boards(product: Product) -> None:
    """[L1] [L3] From a stopped timer to the board and to its followers."""
    ada, bo = await product.person("ada"), await product.person("bo")
    project_id = await ada.project(visibility="public")
    await bo.post(f"/projects/{project_id}/join")
    watcher = await bo.connect()
    channel = f"leaderboard:all:project:{project_id}"
    begun = await watcher.do("channel:subscribe", channel=channel)
    assert begun["snapshot"]["rows"] == []
    await log(ada, noon(1), HOUR * 2, project_id=project_id)
    await log(bo, noon(1), HOUR, project_id=project_id)
    await watcher.expect(
        "leaderboard:updated",
        lambda e: any(row["user_id"] == bo.id for row in e["data"]["changes"]),
    )
    board = await ada.get(f"/leaderboard?scope=project:{project_id}")
    assert [(row["user_id"], row["score"], row["rank"]) for row in board] == [
        (ada.id, 7200, 1),
        (bo.id, 3600, 2),
    ]
    me = await bo.get(f"/leaderboard/me?scope=project:{project_id}")
    assert (me["rank"], me["score"], me["total"]) == (2, 3600, 2)
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    board = await bo.get(f"/leaderboard?scope=project:{project_id}")
    assert [row["user_id"] for row in board] == [bo.id]
    await ada.done("PATCH", "/users/me", {"privacy": {"leaderboards": True}})
    await watcher.expect(
        "leaderboard:updated",
        lambda e: any(
            row["user_id"] == ada.id and row["rank"] == 1 for row in e["data"]["changes"]
        ),
    )
