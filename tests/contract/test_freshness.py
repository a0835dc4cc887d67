"""What a client has already is not sent again: ETag, If-None-Match and 304 (docs/PROTOCOL.md)."""

import re
from typing import Any

import pytest

from handlers.http.operation import Operation
from handlers.http.routes import OPERATIONS
from tests.support.product import Person, Product
from tests.support.rooms import make_room

KEPT = [op for op in OPERATIONS if op.may_be_kept]
# What says the time is another one whenever it is asked for.
OF_THE_MOMENT = {"read_current", "read_server"}
# Of each answer, or of how it was made.
_OWN = {"date", "x-request-id", "content-length", "content-type", "content-encoding"}


@pytest.fixture(scope="module")
async def world(shared_product: Product) -> dict[str, Any]:
    """An admin for whom there is something at most addresses; by parameter."""
    ada = await shared_product.person("ada", role="admin")
    shared_product.people.clear()
    project_id = await ada.project(description="x" * 1500)
    made = await ada.post("/time-entries", {"project_id": project_id, "description": "first"})
    badges = await ada.get("/badges")
    return {
        "ada": ada,
        "user_id": ada.id,
        "project_id": project_id,
        "entry_id": made["entry_id"],
        "badge_id": badges[0]["badge_id"],
        "slug": (await make_room(ada))[0],
    }


def address_of(operation: Operation, world: dict[str, Any]) -> str:
    """Its path in this world; skipped where the world has nothing of that kind."""
    missing = [name for name in operation.parameters if name not in world]
    if missing:
        pytest.skip(f"there is no {missing[0]}")
    return re.sub(r"{(\w+)}", lambda match: str(world[match[1]]), operation.path)


def differing(one: Any, other: Any) -> dict[str, tuple[Any, Any]]:
    names = {name.lower() for name in (*one, *other)} - _OWN
    return {n: (one.get(n), other.get(n)) for n in names if one.get(n) != other.get(n)}


@pytest.mark.parametrize("operation", KEPT, ids=lambda op: op.handler.__name__)
async def test_what_one_has_is_not_sent_again(operation: Operation, world: dict[str, Any]) -> None:
    """The same headers, and no body; HEAD says what GET would."""
    ada, path = world["ada"], address_of(operation, world)
    status, body, headers = await ada.call_with_headers("GET", path)
    if status != 200:
        pytest.skip(f"{path} answers {status} here")
    assert headers["Cache-Control"] == "private, no-cache"
    varied = set(headers["Vary"].split(", "))
    assert {"Authorization", "Cookie", "Accept-Encoding", "Origin"} <= varied
    tag = headers["ETag"]
    if operation.handler.__name__ in OF_THE_MOMENT:
        return
    for given in (tag, f'"other", {tag.removeprefix("W/")}', "*"):
        again = await ada.call_with_headers("GET", path, If_None_Match=given)
        assert (again[0], again[1]) == (304, "")
        assert not differing(headers, again[2])
        assert "Content-Type" not in again[2]
    other = await ada.call_with_headers("GET", path, If_None_Match='"other"')
    assert (other[0], other[1]) == (200, body)
    head = await ada.call_with_headers("HEAD", path)
    assert (head[0], head[1]) == (200, "")
    assert not differing(headers, head[2])
    assert (await ada.call_with_headers("HEAD", path, If_None_Match=tag))[0] == 304


async def test_another_answer_has_another_tag(ada: Person) -> None:
    """Also where only its headers differ."""
    await ada.project()
    _, _, before = await ada.call_with_headers("GET", "/projects")
    await ada.project("Second")
    status, body, after = await ada.call_with_headers(
        "GET", "/projects", If_None_Match=before["ETag"]
    )
    assert (status, len(body)) == (200, 2)
    assert after["ETag"] != before["ETag"]
    _, _, alone = await ada.call_with_headers("GET", "/projects?limit=1")
    _, _, last = await ada.call_with_headers("GET", "/projects?limit=1&archived=false")
    assert alone["ETag"] != last["ETag"], "the link to the next page is another one"


async def test_an_entry_is_named_by_its_version_alone(ada: Person) -> None:
    """[T6] What is named by its body is never taken for a version."""
    made = await ada.post("/time-entries", {"description": "first"})
    path = f"/time-entries/{made['entry_id']}"
    _, _, headers = await ada.call_with_headers("GET", path)
    assert headers["ETag"] == '"1"'
    assert (await ada.call("GET", path, If_None_Match='W/"1"'))[0] == 304
    await ada.done("PATCH", path, {"description": "second"}, If_Match='"1"')
    assert (await ada.call("GET", path, If_None_Match='"1"'))[0] == 200
    _, _, listed = await ada.call_with_headers("GET", "/time-entries")
    status, problem = await ada.call("PATCH", path, {"description": "x"}, If_Match=listed["ETag"])
    assert (status, problem["code"]) == (422, "invalid")


async def test_refusals_and_commands_have_no_tag(ada: Person) -> None:
    for method, path in (
        ("GET", "/projects/987654321"),
        ("POST", "/projects"),
        ("GET", "/auth/logins"),
    ):
        _, _, headers = await ada.call_with_headers(
            method, path, {"name": "Atlas"} if method == "POST" else None
        )
        assert "ETag" not in headers
        assert headers["Cache-Control"] == "no-store"
