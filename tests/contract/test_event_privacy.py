"""[V1, V2] Every emitter, and who hears of it: one table, for each way to hide."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.product import Person, Product

SECRET = "Zanzibar"


@dataclass
class Play:
    """Bo tracks on a project of Ada's, which Cy may read. Di is no member, Ed is elsewhere."""

    bo: Person
    live: Live
    project_id: int
    other_id: int
    ids: dict[str, int] = field(default_factory=dict)

    async def command(self, event: str, **payload: Any) -> Any:
        return await self.live.command(event, **payload)

    async def start(self, project_id: int | None) -> None:
        await self.command("timer:start", project_id=project_id, **_secrets())

    async def log(self) -> None:
        times = {"start_time": _ago(90), "end_time": _ago(2)}
        made = await self.bo.post(
            "/time-entries", {**times, "project_id": self.project_id, **_secrets()}
        )
        self.ids["logged"] = made["entry_id"]

    async def change(self, method: str, body: Any = None, path: str = "") -> None:
        await self.bo.done(method, f"/time-entries/{self.ids['logged']}{path}", body)


def _secrets() -> dict[str, Any]:
    return {"description": f"in {SECRET}", "tags": [SECRET]}


def _ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


Act = Callable[[Play], Awaitable[Any]]

# What is earned comes when it has been derived, which may be in the middle of what follows.
DERIVED = {"badge:awarded", "streak:updated", "notification:created", "timeline:added"}

# What is done, what Bo's own channel tells, and what the project's tells where nothing is hidden.
TABLE: list[tuple[str, Act, list[str], list[str]]] = [
    ("start", lambda p: p.start(p.project_id), ["timer:started"], ["timer:started"]),
    ("edit", lambda p: p.command("timer:update", description=f"{SECRET}!"),
     ["timer:updated"], ["timer:updated"]),
    ("switch", lambda p: p.start(p.project_id),
     ["timer:stopped", "timer:started"], ["timer:stopped", "timer:started"]),
    ("move out", lambda p: p.command("timer:update", project_id=p.other_id),
     ["timer:updated"], ["timer:discarded"]),
    ("edit elsewhere", lambda p: p.command("timer:update", description=SECRET),
     ["timer:updated"], []),
    ("move in", lambda p: p.command("timer:update", project_id=p.project_id),
     ["timer:updated"], ["timer:started"]),
    ("stop", lambda p: p.command("timer:stop"), ["timer:stopped"], ["timer:stopped"]),
    ("start elsewhere", lambda p: p.start(None), ["timer:started"], []),
    ("switch in", lambda p: p.start(p.project_id),
     ["timer:stopped", "timer:started"], ["timer:started"]),
    ("discard", lambda p: p.command("timer:discard"), ["timer:discarded"], ["timer:discarded"]),
    ("log", lambda p: p.log(), ["entry:created"], []),
    ("edit logged", lambda p: p.change("PATCH", {"tags": [SECRET, "b"]}), ["entry:updated"], []),
    ("delete logged", lambda p: p.change("DELETE"), ["entry:deleted"], []),
    ("restore logged", lambda p: p.change("POST", None, "/restore"), ["entry:created"], []),
    ("reopen", lambda p: p.change("PATCH", {"ended_at": None}),
     ["timer:started"], ["timer:started"]),
    ("stop again", lambda p: p.change("PUT", {}, "/end"), ["timer:stopped"], ["timer:stopped"]),
]  # fmt: skip


@pytest.mark.parametrize("visibility", ["private", "public"])
@pytest.mark.parametrize("hidden", ["nothing", "activity", "descriptions"])
async def test_events_reach_only_who_is_entitled(
    product: Product, visibility: str, hidden: str
) -> None:
    ada, bo, cy, di, ed = [await product.person(n) for n in ("ada", "bo", "cy", "di", "ed")]
    project_id = await ada.project(visibility=visibility)
    for member in (bo, cy):
        await ada.post(f"/projects/{project_id}/members", {"user_id": member.id})
    channel = f"project:{project_id}"
    watching = {person.username: await person.connect() for person in (ada, bo, cy, di, ed)}
    ids = {person.username: person.id for person in (ada, bo, cy, di, ed)}
    readers = {ada.username, bo.username, cy.username}
    for name in sorted(readers):
        await watching[name].do("channel:subscribe", channel=channel)
    if visibility == "public":
        readers.add(di.username)
        await watching[di.username].do("channel:subscribe", channel=channel)
    else:
        assert await watching[di.username].refused("channel:subscribe", channel=channel)
    privacy = {"show_activity": hidden != "activity", "hide_descriptions": hidden == "descriptions"}
    await bo.done("PATCH", "/users/me", {"privacy": privacy})
    play = Play(bo, await bo.connect(), project_id, await bo.project("Elsewhere"))
    for name, act, own, shared in TABLE:
        for live in watching.values():
            await live.do("clock:sync", t0=0)
            live.events.clear()
        await act(play)
        for username, live in watching.items():
            await live.do("clock:sync", t0=0)  # what was written before this has come by now
            names = {*own, *shared}
            heard = [
                (event, data["channel"])
                for event, data in live.events
                if data["seq"] and (event in names or event not in DERIVED)
            ]
            derived = {data["channel"] for event, data in live.events if event in DERIVED}
            assert derived <= {f"user:{ids[username]}", channel}, f"{name}: {username}"
            expected = [(e, f"user:{bo.id}") for e in own] if username == bo.username else []
            if username in readers and hidden != "activity":
                expected += [(e, channel) for e in shared]
            assert sorted(heard) == sorted(expected), f"{name}: {username}"
            if username != bo.username and hidden != "nothing":
                assert SECRET not in json.dumps(live.events), f"{name}: {username}"
            elif expected and name != "discard":
                assert SECRET in json.dumps(live.events) or shared == ["timer:discarded"], name


@pytest.mark.parametrize(
    "privacy", [{"hide_descriptions": True}, {"show_activity": False}], ids=lambda p: next(iter(p))
)
async def test_what_was_told_before_hiding_is_served_no_more(
    ada: Person, bo: Person, privacy: dict[str, bool]
) -> None:
    """[V2] Not as an event for one who comes back with an old position, nor in the snapshot."""
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    channel = f"project:{project_id}"
    live = await ada.connect()
    start = await live.do("channel:subscribe", channel=channel)
    track = await bo.connect()
    await track.command("timer:start", project_id=project_id, **_secrets())
    told = await live.expect("timer:started")
    assert SECRET in json.dumps(told)
    old = {"epoch": start["epoch"], "seq": start["seq"]}
    assert (await live.do("channel:subscribe", channel=channel, **old))["recovered"] is True
    await bo.done("PATCH", "/users/me", {"privacy": privacy})
    for seq in (start["seq"], told["seq"]):
        again = await live.do("channel:subscribe", channel=channel, epoch=old["epoch"], seq=seq)
        assert SECRET not in json.dumps(again)
    assert (await live.do("channel:subscribe", channel=channel, **old))["recovered"] is False
    here = await live.do("channel:subscribe", channel=channel)
    await track.command("timer:update", description=f"still in {SECRET}")
    later = await live.do("channel:subscribe", channel=channel, epoch=old["epoch"], seq=here["seq"])
    assert later["recovered"] is True
    assert SECRET not in json.dumps(later)
