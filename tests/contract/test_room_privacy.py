"""[V1, V2, R7] Every emitter of a room, and who hears of it: one table, for each kind of room."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.live import Live
from tests.support.presence import Onlooker
from tests.support.product import Person, Product
from tests.support.rooms import join, make_room, told

SECRET = "Zanzibar"
# Credit and what it earns come within a second or two; a busy machine is slower.
LONG_S = 30.0


class Play:
    """Ada hosts and Bo is a member. Cy is an outsider who has the link, Di was kicked, Ed has
    left, who was also there by the connection "desk". Fay is a member of the room's project, and
    has not come in; Gil comes and goes."""

    def __init__(self, people: dict[str, Person], lives: dict[str, Live], slug: str, channel: str):
        self.people = people
        self.lives = lives
        self.slug = slug
        self.channel = channel

    @classmethod
    async def on(cls, product: Product, visibility: str) -> "Play":
        names = ("ada", "bo", "cy", "di", "ed", "fay", "gil")
        people = {name: await product.person(name) for name in names}
        ada = people["ada"]
        project_id = await ada.project()
        for name in ("bo", "di", "ed", "fay", "gil"):
            await ada.post(f"/projects/{project_id}/members", {"user_id": people[name].id})
        slug, channel = await make_room(ada, visibility=visibility, project_id=project_id)
        lives = {name: await person.connect() for name, person in people.items()}
        lives["desk"] = await people["ed"].connect()
        play = cls(people, lives, slug, channel)
        for name in ("ada", "bo", "di", "ed", "desk"):
            await play.do(name, "room:join")
        await play.do("ada", "room:kick", user_id=people["di"].id)
        await play.do("ed", "room:leave")
        for name, code in (("di", "forbidden"), ("desk", "left")):
            assert (await lives[name].expect("channel:closed"))["code"] == code
        return play

    async def do(self, name: str, event: str, **payload: Any) -> Any:
        return await self.lives[name].do(event, room=self.slug, **payload)

    async def edit(self, **fields: Any) -> None:
        await self.people["ada"].done("PATCH", f"/rooms/{self.slug}", fields)

    async def run_out(self) -> None:
        """A work phase begins, and ends by the clock."""
        await self.edit(settings={"work_s": 1})
        await self.do("ada", "room:start")
        await told(
            self.lives["ada"], self.channel, "room:updated", lambda e: e["cause"] == "phase_ended"
        )

    def id_of(self, name: str) -> int:
        return self.people["ed" if name == "desk" else name].id


Act = Callable[[Play], Awaitable[Any]]
UPDATED = "room:updated"

# What is done, and what the room's channel tells of it.
TABLE: list[tuple[str, Act, list[str]]] = [
    ("intend", lambda p: p.do("bo", "room:intend", text=SECRET), ["room:intended"]),
    ("say", lambda p: p.do("bo", "room:say", text=SECRET), ["room:message"]),
    ("react", lambda p: p.do("bo", "room:react", emoji="🎉"), ["room:reacted"]),
    ("start", lambda p: p.do("ada", "room:start"), [UPDATED]),
    ("outcome", lambda p: p.do("bo", "room:outcome", outcome="done"), ["room:intended"]),
    ("pause", lambda p: p.do("ada", "room:pause"), [UPDATED]),
    ("extend", lambda p: p.do("ada", "room:extend", seconds=60), [UPDATED]),
    ("resume", lambda p: p.do("ada", "room:resume"), [UPDATED]),
    ("skip", lambda p: p.do("ada", "room:skip"), [UPDATED]),
    ("stop", lambda p: p.do("ada", "room:stop"), [UPDATED]),
    ("end of a phase", lambda p: p.run_out(), [UPDATED, UPDATED, UPDATED]),
    ("configure", lambda p: p.do("ada", "room:configure", settings={"cycles": 2}), [UPDATED]),
    ("edit", lambda p: p.edit(name=SECRET, settings={"cycles": 3}), [UPDATED, UPDATED]),
    ("promote", lambda p: p.do("ada", "room:promote", user_id=p.id_of("bo"), role="cohost"),
     [UPDATED]),
    ("hand over", lambda p: p.do("ada", "room:transfer", user_id=p.id_of("bo")), [UPDATED]),
    ("take back", lambda p: p.do("ada", "room:transfer", user_id=p.id_of("ada")), [UPDATED]),
    ("join", lambda p: p.do("gil", "room:join"), ["room:joined"]),
    ("leave", lambda p: p.do("gil", "room:leave"), ["room:left"]),
    ("join again", lambda p: p.do("gil", "room:join"), ["room:joined"]),
    ("kick", lambda p: p.do("ada", "room:kick", user_id=p.id_of("gil")), [UPDATED, "room:left"]),
    ("delete", lambda p: p.people["ada"].done("DELETE", f"/rooms/{p.slug}"), ["room:closed"]),
]  # fmt: skip

# Who may read the channel.
READERS = {
    "link": {"ada", "bo"},
    "project": {"ada", "bo"},
    "public": {"ada", "bo", "cy", "ed", "fay"},
}


@pytest.mark.parametrize("visibility", list(READERS))
async def test_events_of_a_room_reach_only_who_is_entitled(
    product: Product, visibility: str
) -> None:
    play = await Play.on(product, visibility)
    lives, channel, readers = play.lives, play.channel, READERS[visibility]
    for name in ("cy", "di", "ed", "fay"):
        if name in readers:
            await lives[name].do("channel:subscribe", channel=channel)
        else:
            code = await lives[name].refused("channel:subscribe", channel=channel)
            assert code == ("forbidden" if name == "di" else "not_found"), name
    watching = {name: live for name, live in lives.items() if name != "gil"}
    for what, act, expected in TABLE:
        await forget(watching)
        await act(play)
        for name, live in watching.items():
            await live.do("clock:sync", t0=0)  # what was written before this has come by now
            on = {data["channel"] for _, data in live.events if "at" in data}
            assert on <= {channel, f"user:{play.id_of(name)}"}, f"{what}: {name}"
            heard = [
                event
                for event, data in live.events
                if data.get("channel") == channel and "at" in data and event != "presence:updated"
            ]
            assert heard == (expected if name in readers else []), f"{what}: {name}"
            if name not in readers:
                assert channel not in on, f"{what}: {name}"
                assert SECRET not in json.dumps(live.events), f"{what}: {name}"


async def forget(lives: dict[str, Live]) -> None:
    for live in lives.values():
        await live.do("clock:sync", t0=0)
        live.events.clear()


@pytest.mark.parametrize("visibility", list(READERS))
async def test_a_room_is_read_over_rest_by_whom_its_channel_is_open_to(
    product: Product, visibility: str
) -> None:
    """Others see that there is a room of that name, if they may come in, and nobody in it."""
    play = await Play.on(product, visibility)
    await play.do("bo", "room:intend", text=SECRET)
    await play.do("bo", "room:say", text=SECRET)
    await play.do("ada", "room:start")
    for name, person in play.people.items():
        shown = await person.call("GET", f"/rooms/{play.slug}")
        history = await person.call("GET", f"/rooms/{play.slug}/history")
        if name in READERS[visibility] or (visibility == "public" and name == "gil"):
            assert (shown[0], history[0]) == (200, 200), name
            continue
        outside = visibility == "project" and name == "cy"
        assert (shown[0], history[0]) == ((404, 404) if outside else (200, 403)), name
        assert SECRET not in json.dumps([shown, history]), name
        assert not {"members", "messages", "presence"} & shown[1].keys(), name


async def test_who_is_invisible_is_shown_by_no_presence_and_no_status(
    product: Product, ada: Person, bo: Person
) -> None:
    """[P2] Neither live, nor in a snapshot, nor over REST; when they show themselves, they are."""
    gus = await product.person("gus")
    slug, channel = await make_room(ada, visibility="public")
    near, _ = await join(ada, slug)
    readers = [await Onlooker.on(live, channel) for live in (near, await bo.connect())]

    async def all_show(users: dict[int, str]) -> None:
        for reader in readers:
            await reader.shows(users, within_s=LONG_S)

    await all_show({ada.id: "active"})
    hidden = await gus.connect()
    await hidden.do("presence:set", status="invisible")
    await hidden.do("room:join", room=slug)
    await near.do("room:start", room=slug)
    await all_show({ada.id: "focusing"})
    await join(bo, slug)
    await all_show({ada.id: "focusing", bo.id: "focusing"})
    for reader in readers:
        named = [data["joined"] + data["changed"] for data in reader.told]
        assert gus.id not in {user["user_id"] for users in named for user in users}
        assert max(data["count"] for data in reader.told) == 2
    late = await bo.connect()
    snapshot = (await late.do("channel:subscribe", channel=channel))["snapshot"]
    for room in (snapshot, await bo.get(f"/rooms/{slug}")):
        assert {user["user_id"] for user in room["presence"]["users"]} == {ada.id, bo.id}
        assert room["presence"]["count"] == 2
        statuses = {member["user_id"]: member["status"] for member in room["members"]}
        assert statuses == {ada.id: "focusing", gus.id: None, bo.id: "focusing"}
    assert "status" not in json.dumps(await bo.get(f"/rooms/{slug}/history"))
    await hidden.do("presence:set", status="active")
    await all_show({ada.id: "focusing", bo.id: "focusing", gus.id: "focusing"})
    await hidden.do("presence:set", status="invisible")
    await all_show({ada.id: "focusing", bo.id: "focusing"})


@pytest.mark.parametrize("hidden", ["activity", "descriptions", "nothing"])
async def test_the_history_shows_of_others_what_they_show(
    product: Product, ada: Person, bo: Person, hidden: str
) -> None:
    """[V2] [R8] Also of rounds from before they hid it."""
    cy = await product.person("cy")
    slug, _ = await make_room(ada, visibility="public", settings={"work_s": 1})
    host, _ = await join(ada, slug)
    live, _ = await join(bo, slug)
    await live.do("room:intend", room=slug, text=SECRET)
    await host.do("room:start", room=slug)
    await live.expect("entry:created", patience_s=LONG_S)
    await live.do("room:outcome", room=slug, outcome="partly")
    privacy = {"show_activity": hidden != "activity", "hide_descriptions": hidden == "descriptions"}
    await bo.done("PATCH", "/users/me", {"privacy": privacy})
    whole = {"intention": SECRET, "outcome": "partly", "credited_seconds": 1}
    shown = {
        "activity": dict.fromkeys(whole),
        "descriptions": whole | {"intention": None},
        "nothing": whole,
    }[hidden]
    for person, expected in ((bo, whole), (ada, shown), (cy, shown)):
        (round_,) = await person.get(f"/rooms/{slug}/history")
        (row,) = [member for member in round_["members"] if member["user_id"] == bo.id]
        assert {key: row[key] for key in whole} == expected, person.username
        assert (SECRET in json.dumps(round_)) == (expected["intention"] is not None)


async def test_what_a_room_earns_somebody_is_told_to_them_alone(
    product: Product, ada: Person, bo: Person
) -> None:
    """[V1] [C2] [N1] Credit, badges and notifications; also where the room has a project."""
    cy, di = await product.person("cy"), await product.person("di")
    project_id = await ada.project()
    for person in (bo, di):
        await ada.post(f"/projects/{project_id}/members", {"user_id": person.id})
    slug, channel = await make_room(ada, project_id=project_id, settings={"work_s": 1})
    host, _ = await join(ada, slug)
    member, _ = await join(bo, slug)
    outsider, mate = await cy.connect(), await di.connect()
    lives = ((ada, host), (bo, member), (cy, outsider), (di, mate))
    for live in (host, member, mate):
        await live.do("channel:subscribe", channel=f"project:{project_id}")
    await member.do("room:intend", room=slug, text=SECRET)
    await host.do("room:start", room=slug)
    created = await member.expect("entry:created", patience_s=LONG_S)
    assert created["data"]["entry"]["description"] == SECRET
    assert created["data"]["entry"]["project_id"] == project_id
    started = datetime.now(UTC) - timedelta(seconds=90)
    times = {"start_time": started.isoformat(), "end_time": datetime.now(UTC).isoformat()}
    await bo.post("/time-entries", times)
    await member.expect("streak:updated", patience_s=LONG_S)
    await member.expect("notification:created", _is_badge("first_entry"), LONG_S)
    await host.expect("notification:created", _is_badge("first_entry"), LONG_S)
    personal = ("entry:created", "badge:awarded", "streak:updated", "notification:created")
    for person, live in lives:
        await live.do("clock:sync", t0=0)
        heard = [(event, data) for event, data in live.events if event in personal]
        assert {data["channel"] for _, data in heard} <= {f"user:{person.id}"}
        assert bool(heard) == (person in (ada, bo))
    for live in (outsider, mate):
        assert channel not in json.dumps(live.events)
        assert SECRET not in json.dumps(live.events)


def _is_badge(key: str) -> Callable[[Any], bool]:
    return lambda envelope: envelope["data"]["notification"]["data"].get("key") == key


@pytest.mark.parametrize("shows", [True, False])
async def test_a_badge_for_a_project_is_told_to_it_unless_its_owner_hides_activity(
    product: Product, ada: Person, bo: Person, shows: bool
) -> None:
    """[V2]"""
    cy = await product.person("cy")
    project_id = await ada.project()
    await ada.post(f"/projects/{project_id}/members", {"user_id": bo.id})
    channel = f"project:{project_id}"
    mate, outsider, own = await ada.connect(), await cy.connect(), await bo.connect()
    await mate.do("channel:subscribe", channel=channel)
    await outsider.refused("channel:subscribe", channel=channel)
    await bo.done("PATCH", "/users/me", {"privacy": {"show_activity": shows}})
    ended = datetime.now(UTC) - timedelta(minutes=1)
    times = {"start_time": (ended - timedelta(hours=11)).isoformat(), "end_time": ended.isoformat()}
    await bo.post("/time-entries", times | {"project_id": project_id})

    def is_badge(envelope: Any) -> bool:
        return bool(envelope["data"]["badge"]["key"] == "project_10h")

    await own.expect("badge:awarded", is_badge, LONG_S)
    if shows:
        assert (await mate.expect("badge:awarded", is_badge))["channel"] == channel
    for live in (mate, outsider):
        await live.do("clock:sync", t0=0)
        heard = [data for event, data in live.events if event == "badge:awarded"]
        assert bool(heard) == (shows and live is mate)


async def test_the_board_of_a_room_is_told_to_its_readers_and_shows_nobody_who_hides(
    product: Product, ada: Person, bo: Person
) -> None:
    """[L3] [V1] Who is sent out, or leaves, is told nothing more of it."""
    cy, di = await product.person("cy"), await product.person("di")
    await bo.done("PATCH", "/users/me", {"privacy": {"leaderboards": False}})
    slug, channel = await make_room(ada, settings={"work_s": 1})
    host, _ = await join(ada, slug)
    lives = [await join(person, slug) for person in (bo, cy, di)]
    member, leaver, kicked = (live for live, _ in lives)
    board = f"leaderboard:day:{channel}"
    for live in (host, member, leaver, kicked):
        await live.do("channel:subscribe", channel=board)
    await leaver.do("room:leave", room=slug)
    await host.do("room:kick", room=slug, user_id=di.id)
    for live in (leaver, kicked):
        await live.expect("channel:closed", lambda e: e["channel"] == board)
        assert await live.refused("channel:subscribe", channel=board) == "not_found"
    outsider = await (await product.person("ed")).connect()
    assert await outsider.refused("channel:subscribe", channel=board) == "not_found"
    await host.do("room:start", room=slug)
    for live in (host, member):
        update = await live.expect("leaderboard:updated", patience_s=LONG_S)
        assert update["channel"] == board
        assert [row["user_id"] for row in update["data"]["changes"]] == [ada.id]
    await member.expect("entry:created", patience_s=LONG_S)
    answer = await member.do("channel:subscribe", channel=board)
    assert [row["user_id"] for row in answer["snapshot"]["rows"]] == [ada.id]
    for live in (leaver, kicked, outsider):
        await live.do("clock:sync", t0=0)
        assert "leaderboard:updated" not in [event for event, _ in live.events]
