"""Moving in with a file: Toggl Track, Clockify, and what FocusHub itself exports."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.product import Person, Product

TOGGL = (
    "User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,"
    "Duration,Tags,Amount ()\n"
    "Ada,ada@there.example,,Atlas,,Draw maps,No,2026-03-02,09:00:00,2026-03-02,10:30:00,01:30:00,"
    '"deep, maps",\n'
    'Ada,ada@there.example,,Atlas,,"Two\nlines, quoted ""so""",No,2026-03-02,11:00:00,2026-03-02,'
    "11:10:00,00:10:00,,\n"
    "Ada,ada@there.example,,,,No project,No,2026-03-03,23:30:00,2026-03-04,00:30:00,01:00:00,,\n"
)


async def send(
    person: Person, text: str | bytes, *, media: str = "text/csv", **query: Any
) -> tuple[int, Any]:
    body = text if isinstance(text, bytes) else text.encode()
    path = f"/import/time-entries?{urlencode(query)}"
    return await person.call("POST", path, body, Content_Type=media)


async def taken(person: Person, text: str | bytes, **query: Any) -> Any:
    status, report = await send(person, text, **query)
    assert status == 200, report
    return report


def entries_json(*entries: dict[str, Any]) -> str:
    return json.dumps(list(entries))


async def test_a_report_of_toggl_becomes_entries(product: Product) -> None:
    """[T8, D1] Local times are those of the profile's zone, which the entries keep."""
    kiri = await product.person("kiri", timezone="Europe/Berlin")
    report = await taken(kiri, TOGGL, format="toggl")
    counts = [report[name] for name in ("total", "created", "skipped", "refused", "seconds")]
    assert counts == [3, 3, 0, 0, 9600]
    assert report["errors"] == []
    assert report["projects_created"] == ["Atlas"]
    newest, lines, maps = await kiri.get("/time-entries")
    (project,) = await kiri.get("/projects")
    assert project["visibility"] == "private"
    assert (maps["started_at"], maps["ended_at"]) == (
        "2026-03-02T08:00:00.000Z",
        "2026-03-02T09:30:00.000Z",
    )
    assert (maps["description"], maps["tags"]) == ("Draw maps", ["deep", "maps"])
    assert (maps["source"], maps["claimed"], maps["timezone"]) == ("import", True, "Europe/Berlin")
    assert [e["project_id"] for e in (maps, lines, newest)] == [project["id"]] * 2 + [None]
    assert lines["description"] == 'Two\nlines, quoted "so"'
    assert newest["duration_seconds"] == 3600
    assert set(await kiri.get("/tags")) == {"deep", "maps"}


async def test_the_same_file_creates_nothing_twice(ada: Person) -> None:
    """Also after an entry was edited, and another one deleted; and of lines that are alike each is
    one of its own."""
    twice = TOGGL + TOGGL.splitlines(keepends=True)[1]
    assert (await taken(ada, twice, format="toggl"))["created"] == 4
    entries = await ada.get("/time-entries")
    await ada.done("DELETE", f"/time-entries/{entries[0]['id']}")
    await ada.done("PATCH", f"/time-entries/{entries[1]['id']}", {"description": "other"})
    again = await taken(ada, twice, format="toggl")
    assert (again["created"], again["skipped"]) == (0, 4)
    assert len(await ada.get("/time-entries")) == 3


async def test_what_is_there_already_is_not_made_again(ada: Person, bo: Person) -> None:
    """One's own export brings nothing into one's own account, but everything into another one."""
    atlas = await ada.project("Atlas")
    body = {"start_time": "2026-03-02T08:00:00.123Z", "end_time": "2026-03-02T09:00:00.456Z"}
    fields = {"project_id": atlas, "description": "=1+1", "tags": ["a,b", '"q"', "-x"]}
    await ada.post("/time-entries", body | fields)
    await ada.post("/time-entries", body | {"description": "'quoted\nline"})
    for format, media in (("json", "application/json"), ("csv", "text/csv")):
        _, raw, _ = await ada.call_with_headers("GET", f"/export/time-entries?format={format}")
        file = json.dumps(raw) if format == "json" else raw
        mine = await taken(ada, file, media=media, format="focushub")
        assert (mine["created"], mine["skipped"]) == (0, 2)
        theirs = await taken(bo, file, media=media, format="focushub")
        assert (theirs["created"], theirs["skipped"]) == ((2, 0) if format == "json" else (0, 2))
    there = await bo.get("/time-entries")
    names = ("started_at", "ended_at", "description", "tags", "timezone", "day_starts_at")
    assert [{n: e[n] for n in names} for e in there] == [
        {n: e[n] for n in names} for e in await ada.get("/time-entries")
    ]
    (project,) = await bo.get("/projects")
    assert project["name"] == "Atlas"
    assert {e["project_id"] for e in there} == {project["id"], None}


async def test_a_csv_brings_back_exactly_what_was_exported(ada: Person, bo: Person) -> None:
    """Also texts which a spreadsheet would take for formulas, and which are guarded from it."""
    texts = ["=SUM(A1)", "+1", "-1", "@x", "\tx", "'x", "''=x", "x=1", " led by a space", "ä, „ö“"]
    entries = [
        {"started_at": f"2026-03-02T08:00:{n:02}.001Z", "ended_at": "2026-03-02T09:00:00.000Z",
         "description": text, "tags": ["=a", "b,c"] if n % 2 else [], "timezone": "Asia/Tokyo",
         "day_starts_at": 4}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    file = entries_json(*entries)
    await taken(ada, file, media="application/json", format="focushub")
    _, raw, _ = await ada.call_with_headers("GET", "/export/time-entries?format=csv")
    assert ",'=SUM(A1)," in raw
    assert (await taken(bo, raw, format="focushub"))["created"] == len(texts)
    there = await bo.get("/time-entries?limit=200")
    assert [{n: e[n] for n in entries[0]} for e in reversed(there)] == entries


async def test_every_line_that_is_refused_is_told_with_its_reason(ada: Person) -> None:
    """[T8] The good ones are made all the same."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    lines = [
        "Description,Project,Start date,Start time,End date,End time,Duration,Tags",
        "good,,2026-03-02,09:00,2026-03-02,10:00,,",
        "\u201cno date,,2026-13-02,09:00,2026-13-02,10:00,,",
        "no time,,2026-03-02,25:00,2026-03-02,26:00,,",
        "backwards,,2026-03-02,10:00,2026-03-02,09:00,,",
        f"tomorrow,,{tomorrow},09:00,{tomorrow},10:00,,",
        "long,,2026-01-01,09:00,2026-02-02,10:00,,",
        "no end,,2026-03-02,09:00,,,,",
        f"{'x' * 501},,2026-03-02,09:00,2026-03-02,10:00,,",
        f"tag,,2026-03-02,09:00,2026-03-02,10:00,,{'t' * 41}",
        f'tags,,2026-03-02,09:00,2026-03-02,10:00,,"{",".join("abcdefghijk")}"',
        f"project,{'p' * 81},2026-03-02,09:00,2026-03-02,10:00,,",
        "cells,,2026-03-02,09:00,2026-03-02,10:00,,,,surplus",
        "early,,1999-03-02,09:00,1999-03-02,10:00,,",
        "",
        "last,,2026-03-02,09:00,2026-03-02,10:00,,",
    ]
    report = await taken(ada, "\n".join(lines), format="toggl")
    assert (report["created"], report["refused"], report["total"]) == (2, 12, 14)
    assert [error["line"] for error in report["errors"]] == list(range(3, 15))
    assert all(error["message"] for error in report["errors"])
    assert "future" in report["errors"][3]["message"]
    assert [e["description"] for e in await ada.get("/time-entries")] == ["last", "good"]


async def test_a_dry_run_says_what_would_come_and_changes_nothing(ada: Person) -> None:
    lines = TOGGL + "Ada,ada@there.example,,Atlas,,x,No,2026-03-02,9:00,,,,,\n"
    trial = await taken(ada, lines, format="toggl", dry_run="true")
    assert (trial["created"], trial["refused"], trial["import_id"]) == (3, 1, None)
    assert trial["projects_created"] == ["Atlas"]
    assert trial["preview"][0]["description"] == "Draw maps"
    assert trial["preview"][0]["project_name"] == "Atlas"
    assert await ada.get("/time-entries") == []
    assert await ada.get("/projects") == []
    assert await ada.get("/import") == []
    real = await taken(ada, lines, format="toggl")
    same = ("total", "created", "skipped", "refused", "seconds", "errors", "projects_created")
    assert {name: real[name] for name in same} == {name: trial[name] for name in same}


CLOCKIFY = (
    "Project,Client,Description,Task,User,Group,Email,Tags,Billable,Start Date,Start Time,End Date,"
    "End Time,Duration (h),Duration (decimal),Billable Rate (USD),Billable Amount (USD)\n"
    "Site,North,Logo,,Ada,,{ada},,Yes,03/28/2026,02:00 PM,03/28/2026,03:30 PM,01:30:00,1.50,0,0\n"
    "Site,South,,Design,Ada,,{ada},,Yes,03/29/2026,12:05 AM,03/29/2026,12:10 AM,00:05:00,0.08,,\n"
    "Site,South,Not mine,,Bo,,bo@there.example,,Yes,03/29/2026,09:00 AM,03/29/2026,10:00 AM,"
    "01:00:00,1,0,0\n"
)


async def test_a_report_of_clockify_becomes_entries(ada: Person) -> None:
    """Half days, the month first, one's own lines of several people's; projects of one name are
    told apart by their clients, and a task stands in for a description."""
    report = await taken(ada, CLOCKIFY.format(ada=ada.email.upper()), format="clockify")
    assert (report["created"], report["refused"]) == (2, 1)
    assert report["errors"] == [
        {"line": 4, "message": f"it is of bo@there.example, not of {ada.email.lower()}"}
    ]
    design, logo = await ada.get("/time-entries")
    assert (logo["started_at"], logo["duration_seconds"]) == ("2026-03-28T14:00:00.000Z", 5400)
    assert (design["started_at"], design["description"]) == ("2026-03-29T00:05:00.000Z", "Design")
    projects = {p["id"]: p["name"] for p in await ada.get("/projects")}
    assert [projects[e["project_id"]] for e in (logo, design)] == ["Site", "Site (South)"]
    theirs = await taken(
        ada, CLOCKIFY.format(ada=ada.email), format="clockify", email="BO@there.example"
    )
    assert (theirs["created"], theirs["refused"]) == (1, 2)


INVALID = [
    (TOGGL.encode("utf-16"), {}, "file"),
    (TOGGL.replace("Draw", "Zürich").encode("latin-1"), {}, "file"),
    (b"a,b\n1,2\n", {}, "file"),
    (b"", {}, "file"),
    (b"Start date,Start time,Duration\n03/04/2026,09:00,1:00\n", {}, "date_format"),
    (b"Email,Start date,Start time,Duration\na@x.y,2026-01-02,9:00,1\nb@x.y,,,\n", {}, "email"),
    (TOGGL.encode(), {"timezone": "Mars/Olympus"}, "timezone"),
    (TOGGL.encode(), {"format": "excel"}, "format"),
    (TOGGL.encode(), {"date_format": "dym"}, "date_format"),
    (b"Start date,Start time,Duration\n" + b"x" * 200_000, {}, "file"),
]


@pytest.mark.parametrize("file, query, field", INVALID)
async def test_a_file_that_cannot_be_read_at_all_is_refused(
    ada: Person, file: bytes, query: dict[str, str], field: str
) -> None:
    """Before anything is made of it."""
    status, problem = await send(ada, file, **{"format": "toggl"} | query)
    assert (status, problem["code"]) == (422, "invalid"), problem
    assert [error["field"] for error in problem["errors"]] == [field]
    assert await ada.get("/import") == []


async def test_bodies_of_another_kind_or_size_are_refused(ada: Person) -> None:
    status, problem = await send(ada, "[]", media="application/json", format="toggl")
    assert (status, problem["code"]) == (415, "unsupported_media_type")
    status, problem = await send(ada, "[{}", media="application/json", format="focushub")
    assert (status, problem["code"]) == (400, "malformed")
    assert "line 1" in problem["detail"]
    status, problem = await send(ada, b"x" * (64 * 1024 * 1024 + 1), format="toggl")
    assert (status, problem["code"]) == (413, "too_large")


async def test_entries_of_json_are_judged_one_by_one(ada: Person) -> None:
    """What no text can hold is refused like any other line."""
    good = {"started_at": "2026-03-02T09:00:00+01:00", "ended_at": "2026-03-02T08:30:00.5Z"}
    wrong: list[Any] = [
        1,
        {},
        good | {"ended_at": None},
        good | {"tags": "x"},
        good | {"description": "a\0b"},
        good | {"description": "\ud800"},
        good | {"timezone": "Mars/Olympus"},
        good | {"day_starts_at": 7},
        good | {"started_at": "2026-03-02T09:00:00"},
        good | {"project_id": -1},
        good | {"project_name": 7},
    ]
    file = entries_json(good, *wrong)
    report = await taken(ada, file, media="application/json", format="focushub")
    assert (report["created"], report["refused"]) == (1, len(wrong))
    assert report["errors"][0]["message"].startswith("entry 2: ")
    (entry,) = await ada.get("/time-entries")
    assert (entry["started_at"], entry["ended_at"]) == (
        "2026-03-02T08:00:00.000Z",
        "2026-03-02T08:30:00.500Z",
    )


def many(count: int) -> str:
    rows = ["Description,Start date,Start time,Duration"]
    rows += [f"n{n},2026-03-{n % 28 + 1:02},{n // 28 % 24:02}:00,0:10" for n in range(count)]
    return "\n".join(rows)


async def test_whoever_looks_sees_how_far_it_is_and_one_event_of_all(ada: Person) -> None:
    """`import:progress` is ephemeral and ends with the last line; more than 50 entries are one
    `entry:bulk`, fewer are told one by one."""
    live = await ada.connect()
    report = await taken(ada, many(1200), format="toggl")
    channel = f"user:{ada.id}"
    over = await live.expect("import:progress", lambda told: told["data"]["over"])
    assert over["seq"] is None
    assert over["data"] == {
        "import_id": report["import_id"], "done": 1200, "total": 1200, "created": 1200,
        "skipped": 0, "refused": 0, "over": True,
    }  # fmt: skip
    bulk = await live.expect("entry:bulk")
    assert bulk["data"]["count"] == 1200
    assert bulk["data"]["reason"] == "import"
    assert bulk["data"]["from"] == "2026-03-01T00:00:00.000Z"
    await taken(ada, TOGGL, format="toggl")
    await live.expect(
        "entry:created", lambda told: told["data"]["entry"]["description"] == "No project"
    )
    names = [name for name, told in live.on_channel(channel) if name.startswith("entry:")]
    assert names == ["entry:bulk"] + ["entry:created"] * 3


async def test_an_import_is_undone_and_can_be_done_again(ada: Person) -> None:
    """[T6] Its entries are deleted, and each can be restored; all sums follow."""
    own = {"start_time": "2026-03-02T08:00:00Z", "end_time": "2026-03-02T08:00:10Z"}
    await ada.post("/time-entries", own)
    live = await ada.connect()
    report = await taken(ada, many(60), format="toggl")
    assert await tracked(ada) == 36_010
    path = f"/import/{report['import_id']}"
    assert await ada.done("DELETE", path) == {"deleted": 60}
    await live.expect("entry:bulk", lambda told: told["data"]["reason"] == "import_undone")
    assert await tracked(ada) == 10
    assert (await ada.get(path))["state"] == "undone"
    assert await ada.done("DELETE", path) == {"deleted": 0}
    assert (await taken(ada, many(60), format="toggl"))["created"] == 60
    assert await tracked(ada) == 36_010


async def tracked(person: Person) -> int:
    groups = await person.get("/reports/summary?group_by=month&from=2026-01-01&to=2026-06-01")
    total: int = groups["total_seconds"]
    return total


async def test_somebody_elses_import_is_not_there(ada: Person, bo: Person) -> None:
    report = await taken(ada, TOGGL, format="toggl")
    for method in ("GET", "DELETE"):
        status, problem = await bo.call(method, f"/import/{report['import_id']}")
        assert (status, problem["code"]) == (404, "not_found")
    assert [one["id"] for one in await ada.get("/import")] == [report["import_id"]]


async def test_two_imports_at_once_make_nothing_twice(ada: Person) -> None:
    """One at a time; who comes meanwhile gets a conflict, and may come again."""
    both = await asyncio.gather(*(send(ada, many(800), format="toggl") for _ in range(2)))
    statuses = sorted(status for status, _ in both)
    assert statuses in ([200, 200], [200, 409])
    assert sum(answer["created"] for status, answer in both if status == 200) == 800


async def test_a_file_sent_again_with_its_key_is_answered_the_same(ada: Person) -> None:
    """[T5]"""
    key = {"Idempotency_Key": "0c3e5a3e-7f0d-4d2b-9a4e-3f1f3a1f5a10", "Content_Type": "text/csv"}
    path = "/import/time-entries?format=toggl"
    first = await ada.post(path, TOGGL.encode(), **key)
    assert first["created"] == 3
    assert await ada.post(path, TOGGL.encode(), **key) == first
    status, problem = await ada.call("POST", path, many(2).encode(), **key)
    assert (status, problem["code"]) == (409, "command_id_reused")


async def test_entries_go_to_projects_where_one_may_track(ada: Person, bo: Person) -> None:
    """By name, without regard to case; not to one that is only read, nor to somebody else's."""
    atlas = await ada.project("ATLAS")
    theirs = await bo.project("Other")
    await bo.post(f"/projects/{theirs}/members", {"user_id": ada.id, "role": "viewer"})
    file = "Project,Start date,Start time,Duration\n" + "".join(
        f"{name},2026-03-02,09:00,0:10\n" for name in ("Atlas", "Other")
    )
    report = await taken(ada, file, format="toggl")
    assert report["projects_created"] == ["Other"]
    ids = {e["project_id"] for e in await ada.get("/time-entries")}
    assert atlas in ids
    assert theirs not in ids
    foreign = {"started_at": "2026-03-02T09:00:00Z", "ended_at": "2026-03-02T09:10:00Z"}
    named = entries_json(foreign | {"project_id": theirs, "project_name": "Other"})
    report = await taken(ada, named, media="application/json", format="focushub")
    assert report["projects_created"] == []
