"""[Snapshot + events = fresh snapshot] for every action, and for everybody who follows."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.mirror import Mirror
from tests.support.product import Person, Product


@dataclass
class Stage:
    """Two projects of Ada's: Bo tracks in both, Cy may only look, Di is an outsider."""

    ada: Person
    bo: Person
    cy: Person
    di: Person
    first: int
    second: int
    live: Live
    mirrors: list[Mirror]

    async def do(self, event: str, **payload: Any) -> Any:
        """A command of Bo's, after which all who follow are where the database is."""
        answer = await self.live.command(event, **payload)
        await self.settled()
        return answer

    async def call(self, person: Person, method: str, path: str, body: Any = None) -> Any:
        answer = await person.done(method, path, body)
        await self.settled()
        return answer

    async def settled(self) -> None:
        for mirror in self.mirrors:
            await mirror.settled()


@pytest.fixture
async def stage(product: Product) -> Stage:
    ada, bo, cy, di = [await product.person(name) for name in ("ada", "bo", "cy", "di")]
    projects = [await ada.project(name, visibility="public") for name in ("One", "Two")]
    for project_id in projects:
        members = f"/projects/{project_id}/members"
        await ada.post(members, {"user_id": bo.id})
        await ada.post(members, {"user_id": cy.id, "role": "viewer"})
    mirrors = [await Mirror.of(bo, f"user:{bo.id}")]
    for project_id in projects:
        for person in (ada, bo, cy, di):
            mirrors.append(await Mirror.of(person, f"project:{project_id}"))
    return Stage(ada, bo, cy, di, *projects, await bo.connect(), mirrors)


async def test_every_timer_command_leaves_followers_where_the_database_is(stage: Stage) -> None:
    do, first, second = stage.do, stage.first, stage.second
    await do("timer:start", project_id=first, description="begin", tags=["a"])
    await do("timer:update", description="edited", tags=["a", "b"])
    await do("timer:start", project_id=first, description="switched in the project")
    await do("timer:start", project_id=second, description="switched to the other")
    await do("timer:start", description="switched to none")
    await do("timer:update", project_id=first)
    await do("timer:update", project_id=second)
    await do("timer:update", project_id=None)
    await do("timer:update", project_id=second)
    stopped = await do("timer:stop")
    await do("timer:stop", entry_id=stopped["entry_id"])
    await do("timer:start", project_id=first)
    await do("timer:discard")
    await do("timer:start")
    await do("timer:discard")


async def test_every_edit_of_an_entry_does_so_too(stage: Stage) -> None:
    started = await stage.do("timer:start", project_id=stage.first, description="running")
    path = f"/time-entries/{started['entry_id']}"
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"description": "edited", "project_id": stage.second}),
        ("PUT", f"{path}/end", {}),
        ("PATCH", path, {"ended_at": None}),
        ("PATCH", path, {"project_id": stage.first}),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
        ("PATCH", path, {"project_id": stage.second}),
        ("DELETE", path, None),
        ("POST", f"{path}/restore", None),
        ("POST", "/time-entries", {"project_id": stage.first}),
    ]
    for method, where, body in calls:
        await stage.call(stage.bo, method, where, body)


async def test_what_its_owner_hides_leaves_followers_where_the_database_is(stage: Stage) -> None:
    """[V2] While a timer runs, and while one is begun in hiding."""
    await stage.do("timer:start", project_id=stage.first, description="secret", tags=["t"])
    for privacy in (
        {"hide_descriptions": True},
        {"show_activity": False},
        {"show_activity": True},
        {"hide_descriptions": False},
        {"show_activity": False, "hide_descriptions": True},
    ):
        await stage.call(stage.bo, "PATCH", "/users/me", {"privacy": privacy})
        await stage.do("timer:update", description=f"after {privacy}")
    await stage.do("timer:start", project_id=stage.second, description="unseen")
    await stage.do("timer:update", project_id=stage.first)
    await stage.call(stage.bo, "PATCH", "/users/me", {"privacy": {"show_activity": True}})
    await stage.do("timer:stop")


async def test_every_change_of_a_project_does_so_too(stage: Stage) -> None:
    path = f"/projects/{stage.first}"
    ada, bo, cy, di = stage.ada, stage.bo, stage.cy, stage.di
    await stage.do("timer:start", project_id=stage.first)
    calls: list[tuple[Person, str, str, Any]] = [
        (ada, "PATCH", path, {"name": "Renamed", "description": "now", "color": "#000000"}),
        (ada, "PATCH", path, {"archived": True}),
        (ada, "PATCH", path, {"archived": False}),
        (di, "POST", f"{path}/join", None),
        (ada, "PATCH", f"{path}/members/{di.id}", {"role": "admin"}),
        (ada, "PATCH", f"{path}/members/{di.id}", {"role": "owner"}),
        (di, "PUT", f"{path}/visibility", {"visibility": "private"}),
        (di, "PATCH", f"{path}/members/{cy.id}", {"role": "contributor"}),
    ]
    for person, method, where, body in calls:
        await stage.call(person, method, where, body)
    stage.mirrors = [m for m in stage.mirrors if m.person is not bo]
    await stage.call(di, "DELETE", f"{path}/members/{bo.id}")
    current = await bo.get("/time-entries/current")
    await stage.call(bo, "PUT", f"/time-entries/{current['entry']['id']}/end", {})
