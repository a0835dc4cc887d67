"""[P1, P2] What is lost in Redis is not taken for gone, step by step: two instances whose loops
stand still."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from handlers.actions.identity import Principal
from server.instance import Instance
from storage import keys
from storage.cache import connect_redis
from storage.embedded import Embedded
from tests.support.tabs import Tab, crowd, instances

STILL = {"presence_tick": 3600.0, "presence_renewal": 3600.0, "presence_lease": 3600.0}


@dataclass
class Scene:
    """Two instances; one person is on each, and looks at the same channel."""

    here: Instance
    there: Instance
    channel: str
    people: list[Principal]
    near: Tab
    far: Tab

    async def lose(self, name: str) -> None:
        assert await self.here.redis.delete(*keys.presence_keys(self.here.services.epoch, name))

    async def tick(self) -> None:
        """Both say what they have to say, and hear each other."""
        for instance in (self.here, self.there, self.here):
            await instance.presence.tick()

    def seen(self) -> set[int]:
        """Who is present by what this side knows."""
        return set(self.here.presence._places[self.channel].present or {})


@pytest.fixture
async def scene(servers: Embedded, database_url: str) -> AsyncIterator[Scene]:
    async with instances(2, database_url, servers.redis_url, **STILL) as (here, there):
        channel, people = await crowd(here, 3)
        near, far = await Tab.open(here, people[0]), await Tab.open(there, people[1])
        for tab in (near, far):
            await tab.follow(channel)
        made = Scene(here, there, channel, people, near, far)
        await made.tick()
        assert made.seen() == {people[0].user_id, people[1].user_id}
        yield made
        for tab in (near, far):
            tab.close()


async def test_who_is_lost_is_not_missed_until_the_others_are_back(scene: Scene) -> None:
    both = {scene.people[0].user_id, scene.people[1].user_id}
    await scene.lose(scene.channel)
    await scene.here.presence.tick()
    assert scene.seen() == both
    await scene.tick()
    assert scene.seen() == both
    heard = await scene.here.presence._exchange._book.hear({scene.channel: ""})
    assert len(heard[scene.channel].words) == 2, "both have said it again"


async def test_who_is_invisible_stays_so_when_that_is_lost(scene: Scene) -> None:
    scene.far.set_mood("invisible")
    await scene.tick()
    assert scene.seen() == {scene.people[0].user_id}
    await scene.lose("moods")
    await scene.here.presence.tick()
    assert scene.seen() == {scene.people[0].user_id}
    await scene.tick()
    assert scene.seen() == {scene.people[0].user_id}


async def test_who_hides_for_a_moment_is_not_lost_to_who_came_then(scene: Scene) -> None:
    """A newcomer is not told of them, and so must be told when they show themselves again."""
    presence, place = scene.here.presence, scene.here.presence._places[scene.channel]
    place.told_at = float("-inf")
    presence._tell_now(place)
    scene.near.set_mood("invisible")
    newcomer = await Tab.open(scene.here, scene.people[2])
    answer = await newcomer.follow(scene.channel)
    hidden, other = scene.people[0].user_id, scene.people[1].user_id
    assert [user.user_id for user in answer.snapshot.presence.users] == [other]
    scene.near.set_mood("active")
    place.told_at = float("-inf")
    await presence.tick()
    sight = newcomer.eye.sights[scene.channel]
    assert set(sight.users) == {hidden, other, scene.people[2].user_id}
    newcomer.close()


async def test_what_only_this_instance_lost_is_said_again_at_its_renewal(scene: Scene) -> None:
    """It wrote it, nobody else did, and its last reading was before."""
    third = await Tab.open(scene.here, scene.people[2])
    await third.follow(scene.channel)
    await scene.here.presence.tick()
    book, me = scene.here.presence._exchange._book, scene.here.presence._exchange.me
    await scene.here.redis.hdel(keys.presence_keys(scene.here.services.epoch, scene.channel)[1], me)
    assert me not in (await book.hear({scene.channel: ""}))[scene.channel].words
    await scene.here.presence.renew()
    assert me in (await book.hear({scene.channel: ""}))[scene.channel].words
    third.close()


async def test_without_redis_it_is_unknown_and_afterwards_nobody_is_missed(scene: Scene) -> None:
    presence, book = scene.here.presence, scene.here.presence._exchange._book
    redis, book._redis = book._redis, connect_redis("unix:///nowhere.sock")
    await presence.tick()
    assert await presence.picture(scene.channel) is None
    book._redis = redis
    # Meanwhile the other one was cut off for longer than a lease.
    await redis.zadd(
        keys.presence_keys(scene.here.services.epoch, scene.channel)[0],
        {scene.there.presence._exchange.me: 1},
    )
    await presence.tick()
    assert scene.seen() == {scene.people[0].user_id, scene.people[1].user_id}
    assert await presence.picture(scene.channel) is not None


async def test_leases_are_renewed_while_nothing_changes(
    servers: Embedded, database_url: str
) -> None:
    times = STILL | {"presence_tick": 0.05, "presence_renewal": 0.2}
    async with instances(1, database_url, servers.redis_url, **times) as (instance,):
        channel, people = await crowd(instance, 1)
        tab = await Tab.open(instance, people[0])
        await tab.follow(channel)
        (until, _), me = keys.presence_keys(instance.services.epoch, channel), _me(instance)
        async with asyncio.timeout(5):
            while (first := await instance.redis.zscore(until, me)) is None:
                await asyncio.sleep(0.05)
            while not (later := await instance.redis.zscore(until, me)) or later < first + 400:
                await asyncio.sleep(0.05)
        tab.close()


def _me(instance: Instance) -> str:
    return instance.presence._exchange.me
