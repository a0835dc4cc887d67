"""Limits of events (docs/PROTOCOL.md, "Limits"): judged here at once, and by all instances soon."""

from uuid import uuid4

import pytest

from handlers.actions.limits import Limits
from handlers.socket.limits import EventLimits
from rooms.errors import RateLimited
from rooms.rules.limits import Rate
from storage.cache import connect_redis
from storage.embedded import Embedded
from storage.limits import LimitBook

ADA, BO = 1, 2


def sent(limits: EventLimits, user_id: int, now: float, count: int) -> int:
    """How many of so many events are let through, each on a connection of its own."""
    passed = 0
    for _ in range(count):
        try:
            limits.take(limits.connection(), user_id, now, 1)
            passed += 1
        except RateLimited:
            pass
    return passed


async def test_who_spends_on_two_instances_what_one_may_has_to_pause_on_both(
    servers: Embedded,
) -> None:
    """Told once a second; those who spend little are not told of, and not paused."""
    rate = Rate(100, 10)
    client = connect_redis(servers.redis_url)
    book = LimitBook(client, uuid4().hex, limit_s=10)
    here, there = (EventLimits(on=True, per_user=rate) for _ in range(2))
    both = [(events, Limits(book, rates={"events": rate})) for events in (here, there)]
    for events, _ in both:
        for user_id in (ADA, BO):
            events.arrive(user_id)
        assert sent(events, ADA, 0.0, 90) == 90
        assert sent(events, BO, 0.0, 2) == 2
    for events, limits in both:
        spent = events.take_spent()
        assert spent == {ADA: 90}
        for user_id, seconds in (await limits.settle_events(spent)).items():
            events.pause(user_id, 0.0, seconds)
    assert await both[0][1].settle_events({ADA: 1}) != {}
    assert sent(there, ADA, 0.0, 10) == 0
    assert sent(there, ADA, 7.0, 10) == 0, "eighty too many, at ten a second"
    assert sent(there, ADA, 9.0, 1) == 1
    assert sent(there, BO, 0.0, 10) == 10
    await client.aclose()


def test_a_user_who_has_left_owes_nothing() -> None:
    limits = EventLimits(on=True, per_user=Rate(10, 10))
    limits.arrive(ADA)
    assert sent(limits, ADA, 0.0, 20) == 10
    limits.depart(ADA)
    limits.pause(ADA, 0.0, 5)
    assert limits.take_spent() == {}
    limits.arrive(ADA)
    assert sent(limits, ADA, 0.0, 1) == 1


@pytest.mark.parametrize("cost", [1, 40])
def test_without_limits_everything_passes(cost: int) -> None:
    limits = EventLimits(on=False)
    for _ in range(1000):
        limits.take(limits.connection(), ADA, 0.0, cost)
