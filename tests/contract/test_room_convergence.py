"""[Snapshot + events = fresh snapshot] for rooms: by the test's own reckoning, and by the web
client's, which gets the same events."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.mirror import Mirror
from tests.support.node import run_script
from tests.support.product import Person, Product
from tests.support.rooms import join, make_room, told

SETTINGS = {"auto_start_breaks": True, "auto_start_work": True}


class Stage:
    """A public room of Ada's with Bo and Cy in it; Di, who is none of its members, reads it."""

    def __init__(self, people: list[Person], slug: str, channel: str, folder: Path) -> None:
        self.ada, self.bo, self.cy, self.di = people
        self.slug = slug
        self.channel = channel
        self._folder = folder
        self.lives: dict[int, Live] = {}
        self.mirrors: list[Mirror] = []
        self._stories: list[Any] = []

    async def follow(self, person: Person) -> None:
        """From now on what this person is told must make what the database has."""
        mirror = await Mirror.of(person, self.channel)
        self.mirrors.append(mirror)
        self._stories.append(mirror.story)

    def lost(self, *people: Person) -> None:
        """These may read the room no more."""
        self.mirrors = [m for m in self.mirrors if m.person not in people]

    async def enter(self, person: Person) -> None:
        self.lives[person.id], _ = await join(person, self.slug)
        await self.settled()

    async def do(self, person: Person, event: str, **payload: Any) -> None:
        """A command, after which all who follow are where the database is."""
        await self.lives[person.id].command(event, room=self.slug, **payload)
        await self.settled()

    async def edit(self, person: Person, **fields: Any) -> None:
        await person.done("PATCH", f"/rooms/{self.slug}", fields)
        await self.settled()

    async def until(self, **timer: Any) -> None:
        """The room's timer gets there by itself."""
        await told(
            self.lives[self.ada.id],
            self.channel,
            "room:updated",
            lambda e: timer.items() <= e["room"]["timer"].items(),
        )
        await self.settled()

    async def settled(self) -> None:
        for mirror in self.mirrors:
            await mirror.settled()

    async def replayed(self) -> None:
        """The web client makes the same of what everybody was told."""
        stories = self._folder / "stories.json"
        stories.write_text(json.dumps(self._stories))
        steps = await run_script("room_replay.mjs", str(stories))
        events = sum(len(step["events"]) for story in self._stories for step in story)
        assert steps["replayed"] == {"stories": len(self._stories), "events": events}


@pytest.fixture
async def stage(product: Product, tmp_path: Path) -> Stage:
    people = [await product.person(name) for name in ("ada", "bo", "cy", "di")]
    slug, channel = await make_room(people[0], visibility="public", settings=SETTINGS)
    stage = Stage(people, slug, channel, tmp_path)
    for person in people[:3]:
        await stage.enter(person)
    for person in people:
        await stage.follow(person)
    return stage


async def test_every_command_of_the_timer_leaves_followers_where_the_database_is(
    stage: Stage,
) -> None:
    do, ada, bo = stage.do, stage.ada, stage.bo
    await do(ada, "room:promote", user_id=bo.id, role="cohost")
    await do(ada, "room:start")
    await do(bo, "room:pause")
    await do(ada, "room:extend", seconds=90)
    await do(ada, "room:resume")
    await do(bo, "room:extend", seconds=30)
    await do(ada, "room:configure", settings={"work_s": 700, "cycles": 2})
    await do(ada, "room:configure", settings={"work_s": 800, "chat": "always"}, apply="now")
    await do(ada, "room:skip")
    await do(bo, "room:pause")
    await do(bo, "room:skip")
    await do(ada, "room:configure", settings={"auto_start_breaks": False})
    await do(ada, "room:skip")
    await do(ada, "room:configure", settings={"long_break_s": 60})
    await do(ada, "room:start")
    await do(ada, "room:stop")
    await do(ada, "room:configure", settings={"capacity": 3})
    await stage.replayed()


async def test_ends_of_phases_do_so_too(stage: Stage) -> None:
    """[R4] A phase that begins by itself, one that waits, and the long break."""
    do, ada = stage.do, stage.ada
    short = {"work_s": 1, "short_break_s": 600, "cycles": 2}
    await do(ada, "room:configure", settings=short)
    await stage.lives[ada.id].command("room:start", room=stage.slug)
    await stage.until(phase="short_break", state="running")
    await do(ada, "room:configure", settings={"work_s": 600, "short_break_s": 1})
    await do(ada, "room:configure", settings={"auto_start_work": False})
    await stage.lives[ada.id].command(
        "room:configure", room=stage.slug, settings={"short_break_s": 1}, apply="now"
    )
    await stage.until(phase="work", cycle=2, state="idle")
    await do(ada, "room:configure", settings={"work_s": 1, "long_break_s": 600})
    await stage.lives[ada.id].command("room:start", room=stage.slug)
    await stage.until(phase="long_break", state="running")
    await stage.replayed()


async def test_coming_going_and_roles_do_so_too(stage: Stage) -> None:
    """[R5] [R7]"""
    do, ada, bo, cy, di = stage.do, stage.ada, stage.bo, stage.cy, stage.di
    await stage.enter(di)
    await stage.enter(di)
    await do(ada, "room:promote", user_id=cy.id, role="cohost")
    await do(ada, "room:promote", user_id=di.id, role="cohost")
    await do(ada, "room:promote", user_id=di.id, role="member")
    await do(ada, "room:transfer", user_id=bo.id)
    await do(ada, "room:transfer", user_id=ada.id)
    stage.lost(di)
    await do(bo, "room:kick", user_id=di.id)
    await do(ada, "room:transfer", user_id=cy.id)
    # The room loses its host by a kick, and goes to its owner.
    stage.lost(cy)
    await do(ada, "room:kick", user_id=cy.id)
    await do(ada, "room:start")
    await do(ada, "room:stop")
    await stage.enter(cy)
    await do(ada, "room:promote", user_id=cy.id, role="cohost")
    # Who leaves is let go; the owner may read their room all the same. The co-host is the host.
    stage.lost(ada)
    await do(ada, "room:leave")
    await stage.follow(ada)
    stage.lost(bo)
    await do(bo, "room:leave")
    await stage.follow(cy)
    await stage.enter(bo)
    await stage.enter(ada)
    await do(ada, "room:transfer", user_id=ada.id)
    await do(ada, "room:kick", user_id=bo.id)
    stage.lost(cy)
    await do(cy, "room:leave")
    await stage.replayed()


async def test_what_members_mean_and_say_does_so_too(stage: Stage) -> None:
    """[R8] Over a change of rounds, and for who comes back."""
    do, ada, bo, cy = stage.do, stage.ada, stage.bo, stage.cy
    await do(ada, "room:intend", text="plan")
    await do(bo, "room:intend", text="read")
    await do(bo, "room:intend", text="write")
    await do(ada, "room:say", text="Ready?")
    await do(ada, "room:start")
    await do(cy, "room:intend", text="draw")
    await do(bo, "room:outcome", outcome="partly")
    await do(ada, "room:skip")
    await do(cy, "room:say", text="Tea")
    await do(ada, "room:stop")
    # Of the round that is over nothing is shown any more; this is for the next.
    await do(bo, "room:outcome", outcome="done")
    await do(bo, "room:intend", text="rest")
    await do(ada, "room:intend", text="sort")
    await do(ada, "room:intend", text="")
    await do(ada, "room:start")
    await do(bo, "room:outcome", outcome="not")
    stage.lost(bo)
    await do(bo, "room:leave")
    await stage.enter(bo)
    await do(ada, "room:stop")
    await stage.replayed()


async def test_edits_by_rest_do_so_too(stage: Stage) -> None:
    """[R6] [R7]"""
    ada, bo = stage.ada, stage.bo
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    await stage.edit(ada, name="Renamed")
    await stage.edit(ada, name="Both", settings={"work_s": 600})
    await stage.edit(ada, name="Both")
    await stage.do(ada, "room:start")
    await stage.edit(ada, settings={"work_s": 900}, apply="now")
    await stage.edit(ada, project_id=project_id)
    stage.lost(stage.di)
    await stage.edit(ada, visibility="link")
    await stage.edit(ada, visibility="project")
    stage.lost(bo)
    await ada.done("DELETE", f"/projects/{project_id}/members/{bo.id}")
    await stage.settled()
    await stage.edit(ada, visibility="public")
    await ada.done("DELETE", f"/projects/{project_id}")
    await stage.settled()
    await stage.replayed()
