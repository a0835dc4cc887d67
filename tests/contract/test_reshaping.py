"""Splitting, merging and duplicating entries, and many at once (docs/PROTOCOL.md, REST; T)."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.support.live import Live
from tests.support.product import Person

# Yesterday's noon: far enough from both midnights for the fixed hours below.
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def at(hours: float) -> str:
    """So many hours after yesterday's noon, as the server writes it."""
    return (NOON + timedelta(hours=hours)).isoformat(timespec="milliseconds")[:-6] + "Z"


async def log(person: Person, from_h: float, to_h: float, **fields: Any) -> Any:
    body = {"start_time": at(from_h), "end_time": at(to_h)} | fields
    return (await person.post("/time-entries", body))["entry"]


async def told(live: Live, person: Person, count: int) -> list[tuple[str, Any]]:
    """What the person's own channel has told, when so many events have come."""
    channel = f"user:{person.id}"
    position = live.events[0][1]["channels"][0]["seq"]
    await live.expect_seq(channel, position + count)
    return [(name, event["data"]) for name, event in live.on_channel(channel)]


async def put(person: Person, statement: str, *arguments: Any) -> None:
    """Change what only the database can."""
    connection = await asyncpg.connect(person.product.database_url)
    await connection.execute(statement, *arguments)
    await connection.close()


async def total(person: Person, **query: Any) -> Any:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return (await person.get(f"/reports/summary?group_by=day&{asked}"))["total_seconds"]


async def test_an_entry_is_split_and_both_parts_are_told(ada: Person) -> None:
    """[D0] [T6] The sums stay; a stale version is refused, a command sent again answered."""
    project_id = await ada.project()
    whole = await log(ada, 0, 2.5, project_id=project_id, tags=["deep"], description="draw")
    live = await ada.connect()
    path = f"/time-entries/{whole['id']}"
    body = {"at": at(1), "command_id": str(uuid.uuid4())}
    status, problem = await ada.call("POST", f"{path}/split", body, If_Match='"7"')
    assert (status, problem["code"], problem["current"]) == (409, "version_conflict", whole)
    first, second = (await ada.post(f"{path}/split", body, If_Match='"1"'))["entries"]
    assert await ada.post(f"{path}/split", body, If_Match='"1"') == {"entries": [first, second]}
    assert first == whole | {"ended_at": at(1), "duration_seconds": 3600, "version": 2}
    assert second == whole | {
        "id": second["id"], "started_at": at(1), "duration_seconds": 5400, "version": 1,
    }  # fmt: skip
    assert await told(live, ada, 2) == [
        ("entry:updated", {"entry": first}),
        ("entry:created", {"entry": second}),
    ]
    assert await total(ada, project_id=project_id) == 9000
    assert await ada.get("/time-entries") == [second, first]
    for part in (first, second):
        late = await ada.done("PUT", f"/time-entries/{part['id']}/end", {"end_time": at(1)})
        assert late["entry"] == part, "[T4] an end that is no stop is not shortened by one"


async def test_what_runs_is_split_before_everybodys_eyes(ada: Person, bo: Person) -> None:
    """[T1] On the project's channel, one timer ends and another one runs."""
    project_id = await ada.project(visibility="public")
    started = await ada.post("/time-entries", {"project_id": project_id, "start_time": at(0)})
    live = await bo.connect()
    channel = f"project:{project_id}"
    seq = (await live.do("channel:subscribe", channel=channel))["seq"]
    path = f"/time-entries/{started['entry_id']}/split"
    first, second = (await ada.post(path, {"at": at(1)}))["entries"]
    assert (first["ended_at"], second["started_at"], second["ended_at"]) == (at(1), at(1), None)
    assert (await ada.get("/time-entries/current"))["entry"] == second
    await live.expect_seq(channel, seq + 2)
    shown = [(name, event["data"]["entry"]["id"]) for name, event in live.on_channel(channel)]
    assert shown == [("timer:stopped", first["id"]), ("timer:started", second["id"])]
    status, problem = await ada.call("POST", path, {"at": at(1)})
    assert (status, [error["field"] for error in problem["errors"]]) == (422, ["at"])


async def test_parts_of_a_room_stay_in_it(ada: Person) -> None:
    """[C2] The room and all its board counts stay, in both parts."""
    room = (await ada.post("/rooms", {"name": "Library"}))["room"]
    entry = await log(ada, 0, 1)
    await put(
        ada, "update time_entries set room_id = $2, source = 'room' where user_id = $1",
        ada.id, room["id"],
    )  # fmt: skip
    parts = (await ada.post(f"/time-entries/{entry['id']}/split", {"at": at(0.5)}))["entries"]
    assert [(one["room_id"], one["source"]) for one in parts] == [(room["id"], "room")] * 2
    assert await ada.get("/time-entries?source=room") == parts[::-1]


async def test_entries_are_merged_and_come_apart_again(ada: Person) -> None:
    """[T6] [C1] The others are deleted, listed as such, and restored."""
    one, two = await log(ada, 0, 1, description="draw"), await log(ada, 1, 2, tags=["deep"])
    live = await ada.connect()
    merged = await ada.post("/time-entries/merge", {"ids": [two["id"], one["id"]]})
    entry = merged["entry"]
    assert merged["deleted_ids"] == [two["id"]]
    assert (entry["id"], entry["started_at"], entry["ended_at"]) == (one["id"], at(0), at(2))
    assert (entry["description"], entry["tags"]) == ("draw", ["deep"])
    assert await ada.get("/time-entries") == [entry]
    assert await total(ada) == 7200
    (gone,) = await ada.get("/time-entries?deleted=true")
    assert gone == two | {"version": 2, "deleted_at": gone["deleted_at"]}
    assert await told(live, ada, 2) == [
        ("entry:updated", {"entry": entry}),
        ("entry:deleted", {"entry": gone}),
    ]
    back = await ada.post(f"/time-entries/{two['id']}/restore")
    assert back == two | {"version": 3}
    await ada.done("PATCH", f"/time-entries/{one['id']}", {"ended_at": at(1), "tags": []})
    assert await total(ada) == 7200
    assert await ada.get("/time-entries?deleted=true") == []


async def test_what_cannot_be_merged_stays_as_it_is(ada: Person, bo: Person) -> None:
    atlas, other = await ada.project("Atlas"), await bo.project("Other", visibility="public")
    one = await log(ada, 0, 1, project_id=atlas)
    two, three = await log(ada, 1, 2), await log(ada, 3, 4)
    theirs = await log(bo, 1, 2)
    running = (await ada.post("/time-entries", {}))["entry"]
    for body, status, code, fields in [
        ({"ids": [one["id"], two["id"]]}, 422, "invalid", ["project_id"]),
        ({"ids": [two["id"], three["id"]]}, 422, "invalid", ["gaps"]),
        ({"ids": [one["id"], two["id"]], "project_id": other}, 403, "forbidden", []),
        ({"ids": [one["id"], theirs["id"]]}, 404, "not_found", ["ids[1]"]),
        ({"ids": [one["id"], running["id"]]}, 409, "timer_running", []),
        ({"ids": [one["id"]]}, 422, "invalid", ["ids"]),
        ({"ids": [one["id"], one["id"]]}, 422, "invalid", ["ids"]),
        ({"ids": [two["id"], three["id"]], "gaps": "fill"}, 422, "invalid", ["gaps"]),
    ]:
        answer = await ada.call("POST", "/time-entries/merge", body)
        assert (answer[0], answer[1]["code"]) == (status, code), body
        assert [error["field"] for error in answer[1]["errors"]] == fields
    assert await ada.get("/time-entries") == [running, three, two, one]
    body = {"ids": [one["id"], two["id"], three["id"]], "project_id": atlas, "gaps": "include"}
    merged = (await ada.post("/time-entries/merge", body))["entry"]
    assert (merged["duration_seconds"], merged["claimed"]) == (4 * 3600, True)
    assert await total(ada, project_id=atlas) == 4 * 3600


async def test_an_entry_is_duplicated(ada: Person, bo: Person) -> None:
    """[D1] In the zone that its user has now."""
    project_id = await bo.project(visibility="public")
    await ada.post(f"/projects/{project_id}/join")
    entry = await log(ada, 0, 1, project_id=project_id, tags=["deep"], description="draw")
    path = f"/time-entries/{entry['id']}/duplicate"
    await ada.done("PATCH", "/users/me", {"timezone": "Asia/Tokyo", "day_starts_at": 4})
    status, made = await ada.call("POST", path)
    assert (status, made["entry_id"]) == (201, made["entry"]["id"])
    assert made["entry"] == entry | {
        "id": made["entry_id"], "timezone": "Asia/Tokyo", "day_starts_at": 4,
    }  # fmt: skip
    moved = (await ada.post(path, {"started_at": at(-24)}))["entry"]
    assert (moved["started_at"], moved["ended_at"]) == (at(-24), at(-23))
    assert await total(ada, project_id=project_id) == 3 * 3600
    await ada.done("DELETE", f"/projects/{project_id}/members/{ada.id}")
    assert (await ada.call("POST", path))[1]["code"] == "forbidden"


async def test_many_are_edited_at_once_or_none(ada: Person, bo: Person) -> None:
    """[T5] [T6] The answer names every entry that is to blame."""
    project_id = await ada.project()
    one, two = await log(ada, 0, 1, tags=["a", "b"]), await log(ada, 1, 2, tags=["b"])
    theirs, gone = await log(bo, 0, 1), await log(ada, 2, 3)
    await ada.done("DELETE", f"/time-entries/{gone['id']}")
    edit = {"project_id": project_id, "add_tags": ["c"], "remove_tags": ["a"]}
    body = {"ids": [one["id"], theirs["id"], two["id"], gone["id"]], "edit": edit}
    status, problem = await ada.call("POST", "/time-entries/bulk", body)
    assert (status, [e["field"] for e in problem["errors"]]) == (404, ["ids[1]", "ids[3]"])
    assert await ada.get("/time-entries") == [two, one]
    live = await ada.connect()
    body = {"ids": [one["id"], two["id"]], "edit": edit, "command_id": str(uuid.uuid4())}
    done = await ada.post("/time-entries/bulk", body)
    expected = [
        entry | {"project_id": project_id, "tags": ["b", "c"], "version": 2} for entry in (one, two)
    ]
    assert done == {"count": 2, "entries": expected}
    assert await ada.post("/time-entries/bulk", body) == done
    assert await told(live, ada, 2) == [("entry:updated", {"entry": e}) for e in expected]
    assert await total(ada, project_id=project_id) == 7200
    assert (await ada.get("/tags"))[0] == "c"


async def test_more_than_fifty_are_told_as_one(ada: Person) -> None:
    """Deleted and restored, each in one event; a timer among them is told as a timer."""
    project_id = await ada.project()
    made = [(await log(ada, n / 100, (n + 1) / 100))["id"] for n in range(60)]
    running = (await ada.post("/time-entries", {"project_id": project_id}))["entry"]
    live = await ada.connect()
    done = await ada.post("/time-entries/bulk", {"ids": [*made, running["id"]], "delete": True})
    assert done == {"count": 61, "entries": []}
    assert await total(ada) == 0
    assert len(await ada.get("/time-entries?deleted=true&limit=200")) == 61
    back = await ada.post("/time-entries/bulk", {"ids": made, "restore": True})
    assert (back["count"], [entry["id"] for entry in back["entries"]]) == (60, made)
    span = {"from": at(0), "to": at(0.6), "count": 60}
    names = await told(live, ada, 3)
    assert [name for name, _ in names] == ["timer:discarded", "entry:bulk", "entry:bulk"]
    assert [data for _, data in names[1:]] == [
        {"reason": "deleted", **span}, {"reason": "restored", **span},
    ]  # fmt: skip
    assert await total(ada) == 2160


@pytest.mark.parametrize(
    "body, fields",
    [
        ({"ids": [1]}, ["edit", "delete", "restore"]),
        ({"ids": [1], "delete": True, "restore": True}, ["edit", "delete", "restore"]),
        ({"ids": [1], "edit": {}, "delete": True}, ["edit", "delete", "restore"]),
        ({"ids": [], "delete": True}, ["ids"]),
        ({"ids": list(range(1, 202)), "delete": True}, ["ids"]),
        ({"ids": [1], "edit": {"tags": ["a"], "add_tags": ["b"]}}, ["edit.tags"]),
        ({"ids": [1], "edit": {"started_at": at(0)}}, ["edit.started_at"]),
        ({"ids": [1], "edit": {"tags": ["x" * 41]}}, ["edit.tags[0]"]),
        ({"ids": [0], "delete": True}, ["ids[0]"]),
    ],
)
async def test_a_bulk_that_says_nothing_clear_is_refused(
    ada: Person, body: Any, fields: list[str]
) -> None:
    status, problem = await ada.call("POST", "/time-entries/bulk", body)
    assert (status, [error["field"] for error in problem["errors"]]) == (422, fields)


async def test_deleted_entries_are_listed_while_they_can_be_restored(ada: Person) -> None:
    """[T6] With the filters and pages of the list; nobody else's."""
    ids = [(await log(ada, n, n + 1, tags=[f"t{n}"]))["id"] for n in range(4)]
    await ada.post("/time-entries/bulk", {"ids": ids, "delete": True})
    _, page, headers = await ada.call_with_headers("GET", "/time-entries?deleted=true&limit=3")
    assert [entry["id"] for entry in page] == ids[:0:-1]
    path = f"/time-entries?deleted=true&limit=3&cursor={headers['X-Next-Cursor']}"
    assert [entry["id"] for entry in await ada.get(path)] == ids[:1]
    assert [e["id"] for e in await ada.get("/time-entries?deleted=true&tag=t2")] == [ids[2]]
    await put(
        ada, "update time_entries set deleted_at = deleted_at - interval '31 days'"
        " where user_id = $1 and id <> $2", ada.id, ids[3],
    )  # fmt: skip
    assert [entry["id"] for entry in await ada.get("/time-entries?deleted=true")] == [ids[3]]
    assert (await ada.call("POST", f"/time-entries/{ids[0]}/restore"))[0] == 404
