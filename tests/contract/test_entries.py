"""Time entries by REST: made, edited, ended, deleted, restored (docs/PROTOCOL.md, T)."""

import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.support.instants import ago
from tests.support.product import Person


async def logged(person: Person, **fields: Any) -> Any:
    """A closed entry of the last hour."""
    body = {"start_time": ago(hours=2), "end_time": ago(hours=1)} | fields
    return (await person.post("/time-entries", body))["entry"]


async def started(person: Person, **fields: Any) -> Any:
    return (await person.post("/time-entries", fields))["entry"]


async def test_without_an_end_the_timer_starts(ada: Person) -> None:
    made = await ada.post("/time-entries", {"description": "write", "tags": ["a", " b ", "a"]})
    entry = made["entry"]
    assert (made["entry_id"], made["stopped"], entry["ended_at"]) == (entry["id"], None, None)
    assert (entry["source"], entry["claimed"], entry["version"]) == ("timer", False, 1)
    assert (entry["description"], entry["tags"]) == ("write", ["a", "b"])
    current = await ada.get("/time-entries/current")
    assert current["entry"] == entry
    assert datetime.fromisoformat(current["server_time"]) >= datetime.fromisoformat(
        entry["started_at"]
    )


async def test_with_both_ends_a_closed_entry_is_recorded(ada: Person) -> None:
    """[T3] It may lie beside a running one, and stops nothing."""
    running = await started(ada)
    entry = await logged(ada, source="timer")
    assert (entry["source"], entry["claimed"], entry["duration_seconds"]) == ("timer", True, 3600)
    assert (await logged(ada))["source"] == "manual"
    assert (await ada.get("/time-entries/current"))["entry"] == running


INVALID = [
    ({"description": "x" * 501}, "description"),
    ({"description": "nul\0"}, "description"),
    ({"tags": ["t"] * 11}, "tags"),
    ({"tags": ["x" * 41]}, "tags[0]"),
    ({"tags": [""]}, "tags[0]"),
    ({"tags": ["tab\t"]}, "tags[0]"),
    ({"tags": ["line\n"]}, "tags[0]"),
    ({"tags": ["  "]}, "tags"),
    ({"tags": "one"}, "tags"),
    ({"project_id": 0}, "project_id"),
    ({"project_id": 2**53}, "project_id"),
    ({"project_id": "1"}, "project_id"),
    ({"source": "room"}, "source"),
    ({"start_time": "yesterday"}, "start_time"),
    ({"start_time": "2026-01-01T08:00:00"}, "start_time"),
    ({"start_time": "1999-12-31T23:59:59Z"}, "start_time"),
    ({"start_time": "2100-01-01T00:00:00Z"}, "start_time"),
    ({"start_time": ago(hours=-1)}, "start_time"),
    ({"start_time": ago(days=32)}, "start_time"),
    ({"end_time": ago(hours=1)}, "start_time"),
    ({"start_time": ago(hours=2), "end_time": ago(hours=3)}, "end_time"),
    ({"start_time": ago(hours=2), "end_time": ago(hours=-1)}, "end_time"),
    ({"start_time": ago(days=40), "end_time": ago(days=1)}, "end_time"),
    ({"command_id": "one"}, "command_id"),
    ({"started_at": ago(hours=1)}, "started_at"),
]


@pytest.mark.parametrize("fields, field", INVALID)
async def test_a_field_that_is_not_valid_is_named(ada: Person, fields: Any, field: str) -> None:
    """And nothing is recorded."""
    status, problem = await ada.call("POST", "/time-entries", fields)
    assert (status, problem["code"]) == (422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]
    assert await ada.get("/time-entries") == []


async def test_an_edit_changes_only_the_fields_given(ada: Person) -> None:
    """[T6] Each raises the version; one that changes nothing does not."""
    project_id = await ada.project()
    entry = await logged(ada, description="write", tags=["a"])
    path = f"/time-entries/{entry['id']}"
    edits = [{"description": ""}, {"tags": ["b"]}, {"project_id": project_id}, {"project_id": None}]
    for edit in edits:
        entry |= edit | {"version": entry["version"] + 1}
        assert await ada.done("PATCH", path, edit) == entry
    assert await ada.done("PATCH", path, edits[-1]) == entry
    assert await ada.get(path) == entry


async def test_an_edit_of_the_ends_is_a_claim(ada: Person) -> None:
    entry = await started(ada)
    start = ago(minutes=90)
    edited = await ada.done("PATCH", f"/time-entries/{entry['id']}", {"started_at": start})
    assert (edited["claimed"], edited["ended_at"]) == (True, None)
    assert datetime.fromisoformat(edited["started_at"]) == datetime.fromisoformat(start)
    body = {"ended_at": ago(minutes=30)}
    assert (await ada.done("PATCH", f"/time-entries/{entry['id']}", body))["duration_seconds"] in (
        3599,
        3600,
        3601,
    )


@pytest.mark.parametrize(
    "edit, field",
    [
        ({"started_at": ago(hours=-1)}, "started_at"),
        ({"started_at": ago(minutes=30)}, "started_at"),
        ({"started_at": None}, "started_at"),
        ({"started_at": ago(days=33)}, "started_at"),
        ({"ended_at": ago(hours=-1)}, "ended_at"),
        ({"ended_at": ago(hours=3)}, "ended_at"),
        ({"ended_at": None}, "ended_at"),
        ({"tags": None}, "tags"),
        ({"description": None}, "description"),
        ({"source": "timer"}, "source"),
        ({"version": 1}, "version"),
    ],
)
async def test_an_edit_that_is_not_valid_changes_nothing(
    ada: Person, edit: Any, field: str
) -> None:
    entry = await logged(ada)
    path = f"/time-entries/{entry['id']}"
    status, problem = await ada.call("PATCH", path, edit)
    assert (status, [error["field"] for error in problem["errors"]]) == (422, [field])
    assert await ada.get(path) == entry


async def test_a_stale_version_is_refused_with_the_present_entry(ada: Person) -> None:
    """[T6] The ETag of what one has read is the If-Match of what one writes."""
    entry = await logged(ada)
    path = f"/time-entries/{entry['id']}"
    _, _, headers = await ada.call_with_headers("GET", path)
    tag = headers["ETag"]
    assert tag == '"1"'
    _, edited, headers = await ada.call_with_headers(
        "PATCH", path, {"description": "b"}, If_Match=tag
    )
    assert headers["ETag"] == '"2"'
    for method, body in (("PATCH", {"description": "c"}), ("DELETE", None)):
        status, problem = await ada.call(method, path, body, If_Match=tag)
        assert (status, problem["code"]) == (409, "version_conflict")
        assert problem["current"] == edited
    for matching in ("*", 'W/"3"', '"4"'):
        await ada.done("PATCH", path, {"description": matching}, If_Match=matching)
    assert (await ada.call("DELETE", path, If_Match='"5"'))[0] == 204


@pytest.mark.parametrize("text", ["", "one", '"-1"', '"1", "2"', '"99999999999"', '"१"'])
async def test_another_form_of_if_match_is_refused(ada: Person, text: str) -> None:
    entry = await logged(ada)
    status, problem = await ada.call(
        "PATCH", f"/time-entries/{entry['id']}", {"description": "b"}, If_Match=text
    )
    assert (status, problem["errors"][0]["field"]) == (422, "If-Match")


async def test_an_entry_is_ended_now_or_at_an_instant_in_the_past(ada: Person) -> None:
    """[T4] And an earlier end wins over it."""
    entry = await started(ada, start_time=ago(hours=2))
    path = f"/time-entries/{entry['id']}/end"
    now = await ada.done("PUT", path)
    assert now["duration_seconds"] == now["entry"]["duration_seconds"]
    assert 7199 <= now["duration_seconds"] <= 7205
    earlier = await ada.done("PUT", path, {"end_time": ago(hours=1)})
    assert 3599 <= earlier["duration_seconds"] <= 3605
    assert earlier["already_stopped"] is True
    assert await ada.done("PUT", path) == earlier, "a late stop changes nothing"


@pytest.mark.parametrize(
    "end", [ago(hours=-1), ago(hours=3), "now", 7], ids=["future", "before", "word", "number"]
)
async def test_an_end_that_cannot_be_is_refused(ada: Person, end: Any) -> None:
    entry = await started(ada, start_time=ago(hours=2))
    path = f"/time-entries/{entry['id']}/end"
    status, problem = await ada.call("PUT", path, {"end_time": end})
    assert (status, problem["errors"][0]["field"]) == (422, "end_time")
    assert (await ada.get("/time-entries/current"))["entry"] == entry


async def test_a_deleted_entry_comes_back_closed(ada: Person) -> None:
    """[T6] Restoring what is there already is no mistake."""
    running, closed = await started(ada), await logged(ada)
    for entry in (running, closed):
        path = f"/time-entries/{entry['id']}"
        await ada.done("DELETE", path)
        assert (await ada.call("GET", path))[0] == 404
        assert (await ada.call("DELETE", path))[0] == 404
        assert (await ada.call("PATCH", path, {"description": "x"}))[0] == 404
        back = await ada.post(f"{path}/restore")
        assert back["ended_at"] is not None
        assert back["started_at"] == entry["started_at"]
        assert back["version"] > entry["version"]
        assert await ada.get(path) == back
        assert await ada.post(f"{path}/restore") == back
    assert (await ada.get("/time-entries/current"))["entry"] is None


async def test_an_entry_stopped_by_mistake_runs_on(ada: Person) -> None:
    """[T6] While nothing else runs; else the one that does is answered."""
    entry = await started(ada)
    path = f"/time-entries/{entry['id']}"
    await ada.done("PUT", f"{path}/end")
    again = await ada.done("PATCH", path, {"ended_at": None})
    assert (again["ended_at"], again["started_at"]) == (None, entry["started_at"])
    assert (await ada.get("/time-entries/current"))["entry"] == again
    other = await started(ada)
    status, problem = await ada.call("PATCH", path, {"ended_at": None})
    assert (status, problem["code"], problem["current"]) == (409, "timer_running", other)


async def test_a_start_before_the_running_one_is_refused_with_it(ada: Person) -> None:
    """[T2]"""
    entry = await started(ada, start_time=ago(hours=1))
    status, problem = await ada.call("POST", "/time-entries", {"start_time": ago(hours=2)})
    assert (status, problem["code"], problem["current"]) == (409, "overlaps_running", entry)


async def test_other_peoples_entries_are_not_there(ada: Person, bo: Person) -> None:
    entry = await logged(ada)
    path = f"/time-entries/{entry['id']}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("PATCH", path, {"description": "mine"}),
        ("PUT", f"{path}/end", None),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
    ]
    for method, target, body in calls:
        status, problem = await bo.call(method, target, body)
        assert (status, problem["code"]) == (404, "not_found")
    assert await ada.get(path) == entry


async def test_a_command_sent_again_changes_nothing(ada: Person) -> None:
    """[T5] The id in the header and the id in the body are the same id."""
    command_id = str(uuid.uuid4())
    first = await ada.post("/time-entries", {}, Idempotency_Key=command_id)
    assert await ada.post("/time-entries", {"command_id": command_id}) == first
    path = f"/time-entries/{first['entry_id']}"
    body = {"command_id": str(uuid.uuid4())}
    for _ in range(2):
        assert (await ada.call("DELETE", path, body))[0] == 204
    assert len(await ada.get("/time-entries")) == 0
