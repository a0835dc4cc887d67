"""[P1, P2] Who is present on a project's channel, and as what: one instance."""

import asyncio
import itertools
from datetime import datetime
from typing import Any

from tests.support.live import Live
from tests.support.presence import GRACE_S, Onlooker, enter, team
from tests.support.product import Person


async def look(person: Person, channel: str) -> Onlooker:
    return await Onlooker.on(await person.connect(), channel)


async def test_closing_one_of_three_tabs_tells_nobody(ada: Person, bo: Person) -> None:
    channel = await team(ada, bo)
    looker = await look(ada, channel)
    await looker.shows({ada.id: "active"})
    tabs = [await enter(bo, channel) for _ in range(3)]
    await looker.shows({ada.id: "active", bo.id: "active"})
    await tabs[0].close()
    await looker.hears_nothing(GRACE_S + 0.8)
    await tabs[1].close()
    await tabs[2].close()
    assert await looker.shows({ada.id: "active"}) > GRACE_S - 0.5
    assert [(_ids(t["joined"]), t["left"]) for t in looker.told if bo.id in _all(t)] == [
        ([bo.id], []),
        ([], [bo.id]),
    ]


def _ids(users: list[Any]) -> list[int]:
    return [user["user_id"] for user in users]


def _all(data: Any) -> list[int]:
    return _ids(data["joined"]) + _ids(data["changed"]) + data["left"]


async def test_who_unsubscribes_has_left_at_once(ada: Person, bo: Person) -> None:
    channel = await team(ada, bo)
    looker, other = await look(ada, channel), await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    await other.do("channel:unsubscribe", channel=channel)
    assert await looker.shows({ada.id: "active"}) < GRACE_S - 0.5
    await other.close()


async def test_who_is_removed_has_left_at_once(ada: Person, bo: Person) -> None:
    """Also if a connection of theirs has just dropped."""
    channel = await team(ada, bo)
    looker, other = await look(ada, channel), await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    broken = await enter(bo, channel)
    await broken.close()
    await ada.done("DELETE", f"/projects/{channel.partition(':')[2]}/members/{bo.id}")
    assert await looker.shows({ada.id: "active"}) < GRACE_S - 0.5
    await other.close()


async def test_a_reconnect_within_the_grace_tells_nobody(ada: Person, bo: Person) -> None:
    channel = await team(ada, bo)
    looker, other = await look(ada, channel), await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    for _ in range(3):
        await other.close()
        await asyncio.sleep(GRACE_S / 2)
        other = await enter(bo, channel)
    await looker.hears_nothing(GRACE_S + 0.8)
    await other.close()


async def test_the_event_and_the_snapshot_are_as_promised(ada: Person, bo: Person) -> None:
    channel = await team(ada, bo)
    looker = await look(bo, channel)
    await looker.shows({bo.id: "active"})
    other = await enter(ada, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    (envelope,) = [
        data
        for name, data in looker.live.events
        if name == "presence:updated" and ada.id in _ids(data["data"]["joined"])
    ]
    assert (envelope["channel"], envelope["seq"]) == (channel, None)
    assert set(envelope) == {"channel", "epoch", "seq", "at", "data"}
    assert envelope["data"] == {
        "joined": [{"user_id": ada.id, "username": ada.username, "status": "active"}],
        "left": [],
        "changed": [],
        "count": 2,
    }
    again = await Onlooker.on(other, channel)
    people = sorted((ada, bo), key=lambda person: person.id)
    assert again.answer["snapshot"]["presence"] == {
        "users": [{"user_id": p.id, "username": p.username, "status": "active"} for p in people],
        "count": 2,
    }
    await other.close()


async def test_who_comes_back_with_a_position_is_told_who_is_there(ada: Person, bo: Person) -> None:
    """The log has nothing of presence, so it stands beside the events."""
    channel = await team(ada, bo)
    looker = await look(ada, channel)
    other = await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    where = {key: looker.answer[key] for key in ("epoch", "seq")}
    back = await Onlooker.on(await ada.connect(), channel, **where)
    assert back.answer["recovered"]
    assert back.answer["presence"]["count"] == 2
    await back.shows({ada.id: "active", bo.id: "active"})
    own = await back.live.do("channel:subscribe", channel=f"user:{ada.id}", **where)
    assert "presence" not in own
    assert "presence" not in looker.answer
    await other.close()


async def test_away_only_if_all_are_and_invisible_as_soon_as_one_is(
    ada: Person, bo: Person
) -> None:
    """[P2] Also a connection that follows nothing counts."""
    channel = await team(ada, bo)
    looker = await look(ada, channel)
    tab, other = await enter(bo, channel), await Live.open(bo.product.url, bo.token)
    await looker.shows({ada.id: "active", bo.id: "active"})
    assert await tab.do("presence:set", status="away") == {}
    await looker.hears_nothing(0.8)
    await other.do("presence:set", status="away")
    await looker.shows({ada.id: "active", bo.id: "away"})
    await other.do("presence:set", status="invisible")
    await looker.shows({ada.id: "active"})
    newcomer = await look(ada, channel)
    assert newcomer.presence["count"] == 1
    await tab.do("presence:set", status="active")
    await looker.hears_nothing(0.8)
    await other.do("presence:set", status="active")
    await looker.shows({ada.id: "active", bo.id: "active"})
    for live in (tab, other):
        await live.close()


async def test_who_hides_before_coming_in_is_never_seen(ada: Person, bo: Person) -> None:
    """[P2] Nor after their connection broke, nor while they come back."""
    channel = await team(ada, bo)
    looker = await look(ada, channel)
    await looker.shows({ada.id: "active"})
    for _ in range(2):
        live = await Live.open(bo.product.url, bo.token)
        await live.do("presence:set", status="invisible")
        await live.do("channel:subscribe", channel=channel)
        await asyncio.sleep(0.6)
        await live.close()
        back = await enter(bo, channel)
        await asyncio.sleep(0.4)
        await back.do("presence:set", status="invisible")
        await asyncio.sleep(GRACE_S + 0.5)
        await back.close()
    await asyncio.sleep(GRACE_S + 0.5)
    assert not [data for data in looker.told if bo.id in _all(data)]


async def test_what_is_not_one_of_the_three_is_refused(ada: Person) -> None:
    live = await ada.connect()
    for status in ("focusing", "break", "", None):
        assert await live.refused("presence:set", status=status) == "invalid"


async def test_focusing_while_ones_own_timer_runs(ada: Person, bo: Person) -> None:
    """[P2] However it began: here, elsewhere, or before the connection."""
    channel = await team(ada, bo)
    looker = await look(ada, channel)
    tab, other = await enter(bo, channel), await bo.connect()
    await looker.shows({ada.id: "active", bo.id: "active"})
    await other.command("timer:start")
    await looker.shows({ada.id: "active", bo.id: "focusing"})
    await other.command("timer:start")
    await other.command("timer:update", description="more")
    await looker.hears_nothing(0.8)
    await bo.post("/time-entries", {"description": "by REST"})
    await other.command("timer:stop")
    await looker.shows({ada.id: "active", bo.id: "active"})
    await other.command("timer:start")
    await looker.shows({ada.id: "active", bo.id: "focusing"})
    await other.command("timer:discard")
    await looker.shows({ada.id: "active", bo.id: "active"})
    await bo.post("/time-entries", {})
    await tab.close()
    await other.close()
    await looker.shows({ada.id: "active"})
    back = await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "focusing"})
    await back.close()


async def test_who_hides_their_activity_is_not_shown_focusing(ada: Person, bo: Person) -> None:
    """[P2, V2]"""
    channel = await team(ada, bo)
    await bo.done("PATCH", "/users/me", {"privacy": {"show_activity": False}})
    looker = await look(ada, channel)
    tab = await enter(bo, channel)
    await looker.shows({ada.id: "active", bo.id: "active"})
    await tab.command("timer:start")
    await looker.hears_nothing(1.0)
    await tab.close()


async def test_outsiders_of_a_public_project_neither_count_nor_are_counted(
    ada: Person, bo: Person
) -> None:
    """Until they become members, on the same connection."""
    channel = await team(ada, visibility="public")
    looker, outside = await look(ada, channel), await look(bo, channel)
    await looker.shows({ada.id: "active"})
    await looker.hears_nothing(0.8)
    assert outside.presence is None
    assert outside.told == []
    await bo.post(f"/projects/{channel.partition(':')[2]}/join")
    await looker.shows({ada.id: "active", bo.id: "active"})
    await outside.shows({ada.id: "active", bo.id: "active"})


async def test_changes_are_told_at_most_once_a_tick(ada: Person, bo: Person, cy: Person) -> None:
    """However many there are, and so that nothing is lost."""
    channel = await team(ada, bo, cy)
    looker = await look(ada, channel)
    lives = [await enter(person, channel) for person in (bo, cy)]
    for number in range(60):
        await lives[number % 2].command("timer:start" if number % 4 < 2 else "timer:stop")
        await lives[number % 2].do("presence:set", status=("away", "active")[number % 3 == 0])
        await asyncio.sleep(0.03)
    for live in lives:
        await live.do("presence:set", status="active")
        await live.command("timer:start")
    await asyncio.sleep(0.8)
    again = await look(ada, channel)
    await again.shows({ada.id: "active", bo.id: "focusing", cy.id: "focusing"})
    told = [e for name, e in looker.live.events if name == "presence:updated"]
    times = [datetime.fromisoformat(envelope["at"]).timestamp() for envelope in told]
    assert len(times) >= 3
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.2 - 0.05
    await looker.shows({ada.id: "active", bo.id: "focusing", cy.id: "focusing"})
    for live in lives:
        await live.close()
