"""Projects: made, read, listed, edited, archived and deleted (docs/PROTOCOL.md, Projects)."""

import asyncio
import uuid
from typing import Any

import pytest

from tests.support.instants import ago
from tests.support.product import Person, Product, serving


async def test_a_project_is_made_with_its_maker_as_owner(ada: Person) -> None:
    made = await ada.post("/projects", {"name": "  Atlas ", "description": "maps"})
    project = made["project"]
    assert made["project_id"] == project["id"]
    assert project == await ada.get(f"/projects/{project['id']}")
    assert (project["name"], project["description"]) == ("Atlas", "maps")
    assert (project["visibility"], project["role"], project["archived_at"]) == (
        "private",
        "owner",
        None,
    )
    owner = {"user_id": ada.id, "username": ada.username, "role": "owner", "avatar_url": None}
    assert (project["owner_id"], project["members"]) == (ada.id, [owner])


INVALID = [
    ({"name": ""}, "name"),
    ({"name": "   "}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"name": "two\nlines"}, "name"),
    ({"name": "line\n"}, "name"),
    ({"name": 7}, "name"),
    ({"description": "x" * 2001}, "description"),
    ({"description": "nul\0"}, "description"),
    ({"visibility": "secret"}, "visibility"),
    ({"color": "red"}, "color"),
    ({"color": "#12345g"}, "color"),
    ({"color": "#123456\n"}, "color"),
    ({"owner_id": 1}, "owner_id"),
]


@pytest.mark.parametrize("fields, field", INVALID)
async def test_a_field_that_is_not_valid_is_named(ada: Person, fields: Any, field: str) -> None:
    """In making and in editing alike."""
    status, problem = await ada.call("POST", "/projects", {"name": "Atlas"} | fields)
    assert (status, problem["errors"][0]["field"]) == (422, field)
    project_id = await ada.project()
    status, problem = await ada.call("PATCH", f"/projects/{project_id}", fields)
    assert (status, problem["errors"][0]["field"]) == (422, field)
    assert [project["name"] for project in await ada.get("/projects")] == ["Atlas"]


async def test_only_the_fields_given_change(ada: Person) -> None:
    path = f"/projects/{await ada.project(description='maps', color='#ABCDEF')}"
    before = await ada.get(path)
    assert before["color"] == "#abcdef"
    for edit in ({"name": "New"}, {"description": ""}, {"color": "#000000"}, {}):
        before |= edit
        assert await ada.done("PATCH", path, edit) == before
    assert await ada.get(path) == before


async def test_the_visibility_has_a_call_of_its_own(ada: Person, bo: Person) -> None:
    path = f"/projects/{await ada.project()}"
    for visibility, status in (("public", 200), ("private", 404)):
        answer = await ada.done("PUT", f"{path}/visibility", {"visibility": visibility})
        assert answer == {"success": True}
        assert (await bo.call("GET", path))[0] == status


async def test_an_archived_project_takes_no_time_and_comes_back(ada: Person) -> None:
    project_id = await ada.project()
    path = f"/projects/{project_id}"
    first = (await ada.done("PATCH", path, {"archived": True}))["archived_at"]
    assert first is not None
    again = (await ada.done("PATCH", path, {"archived": True}))["archived_at"]
    assert again == first, "it was put away then, not now"
    status, problem = await ada.call("POST", "/time-entries", {"project_id": project_id})
    assert (status, problem["code"]) == (409, "conflict")
    assert await ada.get("/projects?archived=false") == []
    assert [p["id"] for p in await ada.get("/projects?archived=true")] == [project_id]
    assert (await ada.done("PATCH", path, {"archived": False}))["archived_at"] is None
    await ada.post("/time-entries", {"project_id": project_id})


async def test_pages_of_projects_neither_repeat_nor_skip(ada: Person) -> None:
    """Though projects are made and deleted meanwhile; the Link leads on, the last has none."""
    made = [await ada.project(f"n{n}") for n in range(5)]
    status, page, headers = await ada.call_with_headers("GET", "/projects?limit=2")
    assert (status, [project["id"] for project in page]) == (200, made[:2])
    assert headers["Link"].endswith('; rel="next"')
    made.append(await ada.project("later"))
    await ada.done("DELETE", f"/projects/{made[0]}")
    seen = [project["id"] for project in page]
    while (link := headers.get("Link")) is not None:
        assert f"cursor={headers['X-Next-Cursor']}" in link
        path = link.split(">")[0].removeprefix("</api")
        _, page, headers = await ada.call_with_headers("GET", path)
        assert len(page) <= 2
        seen += [project["id"] for project in page]
    assert seen == made
    assert "X-Next-Cursor" not in headers


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=IjEi", "cursor=LTE"]
)
async def test_a_page_that_cannot_be_is_refused(ada: Person, query: str) -> None:
    status, problem = await ada.call("GET", f"/projects?{query}")
    assert (status, problem["errors"][0]["field"]) == (422, query.split("=")[0])


async def test_a_cursor_beyond_all_numbers_is_refused(ada: Person) -> None:
    """It is base64 of JSON, and 2**70 is no id."""
    status, problem = await ada.call("GET", "/projects?cursor=MTE4MDU5MTYyMDcxNzQxMTMwMzQyNA")
    assert (status, problem["errors"][0]["field"]) == (422, "cursor")


async def test_a_deleted_project_leaves_its_entries_without_project(ada: Person) -> None:
    """At once wherever they are read, though a job detaches them later."""
    project_id = await ada.project()
    closed = await ada.post(
        "/time-entries",
        {"project_id": project_id, "start_time": ago(hours=2), "end_time": ago(hours=1)},
    )
    running = await ada.post("/time-entries", {"project_id": project_id})
    live = await ada.connect()
    await ada.done("DELETE", f"/projects/{project_id}")
    await live.expect("project:deleted")
    assert (await ada.call("GET", f"/projects/{project_id}"))[0] == 404
    assert await ada.get("/projects") == []
    assert (await ada.get(f"/time-entries/{closed['entry_id']}"))["project_id"] is None
    assert (await ada.get("/time-entries/current"))["entry"]["project_id"] is None
    listed = await ada.get("/time-entries")
    assert [(e["id"], e["project_id"]) for e in listed] == [
        (running["entry_id"], None),
        (closed["entry_id"], None),
    ]
    assert await ada.get(f"/time-entries?project_id={project_id}") == []
    assert (await live.do("timer:current"))["entry"]["project_id"] is None
    snapshot = (await live.do("channel:subscribe", channel=f"user:{ada.id}"))["snapshot"]
    assert snapshot["entry"]["project_id"] is None


async def test_the_entries_of_a_deleted_project_are_detached_and_told(product: Product) -> None:
    """By the job, on the channel of whose entries they are."""
    times = '{"housekeeping": 0.1}'
    async with serving(product.database_url, product.redis_url, TEST_TIMES=times) as quick:
        ada = await quick.person("ada")
        project_id = await ada.project()
        body = {"project_id": project_id, "start_time": ago(hours=2), "end_time": ago(hours=1)}
        closed = await ada.post("/time-entries", body)
        running = await ada.post("/time-entries", {"project_id": project_id})
        live = await ada.connect()
        await ada.done("DELETE", f"/projects/{project_id}")
        for event, made in (("entry:updated", closed), ("timer:updated", running)):
            told = (await live.expect(event))["data"]["entry"]
            assert told == made["entry"] | {"project_id": None, "version": told["version"]}
            assert told["version"] == made["entry"]["version"] + 1


async def test_a_command_sent_again_makes_no_second_project(ada: Person) -> None:
    """[T5] The id in the header and the id in the body are the same id."""
    command_id = str(uuid.uuid4())
    body = {"name": "Atlas"}
    answers = await asyncio.gather(
        *(ada.post("/projects", body, Idempotency_Key=command_id) for _ in range(5)),
        *(ada.post("/projects", body | {"command_id": command_id}) for _ in range(5)),
    )
    assert all(answer == answers[0] for answer in answers)
    assert len(await ada.get("/projects")) == 1
    status, problem = await ada.call("POST", "/projects", {"name": "B"}, Idempotency_Key=command_id)
    assert (status, problem["code"]) == (409, "command_id_reused")


async def test_a_command_without_a_body_of_its_own_takes_an_id_in_it(ada: Person) -> None:
    """[T5] A deletion sent again is answered as the first was, while another finds nothing."""
    path = f"/projects/{await ada.project()}"
    body = {"command_id": str(uuid.uuid4())}
    for _ in range(2):
        assert (await ada.call("DELETE", path, body))[0] == 204
    assert (await ada.call("DELETE", path))[0] == 404
    status, problem = await ada.call("DELETE", path, {"force": True})
    assert (status, problem["errors"][0]["field"]) == (422, "force")


async def test_an_idempotency_key_must_be_a_uuid(ada: Person) -> None:
    status, problem = await ada.call("POST", "/projects", {"name": "A"}, Idempotency_Key="one")
    assert (status, problem["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert await ada.get("/projects") == []
