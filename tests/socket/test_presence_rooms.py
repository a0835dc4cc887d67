"""[P1, P2] Who is present in a room, and what its timer makes of them."""

from typing import Any

from tests.support.live import Live
from tests.support.presence import GRACE_S, Onlooker, enter, team
from tests.support.product import Person


async def room_of(host: Person) -> tuple[Live, str, str]:
    """The host's connection, the slug of their room, and its channel."""
    live = await host.connect()
    made = await live.command("room:create", name="Deep work", visibility="public")
    return live, made["slug"], f"room:{made['room_id']}"


async def join(person: Person, slug: str) -> tuple[Live, Any]:
    live = await person.connect()
    return live, await live.do("room:join", room=slug)


async def test_those_are_present_who_have_joined(ada: Person, bo: Person, cy: Person) -> None:
    """Who only reads the channel of a public room is not, but sees them."""
    _, slug, channel = await room_of(ada)
    near, _ = await join(ada, slug)
    reader = await Onlooker.on(await cy.connect(), channel)
    await reader.shows({ada.id: "active"})
    tab, answer = await join(bo, slug)
    assert answer["snapshot"]["presence"]["count"] == 1
    await reader.shows({ada.id: "active", bo.id: "active"})
    await tab.command("room:leave", room=slug)
    assert await reader.shows({ada.id: "active"}) < GRACE_S - 0.5
    tab, _ = await join(bo, slug)
    await reader.shows({ada.id: "active", bo.id: "active"})
    await tab.close()
    tab, _ = await join(bo, slug)
    await reader.hears_nothing(GRACE_S + 0.8)
    await near.close()
    await tab.close()


async def test_a_room_makes_its_people_focus_and_rest(ada: Person, bo: Person, cy: Person) -> None:
    """On every channel on which they are seen."""
    project = await team(cy, bo)
    _, slug, channel = await room_of(ada)
    near, _ = await join(ada, slug)
    tab, _ = await join(bo, slug)
    other = await enter(bo, project)
    room = await Onlooker.on(await cy.connect(), channel)
    team_mate = await Onlooker.on(await cy.connect(), project)

    async def all_show(status: str) -> None:
        await room.shows({ada.id: status, bo.id: status})
        await team_mate.shows({bo.id: status, cy.id: "active"})

    await all_show("active")
    await near.command("room:start", room=slug)
    await all_show("focusing")
    await near.command("room:pause", room=slug)
    await room.hears_nothing(0.6)
    await near.command("room:resume", room=slug)
    await near.command("room:skip", room=slug)
    await all_show("break")
    await tab.command("timer:start")
    await room.shows({ada.id: "break", bo.id: "focusing"})
    await tab.command("timer:stop")
    await near.command("room:stop", room=slug)
    await all_show("active")
    for live in (near, tab, other):
        await live.close()


async def test_who_joins_during_work_is_focusing_at_once(ada: Person, bo: Person) -> None:
    """Also with a position, so without a snapshot."""
    _, slug, channel = await room_of(ada)
    near, answer = await join(ada, slug)
    await near.command("room:start", room=slug)
    for recovers in (False, True):
        tab = await bo.connect()
        where = {key: answer[key] for key in ("epoch", "seq")} if recovers else {}
        joined = await tab.do("room:join", room=slug, **where)
        assert joined["recovered"] is recovers
        looker = await Onlooker.on(await bo.connect(), channel)
        await looker.shows({ada.id: "focusing", bo.id: "focusing"})
        answer = joined
        await tab.close()
    await near.close()
