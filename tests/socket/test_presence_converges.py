"""[P1, P2] Followers see who is there, whatever happened: two instances, seeded disorder; and
crowds, of whom only the count is told."""

import asyncio
import itertools
import random

import pytest

from handlers.actions.identity import Principal
from rooms.presence import MOST_NAMED, Mood, mood_of
from server.instance import Instance
from storage.embedded import Embedded
from tests.support.presence import Sight
from tests.support.tabs import Eye, Tab, crowd, instances

TIMES = {
    "presence_tick": 0.05,
    "presence_renewal": 0.2,
    "presence_grace": 0.4,
    "presence_lease": 0.6,
}


async def live(dice: random.Random, who: Principal, places: list[Instance], channels: list[str],
               tabs: list[Tab]) -> None:  # fmt: skip
    """Somebody with up to three tabs, who comes, goes, looks away and hides."""
    mine: list[Tab] = []
    for _ in range(40):
        what = dice.random()
        if not mine or (what < 0.25 and len(mine) < 3):
            mine.append(await Tab.open(dice.choice(places), who))
        tab, channel = dice.choice(mine), dice.choice(channels)
        if what < 0.55:
            await tab.follow(channel)
        elif what < 0.7:
            tab.instance.hub.leave(tab.client, channel)
            tab.eye.sights.pop(channel, None)
        elif what < 0.85:
            tab.set_mood(dice.choice(("active", "active", "away", "invisible")))
        else:
            mine.remove(tab)
            tab.close()
        await asyncio.sleep(dice.choice((0, 0.01, 0.1)))
    tabs += mine


def truth(tabs: list[Tab], channel: str) -> dict[int, str]:
    """Who is there by the rule."""
    moods: dict[int, list[Mood]] = {}
    for tab in tabs:
        moods.setdefault(tab.client.user_id, []).append(tab.mood)
    there = {tab.client.user_id for tab in tabs if channel in tab.client.channels}
    shown = {user_id: mood_of(moods[user_id]) for user_id in there}
    return {user_id: mood for user_id, mood in shown.items() if mood != "invisible"}


@pytest.mark.parametrize("losses", [False, True], ids=["steady", "emptied"])
@pytest.mark.parametrize("seed", range(3))
async def test_all_followers_see_who_is_there(
    servers: Embedded, database_url: str, seed: int, losses: bool
) -> None:
    """With Redis emptied every now and then, too."""
    dice = random.Random(seed)
    async with instances(2, database_url, servers.redis_url, **TIMES) as opened:
        channel, people = await crowd(opened[0], 5)
        channels = [channel]
        tabs: list[Tab] = []

        async def lose() -> None:
            while losses:
                await asyncio.sleep(dice.uniform(0.05, 0.5))
                for key in await opened[0].redis.keys(f"*{opened[0].services.epoch}*"):
                    await opened[0].redis.delete(key)

        losing = asyncio.create_task(lose())
        async with asyncio.TaskGroup() as group:
            for who in people:
                group.create_task(live(dice, who, opened, channels, tabs))
        losing.cancel()
        for _ in range(300):
            if not wrong(tabs, channels):
                break
            await asyncio.sleep(0.02)
        assert wrong(tabs, channels) == []
        assert tabs
        for tab in tabs:
            tab.close()
        await asyncio.sleep(TIMES["presence_grace"] + 0.2)
        for each in opened:
            assert each.presence._places == {}
            assert each.presence._people._people == {}
            assert each.presence._moods.mine == {}


def wrong(tabs: list[Tab], channels: list[str]) -> list[tuple[int, Sight, dict[int, str]]]:
    """Who sees something else than there is: whose eyes, what they see, what there is."""
    return [
        (tab.client.user_id, tab.eye.sights[channel], truth(tabs, channel))
        for tab in tabs
        for channel in channels
        if channel in tab.client.channels
        and tab.eye.sights[channel] != Sight(users := truth(tabs, channel), len(users))
    ]


async def seen(eye: Eye, channel: str, count: int) -> None:
    async with asyncio.timeout(5):
        while eye.sights[channel].count != count:
            await asyncio.sleep(0.01)


async def test_of_a_crowd_only_the_count_is_told(servers: Embedded, database_url: str) -> None:
    """And everybody again when it has become small."""
    async with instances(1, database_url, servers.redis_url, **TIMES) as (instance,):
        channel, people = await crowd(instance, MOST_NAMED + 5)
        looker = await Tab.open(instance, people[0])
        await looker.follow(channel)
        tabs = [await Tab.open(instance, who) for who in people[1:MOST_NAMED]]
        for tab in tabs:
            await tab.follow(channel)
        await seen(looker.eye, channel, MOST_NAMED)
        assert len(looker.eye.sights[channel].users) == MOST_NAMED
        more = [await Tab.open(instance, who) for who in people[MOST_NAMED:]]
        for tab in more:
            await tab.follow(channel)
        await seen(looker.eye, channel, MOST_NAMED + 5)
        assert looker.eye.sights[channel].users == {}
        answer = await more[0].follow(channel)
        presence = answer.snapshot.presence
        named = [user.user_id for user in presence.users]
        assert (named, presence.count) == (
            sorted(who.user_id for who in people)[:MOST_NAMED],
            MOST_NAMED + 5,
        )
        for tab in more:
            instance.hub.leave(tab.client, channel)
        await seen(looker.eye, channel, MOST_NAMED)
        assert set(looker.eye.sights[channel].users) == {p.user_id for p in people[:MOST_NAMED]}
        for tab in (looker, *tabs, *more):
            tab.close()


async def test_changes_are_told_at_most_once_a_second(servers: Embedded, database_url: str) -> None:
    """By the times as they are."""
    async with instances(1, database_url, servers.redis_url) as (instance,):
        channel, people = await crowd(instance, 40)
        looker = await Tab.open(instance, people[0])
        await looker.follow(channel)
        tabs = []
        for who in people[1:]:
            tabs.append(await Tab.open(instance, who))
            await tabs[-1].follow(channel)
            await instance.presence.tick()  # as often as can be
            await asyncio.sleep(0.08)
        await seen(looker.eye, channel, 40)
        told = looker.eye.told_at
        assert len(told) >= 4
        assert min(b - a for a, b in itertools.pairwise(told)) >= 0.999
        for tab in (looker, *tabs):
            tab.close()
