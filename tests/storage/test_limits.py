"""Limits in a real Valkey: the scripts reckon as the pure rules do, and are judged whole."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis.asyncio as aioredis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.rules.limits import SECOND_US, Buckets, Charge, Check, Decision, Rate
from rooms.rules.tries import DEVICE, Patience, Trial, Tries
from storage import keys
from storage.cache import connect_redis
from storage.embedded import Embedded
from storage.limits import LimitBook, LimitsAway
from tests.support.link import link_to

# So slow that nothing comes back while an example runs.
SLOW = 100_000
numbers = itertools.count(1)
costs = st.integers(1, 4)
charge = st.builds(
    lambda owner, count, cost: Charge(f"c{count}", owner, Rate(count, SLOW), cost),
    st.sampled_from("ab"),
    st.integers(1, 9),
    costs,
)
checks = st.lists(
    st.builds(Check, st.lists(charge, min_size=1, max_size=3, unique_by=lambda c: c.bucket)
              .map(tuple), st.booleans()),
    min_size=1, max_size=12,
)  # fmt: skip


@pytest.fixture
async def redis(servers: Embedded) -> AsyncIterator["aioredis.Redis"]:
    client = connect_redis(servers.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def book(redis: "aioredis.Redis") -> LimitBook:
    """One that waits for a busy machine: what it answers is asked here, not how soon."""
    return LimitBook(redis, uuid4().hex, limit_s=10)


def spans(decisions: list[Decision]) -> list[tuple[bool, list[float]]]:
    """What was decided, with the seconds that the buckets are spent for: clocks differ."""
    return [
        (d.allowed, [round((until - d.now) / SECOND_US, 0) for until in d.spent_until])
        for d in decisions
    ]


def test_the_script_decides_as_the_rules_do(servers: Embedded) -> None:
    """Any checks, in one call or in several, owed or not, with buckets in common."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(checks, st.integers(1, 12))
    def compare(asked: list[Check], at_once: int) -> None:
        async def ask() -> list[Decision]:
            client = connect_redis(servers.redis_url)
            book = LimitBook(client, f"pure{next(numbers)}", limit_s=10)
            found = []
            for start in range(0, len(asked), at_once):
                found += await book.spend(asked[start : start + at_once])
            await client.aclose()
            return found

        here, now = Buckets(), 10**15
        assert spans(asyncio.run(ask())) == spans([here.spend(check, now) for check in asked])

    compare()


async def test_many_at_once_get_no_more_than_one_after_the_other(book: LimitBook) -> None:
    check = Check(
        (Charge("read", "u1", Rate(7, SLOW)), Charge("read.address", "x", Rate(50, SLOW)))
    )
    answers = await asyncio.gather(*(book.spend([check, check]) for _ in range(25)))
    assert sum(decision.allowed for answer in answers for decision in answer) == 7


async def test_a_bucket_ends_by_itself(book: LimitBook, redis: "aioredis.Redis") -> None:
    """When all of it has come back it says nothing any more."""
    await book.spend([Check((Charge("read", "u1", Rate(10, 60)),))])
    left = await redis.pttl(keys.limit_key(book._epoch, "read:u1"))
    assert 5000 < left <= 6001


async def test_the_scripts_count_tries_as_the_rules_do(book: LimitBook) -> None:
    """What is free, what has to wait and for how long, and what is forgiven."""
    here, now = Tries(), 10**15
    few = Patience(3, 900)
    device, other, account = Trial("d", DEVICE), Trial("o", few), Trial("a", Patience(6, 60))
    for trials in ([device, account], [device], [other, account], [device, account]) * 4:
        told, expected = await book.begin(trials), here.begin(trials, now)
        assert round(told / SECOND_US) == expected // SECOND_US
    for trials in ([other, account], [device]):
        await book.forgive(trials)
        here.forgive(trials)
        assert (await book.begin(trials) == 0) is (here.begin(trials, now) == 0)


async def test_keys_of_tries_are_forgotten(book: LimitBook, redis: "aioredis.Redis") -> None:
    await book.begin([Trial("d", DEVICE), Trial("a", DEVICE)])
    assert 3590 < await redis.ttl(keys.limit_key(book._epoch, "d")) <= 3600
    await book.forgive([Trial("d", DEVICE), Trial("a", DEVICE)])
    assert await redis.keys(keys.limit_key(book._epoch, "*")) == []


async def test_a_redis_that_says_nothing_is_away_and_then_left_alone(servers: Embedded) -> None:
    """Half open: no error comes, and nobody waits for one again and again."""
    async with link_to(servers.redis_url) as link:
        client = connect_redis(link.url)
        book = LimitBook(client, uuid4().hex, limit_s=0.2)
        await book.prepare()
        check = Check((Charge("read", "u1", Rate(10, 60)),))
        await book.spend([check])
        link.freeze()
        for _ in range(3):
            with pytest.raises(LimitsAway):
                await book.spend([check])
        async with asyncio.timeout(1):  # for all of them, of which each would wait for 200 ms
            for _ in range(100):
                with pytest.raises(LimitsAway):
                    await book.spend([check])
        link.mend()
        await client.aclose()
