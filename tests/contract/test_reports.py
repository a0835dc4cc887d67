"""Summaries of tracked time by REST (docs/PROTOCOL.md, Reports; C0, D)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.product import Person

# Noon of a Wednesday of some weeks ago: the hours below lie in known days, weeks and months.
NOON = datetime(2026, 3, 25, 12, tzinfo=UTC)
DAY, NEXT = "2026-03-25", "2026-03-26"


def at(hours: float) -> str:
    return (NOON + timedelta(hours=hours)).isoformat()


async def log(person: Person, from_h: float, to_h: float, **fields: Any) -> int:
    body = {"start_time": at(from_h), "end_time": at(to_h)} | fields
    entry_id: int = (await person.post("/time-entries", body))["entry_id"]
    return entry_id


async def summary(person: Person, group_by: str, **query: Any) -> Any:
    """The answer; `from_` stands for `from`."""
    given = {name.rstrip("_"): value for name, value in query.items()}
    return await person.get(f"/reports/summary?{urlencode({'group_by': group_by} | given)}")


async def test_time_is_summed_by_one_or_two_groups(ada: Person) -> None:
    """[C0] [D4] Each group has the keys it is grouped by; overlaps count twice."""
    atlas = await ada.project("Atlas")
    await log(ada, 0, 2, project_id=atlas, tags=["deep", "draw"])
    await log(ada, 1, 2, tags=["deep"])
    await log(ada, 24 * 7, 24 * 7 + 0.5, project_id=atlas)
    hours = 3600
    project = {"id": atlas, "name": "Atlas"}
    for group_by, groups in [
        ("day", [{"day": DAY, "total_seconds": 3 * hours},
                 {"day": "2026-04-01", "total_seconds": 1800}]),
        ("week", [{"week": "2026-03-23", "total_seconds": 3 * hours},
                  {"week": "2026-03-30", "total_seconds": 1800}]),
        ("month", [{"month": "2026-03", "total_seconds": 3 * hours},
                   {"month": "2026-04", "total_seconds": 1800}]),
        ("project", [{"project": project, "total_seconds": 9000},
                     {"project": None, "total_seconds": hours}]),
        ("tag", [{"tag": "deep", "total_seconds": 3 * hours},
                 {"tag": "draw", "total_seconds": 2 * hours},
                 {"tag": None, "total_seconds": 1800}]),
        ("project,week",
         [{"project": project, "week": "2026-03-23", "total_seconds": 2 * hours},
          {"project": project, "week": "2026-03-30", "total_seconds": 1800},
          {"project": None, "week": "2026-03-23", "total_seconds": hours}]),
        ("week,month", [{"week": "2026-03-23", "month": "2026-03", "total_seconds": 3 * hours},
                        {"week": "2026-03-30", "month": "2026-04", "total_seconds": 1800}]),
    ]:  # fmt: skip
        assert await summary(ada, group_by) == {"groups": groups, "total_seconds": 12600}, group_by


async def test_what_was_just_written_is_counted(ada: Person, bo: Person) -> None:
    """Each read after each write; what runs is not counted yet [C0], others' time not at all."""
    await log(bo, 0, 1)
    entry_id = await log(ada, 0, 1)
    path = f"/time-entries/{entry_id}"
    for method, target, body, seconds in [
        ("PATCH", path, {"ended_at": at(2)}, 7200),
        ("POST", f"{path}/split", {"at": at(0.5)}, 7200),
        ("DELETE", path, None, 5400),
        ("POST", f"{path}/restore", None, 7200),
        ("POST", "/time-entries", {"start_time": at(0)[:10] + "T12:00:00Z", "end_time": at(1)},
         10800),
        ("POST", "/time-entries", {"description": "runs"}, 10800),
    ]:  # fmt: skip
        status, answer = await ada.call(method, target, body)
        assert status < 300, answer
        for group_by in ("day", "tag"):
            assert (await summary(ada, group_by))["total_seconds"] == seconds, (method, group_by)


async def test_a_range_of_days_has_whole_own_days(ada: Person) -> None:
    """[D1] [D3] Also after its user has moved: no past day moves, and none is cut."""
    await ada.done("PATCH", "/users/me", {"timezone": "Asia/Tokyo", "day_starts_at": 4})
    await log(ada, 6, 8)  # from three to five in the morning there
    await ada.done("PATCH", "/users/me", {"timezone": "America/New_York", "day_starts_at": 0})
    for query, groups in [
        ({"from_": DAY, "to": DAY}, [(DAY, 3600)]),
        ({"from_": NEXT}, [(NEXT, 3600)]),
        ({}, [(DAY, 3600), (NEXT, 3600)]),
    ]:
        for more in ({}, {"source": "manual"}):  # counted from days, or from entries
            found = (await summary(ada, "day", **query, **more))["groups"]
            assert [(one["day"], one["total_seconds"]) for one in found] == groups


async def test_a_range_of_instants_cuts_entries(ada: Person) -> None:
    """[D0] [from, to), and the pieces sum to the whole."""
    await log(ada, 0, 2)
    parts = [
        (await summary(ada, "project", **bounds))["total_seconds"]
        for bounds in ({"to": at(0.6001)}, {"from_": at(0.6001), "to": at(1)}, {"from_": at(1)})
    ]
    assert parts == [2160, 1440, 3600]
    assert (await summary(ada, "day", from_=at(2)))["groups"] == []


async def test_filters_hold_as_in_the_list_whose_rows_sum_to_the_total(ada: Person) -> None:
    atlas = await ada.project("Atlas")
    await log(ada, 0, 1.0003, project_id=atlas, tags=["deep"], description="Draw the maps")
    await log(ada, 1, 3, tags=["deep"], source="timer")
    await log(ada, 30, 61, project_id=atlas, description="maps again")
    for query in [
        {"project_id": atlas}, {"tag": "deep"}, {"q": "MAPS"}, {"source": "timer"}, {"tag": "dee"},
        {"q": "maps", "tag": "deep"}, {"project_id": atlas, "from_": NEXT, "to": "2026-03-28"},
        {"project_id": 2**40}, {"project_id": "none"}, {"project_id": "none", "q": "x"}, {},
    ]:  # fmt: skip
        given = urlencode({name.rstrip("_"): value for name, value in query.items()})
        rows = await ada.get(f"/time-entries?{given}")
        expected = sum(row["duration_seconds"] for row in rows)
        for group_by in ("day", "project,week", "tag,month"):
            found = await summary(ada, group_by, **query)
            assert found["total_seconds"] == expected, (query, group_by)


async def test_a_project_that_one_may_not_read_any_more_has_no_name(
    ada: Person, bo: Person
) -> None:
    """[V2] And one that was deleted is none."""
    left, dropped = await bo.project("Left"), await ada.project("Dropped")
    await bo.post(f"/projects/{left}/members", {"user_id": ada.id})
    await log(ada, 0, 2, project_id=left)
    await log(ada, 0, 1, project_id=dropped)
    await bo.done("DELETE", f"/projects/{left}/members/{ada.id}")
    await ada.done("DELETE", f"/projects/{dropped}")
    for query in ({}, {"source": "manual"}):
        assert (await summary(ada, "project", **query))["groups"] == [
            {"project": {"id": left, "name": None}, "total_seconds": 7200},
            {"project": None, "total_seconds": 3600},
        ]


async def test_empty_periods_come_when_asked_for(ada: Person) -> None:
    await log(ada, 0, 1)
    await log(ada, 49, 50)
    assert len((await summary(ada, "day"))["groups"]) == 2
    filled = (await summary(ada, "day", from_="2026-03-24", fill="true"))["groups"]
    assert [one["total_seconds"] for one in filled] == [0, 3600, 0, 3600]
    filled = (await summary(ada, "week", from_="2026-03-01", to="2026-03-31", fill="true"))[
        "groups"
    ]
    assert [one["week"] for one in filled][::5] == ["2026-02-23", "2026-03-30"]
    assert await summary(ada, "month", tag="none", fill="true") == {
        "groups": [], "total_seconds": 0,
    }  # fmt: skip


INVALID = [
    ("", "group_by"),
    ("group_by=", "group_by"),
    ("group_by=year", "group_by"),
    ("group_by=day,day", "group_by"),
    ("group_by=day,project,tag", "group_by"),
    ("group_by=day&from=2026-03-26&to=2026-03-25", "to"),
    ("group_by=day&from=2026-03-26T00:00:00Z&to=2026-03-25T00:00:00Z", "to"),
    ("group_by=day&from=2010-01-01&to=2026-03-25", "to"),
    ("group_by=day&from=yesterday", "from"),
    ("group_by=day&to=2026-02-30", "to"),
    ("group_by=day&fill=maybe", "fill"),
    ("group_by=day,tag&fill=true", "fill"),
    ("group_by=project&fill=true", "fill"),
    ("group_by=day&limit=3", "limit"),
]


@pytest.mark.parametrize("query, field", INVALID)
async def test_a_query_that_is_not_valid_is_refused(ada: Person, query: str, field: str) -> None:
    status, problem = await ada.call("GET", f"/reports/summary?{query}")
    assert (status, problem["code"]) == (422, "invalid")
    assert [error["field"] for error in problem["errors"]] == [field]


async def test_too_many_groups_are_refused(ada: Person) -> None:
    """Rather than answered by many megabytes."""
    for year in range(2000, 2030, 15):
        start = datetime(year, 1, 1, tzinfo=UTC)
        body = {"start_time": start.isoformat(), "end_time": (start + timedelta(1)).isoformat()}
        await ada.post("/time-entries", body)
    status, problem = await ada.call("GET", "/reports/summary?group_by=day&fill=true&to=2030-01-01")
    assert (status, problem["errors"][0]["field"]) == (422, "group_by")


async def test_activity_and_heatmap_show_what_was_just_written(ada: Person) -> None:
    project_id = await ada.project()
    today = date.today()
    for seconds in (3600, 7200):
        start = datetime(today.year - 1, 6, 1, 8 + seconds // 3600, tzinfo=UTC)
        body = {"start_time": start.isoformat(), "project_id": project_id,
                "end_time": (start + timedelta(hours=1)).isoformat()}  # fmt: skip
        await ada.post("/time-entries", body)
        (one,) = (await ada.get(f"/users/{ada.id}/activity"))["projects"]
        assert one["total_time_spent"] == seconds
        day = {"date": f"{today.year - 1}-06-01", "seconds": seconds}
        assert await ada.get(f"/reports/heatmap?year={today.year - 1}") == [day]
