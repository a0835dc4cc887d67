"""From what happens to what arrives at a webhook's address [N3]."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from handlers.actions.deliveries import list_deliveries, read_delivery, redeliver
from handlers.actions.identity import Principal
from handlers.actions.outside import is_public
from handlers.actions.unit import unit_of_work
from handlers.actions.webhooks import edit_webhook, make_webhook, read_webhook
from handlers.jobs.outside import Forbidden, Outside
from handlers.jobs.webhook_log import MOST_WAITING, collect, hand_out, tend_webhooks
from handlers.jobs.webhooks import forget_deliveries, send_due
from handlers.messages.common import Nothing
from handlers.messages.webhooks import (
    DeliveryView,
    NewWebhook,
    WebhookEdit,
    WebhookMade,
    WebhookView,
)
from rooms.errors import Conflict
from rooms.timer import StartTimer, StopTimer
from storage.embedded import Embedded
from tests.support.commands import Desk, World
from tests.support.names import Names
from tests.support.product import SECRET, start_process, stop_process
from tests.support.queues import Shop, shop
from tests.support.received import Receiver, receiver

HASTY = {"webhook_backoff": 0.1, "job_poll": 0.05}


@pytest.fixture
async def there(world: World) -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made
    await world.sql.execute("delete from webhooks")


@pytest.fixture(scope="module")
async def here(url: str) -> AsyncIterator[Shop]:
    async with shop(url, **HASTY) as made:
        yield made


@pytest.fixture
async def ada(world: World) -> Principal:
    return principal(await world.user())


async def somebody(here: Shop) -> Principal:
    """The first user of a database of the test's own."""
    insert = "insert into users (email, username) values ('ada@b.example', 'ada') returning id"
    return principal(await here.sql.fetchval(insert))


def principal(user_id: int) -> Principal:
    return Principal(user_id, 1, "user", datetime.now(UTC) + timedelta(hours=1))


async def hook(
    here: Shop, user: Principal, url: str, *events: str, project_id: int | None = None
) -> WebhookMade:
    request = NewWebhook(url=url, events=list(events) or ["*"], project_id=project_id)
    return await make_webhook(here.services, user, request, None)


async def log_of(here: Shop, user: Principal, webhook_id: int) -> list[DeliveryView]:
    return await list_deliveries(here.services, user, webhook_id, None, None, 200)


async def until(here: Shop, user: Principal, webhook_id: int, **states: int) -> list[DeliveryView]:
    """Look, as the loops do, until the log has so many deliveries in these states."""
    async with asyncio.timeout(15):
        while True:
            await tend_webhooks(here.services)
            found = await log_of(here, user, webhook_id)
            if Counter(delivery.state for delivery in found) == states:
                return found
            await asyncio.sleep(0.02)


async def until_arrived(here: Shop, there: Receiver, count: int) -> None:
    async with asyncio.timeout(15):
        while len(there.arrived) < count:
            await tend_webhooks(here.services)
            await asyncio.sleep(0.02)


async def until_off(here: Shop, user: Principal, webhook_id: int) -> WebhookView:
    async with asyncio.timeout(15):
        while (found := await read_webhook(here.services, user, webhook_id)).active:
            await tend_webhooks(here.services)
            await asyncio.sleep(0.02)
        return found


async def notices_of(here: Shop, user: Principal) -> list[tuple[str, str]]:
    rows = await here.sql.fetch(
        "select kind, data ->> 'reason' from notifications where user_id = $1", user.user_id
    )
    return [(row[0], row[1]) for row in rows]


async def tell(here: Shop, channel: str, event: str = "project:updated") -> None:
    async with unit_of_work(here.services) as unit:
        unit.tell(channel, event, Nothing())


async def test_what_happens_arrives_signed_and_in_order(
    here: Shop, there: Receiver, desk: Desk, ada: Principal
) -> None:
    """And what came before the webhook was made does not."""
    await desk.send(ada.user_id, StartTimer())
    made = await hook(here, ada, f"{there.origin}/a", "timer:stopped", "timer:started")
    stopped = await desk.send(ada.user_id, StopTimer())
    await desk.send(ada.user_id, StartTimer(description="writing"))
    await until(here, ada, made.id, delivered=2)
    first, second = there.arrived
    assert (first.event, second.event) == ("timer:stopped", "timer:started")
    assert first.is_signed_by(made.secret)
    assert not first.is_signed_by(made.secret + "x")
    assert abs(first.signed_at - datetime.now(UTC).timestamp()) < 60
    assert first.headers["Content-Type"] == "application/json"
    assert first.body["data"]["entry"]["id"] == stopped["entry_id"]
    assert second.body["data"]["entry"]["description"] == "writing"
    assert second.body["seq"] > first.body["seq"]
    assert set(first.body) == {"id", "event", "channel", "epoch", "seq", "at", "data"}
    assert first.body["channel"] == f"user:{ada.user_id}"
    assert first.body["id"] == first.delivery_id


async def test_each_event_is_one_delivery_however_many_instances_look(
    here: Shop, there: Receiver, desk: Desk, world: World, url: str
) -> None:
    """Also with commands under way, and more events than one look takes."""
    users = [principal(user_id) for user_id in await world.users(4)]
    made = [await hook(here, user, f"{there.origin}/{user.user_id}") for user in users]
    async with shop(url, running=False) as elsewhere:

        async def look(at: Shop) -> None:
            while not done.is_set():
                await collect(at.services, 2)

        done = asyncio.Event()
        looking = [asyncio.create_task(look(at)) for at in (here, elsewhere)]
        for _ in range(60):
            await desk.send_all([(user.user_id, StartTimer()) for user in users])
        await asyncio.sleep(0)
        done.set()
        await asyncio.gather(*looking)
        while await collect(here.services):
            continue
    for user, webhook in zip(users, made, strict=True):
        events = await world.events(f"user:{user.user_id}")
        rows = await world.sql.fetch(
            "select seq, event from webhook_deliveries where webhook_id = $1 order by id",
            webhook.id,
        )
        assert [(row[0], row[1]) for row in rows] == events
        assert len(events) > 200 / 4
    await until(here, users[0], made[0].id, delivered=len(await world.events(made_on(users[0]))))


def made_on(user: Principal) -> str:
    return f"user:{user.user_id}"


async def test_a_command_touches_nothing_of_webhooks(
    here: Shop, there: Receiver, desk: Desk, world: World, ada: Principal
) -> None:
    """It goes through while both tables are locked for everybody, whoever has a webhook."""
    await hook(here, ada, f"{there.origin}/a")
    other = await world.user()
    connection = await world.connect()
    try:
        async with connection.transaction():
            await connection.execute("lock table webhooks, webhook_deliveries")
            for user_id in (ada.user_id, other):
                await desk.send(user_id, StartTimer())
                await desk.send(user_id, StopTimer())
    finally:
        await connection.close()


async def test_a_failed_delivery_comes_again_the_same(
    here: Shop, there: Receiver, ada: Principal
) -> None:
    """With its id and its body; a redirection is a failure, and followed nowhere."""
    there.statuses = [500, 307]
    made = await hook(here, ada, f"{there.origin}/a", "project:updated")
    await tell(here, made_on(ada))
    (delivery,) = await until(here, ada, made.id, delivered=1)
    assert [arrived.path for arrived in there.arrived] == ["/a"] * 3
    assert {arrived.delivery_id for arrived in there.arrived} == {delivery.id}
    assert len({arrived.raw for arrived in there.arrived}) == 1
    assert all(arrived.is_signed_by(made.secret) for arrived in there.arrived)
    assert not any("Cookie" in arrived.headers for arrived in there.arrived)
    tries = [(tried.status, tried.error) for tried in delivery.tries]
    assert tries == [(500, "status"), (307, "redirected"), (204, None)]
    healthy = await read_webhook(here.services, ada, made.id)
    assert (healthy.failures, healthy.failing_since) == (0, None)


async def test_one_event_that_is_refused_does_not_stop_the_next(
    here: Shop, there: Receiver, ada: Principal
) -> None:
    there.statuses = [400]
    made = await hook(here, ada, f"{there.origin}/a")
    for _ in range(3):
        await tell(here, made_on(ada))
    await until(here, ada, made.id, delivered=3)
    ids = [arrived.delivery_id for arrived in there.arrived]
    assert sorted(ids) != ids, "the first one came again after others"


async def test_an_address_that_never_answers_holds_up_nobody_else(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    bo = principal(await world.user())
    async with receiver() as slow:
        slow.hold = True
        await hook(here, ada, f"{slow.origin}/a")
        await tell(here, made_on(ada))
        await tend_webhooks(here.services)
        async with asyncio.timeout(10):
            await slow.holding.wait()
        made = await hook(here, bo, f"{there.origin}/b")
        await tell(here, made_on(bo))
        await until(here, bo, made.id, delivered=1)
        assert len(slow.arrived) == 1


async def test_a_slow_answer_is_a_failure(database_url: str) -> None:
    async with receiver() as slow, shop(database_url, **HASTY, webhook_timeout=0.2) as hasty:
        slow.hold = True
        ada = await somebody(hasty)
        made = await hook(hasty, ada, f"{slow.origin}/a")
        await tell(hasty, made_on(ada))
        async with asyncio.timeout(10):
            while not (found := await log_of(hasty, ada, made.id)) or not found[0].tries:
                await tend_webhooks(hasty.services)
                await asyncio.sleep(0.02)
        assert (found[0].tries[0].status, found[0].tries[0].error) == (None, "timeout")


async def test_what_has_failed_for_long_is_switched_off_and_its_owner_told(
    there: Receiver, database_url: str
) -> None:
    """Not before many attempts; what waits is dropped."""
    there.otherwise = 503
    times = {"webhook_backoff": 0.01, "webhook_patience": 0.01, "job_poll": 0.05}
    async with shop(database_url, **times) as hasty:
        ada = await somebody(hasty)
        made = await hook(hasty, ada, f"{there.origin}/a")
        for _ in range(3):
            await tell(hasty, made_on(ada))
        off = await until_off(hasty, ada, made.id)
        assert off.disabled_reason == "failing"
        assert off.failures == len(there.arrived) == 10
        assert await notices_of(hasty, ada) == [("webhook_disabled", "failing")]
        states = {delivery.state for delivery in await log_of(hasty, ada, made.id)}
        assert states <= {"dropped", "failed"}
        there.otherwise = 204
        on = await edit_webhook(hasty.services, ada, made.id, WebhookEdit(active=True), None)
        assert (on.active, on.failures, on.disabled_reason) == (True, 0, None)
        await tell(hasty, made_on(ada))
        await until(hasty, ada, made.id, delivered=1, **_others(await log_of(hasty, ada, made.id)))
        assert len(there.arrived) == 11, "what came while it was off is not sent"


def _others(found: list[DeliveryView]) -> dict[str, int]:
    return dict(Counter(delivery.state for delivery in found))


async def test_an_address_that_is_gone_is_believed_at_once(
    here: Shop, there: Receiver, ada: Principal
) -> None:
    there.statuses = [410]
    made = await hook(here, ada, f"{there.origin}/a")
    await tell(here, made_on(ada))
    off = await until_off(here, ada, made.id)
    assert off.disabled_reason == "gone"
    assert await notices_of(here, ada) == [("webhook_disabled", "gone")]


async def test_attempts_end(there: Receiver, database_url: str) -> None:
    there.otherwise = 500
    async with shop(database_url, webhook_backoff=0.0001, job_poll=0.05) as hasty:
        ada = await somebody(hasty)
        made = await hook(hasty, ada, f"{there.origin}/a")
        await tell(hasty, made_on(ada))
        (failed,) = await until(hasty, ada, made.id, failed=1)
        assert (failed.attempts, len(failed.tries), len(there.arrived)) == (8, 8, 8)
        there.otherwise = 204
        await redeliver(hasty.services, ada, made.id, failed.id, None)
        (delivered,) = await until(hasty, ada, made.id, delivered=1)
        assert (delivered.attempts, len(delivered.tries)) == (1, 9)
        assert there.arrived[-1].raw == there.arrived[0].raw


async def test_what_the_log_has_lost_is_told(here: Shop, there: Receiver, ada: Principal) -> None:
    made = await hook(here, ada, f"{there.origin}/a")
    for _ in range(3):
        await tell(here, made_on(ada))
    await here.sql.execute(
        "delete from channel_events where channel = $1 and seq < 3", made_on(ada)
    )
    await until(here, ada, made.id, delivered=2)
    gap, event = there.arrived
    assert (gap.event, event.event) == ("webhook:gap", "project:updated")
    assert gap.body["data"] == {"after_seq": 0, "up_to_seq": 2}
    assert (gap.body["seq"], event.body["seq"]) == (None, 3)


@pytest.mark.parametrize("goes_on", [True, False], ids=["more happens", "nothing happens"])
async def test_a_right_that_has_ended_ends_the_webhook(
    here: Shop, there: Receiver, ada: Principal, world: World, goes_on: bool
) -> None:
    """[V1] What waits from before is not sent either, and its owner learns why."""
    owner = await world.user()
    project = await world.project(owner, ada.user_id)
    await world.sql.execute(
        "update project_members set role = 'admin' where user_id = $1", ada.user_id
    )
    there.statuses = [500]
    made = await hook(here, ada, f"{there.origin}/a", project_id=project)
    await tell(here, f"project:{project}")
    await until(here, ada, made.id, delivered=1)
    there.statuses = [500] * 3
    await tell(here, f"project:{project}")
    await until_arrived(here, there, 3)
    await world.sql.execute("delete from project_members where user_id = $1", ada.user_id)
    there.clear()
    if goes_on:
        await tell(here, f"project:{project}")
    off = await until_off(here, ada, made.id)
    assert off.disabled_reason == "not_a_member"
    assert await notices_of(here, ada) == [("webhook_disabled", "not_a_member")]
    assert there.arrived == []
    (waited,) = [one for one in await log_of(here, ada, made.id) if one.state == "dropped"]
    assert (await read_delivery(here.services, ada, made.id, waited.id)).body is None


async def test_who_joins_again_gets_nothing_of_the_time_between(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    """[V1] However late the log is looked at."""
    project = await world.project(ada.user_id)
    made = await hook(here, ada, f"{there.origin}/a", project_id=project)
    await tell(here, f"project:{project}", "member:left")
    await world.sql.execute("select pg_sleep(0.002)")  # events are dated to the millisecond
    await world.sql.execute(
        "update project_members set joined_at = clock_timestamp() where project_id = $1", project
    )
    await tell(here, f"project:{project}", "member:joined")
    await until(here, ada, made.id, delivered=1)
    assert [arrived.event for arrived in there.arrived] == ["member:joined"]


async def test_what_is_hidden_meanwhile_is_not_sent(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    """[V2] Neither what waits, nor what has not been looked at, nor again what was sent."""
    project = await world.project(ada.user_id)
    channel = f"project:{project}"
    made = await hook(here, ada, f"{there.origin}/a", project_id=project)
    await tell(here, channel)
    (sent,) = await until(here, ada, made.id, delivered=1)
    there.otherwise = 500
    await tell(here, channel)
    await until_arrived(here, there, 2)
    await tell(here, channel)
    async with unit_of_work(here.services) as unit:
        unit.hide_past(channel)
    there.clear()
    await until(here, ada, made.id, delivered=1, dropped=1)
    await tell(here, channel)
    await until(here, ada, made.id, delivered=2, dropped=1)
    assert [arrived.body["seq"] for arrived in there.arrived] == [4]
    assert (await read_delivery(here.services, ada, made.id, sent.id)).body is None
    with pytest.raises(Conflict):
        await redeliver(here.services, ada, made.id, sent.id, None)
    await forget_deliveries(here.work)
    kept = "select count(*) from webhook_deliveries where webhook_id = $1 and data is not null"
    assert await world.sql.fetchval(kept, made.id) == 1


async def test_nothing_is_sent_for_who_is_suspended_or_gone(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    """[V3]"""
    made = await hook(here, ada, f"{there.origin}/a")
    await tell(here, made_on(ada))
    for column in ("suspended_at", "deleted_at"):
        await world.sql.execute(f"update users set {column} = now() where id = $1", ada.user_id)
        await tend_webhooks(here.services)
        assert await log_of(here, ada, made.id) == []
        await world.sql.execute(f"update users set {column} = null where id = $1", ada.user_id)
    await until(here, ada, made.id, delivered=1)


async def test_an_address_inside_is_not_connected_to(
    there: Receiver, here: Shop, ada: Principal, url: str
) -> None:
    """Though it was taken, as one whose name led elsewhere then."""
    made = await hook(here, ada, f"{there.origin}/a")
    await tell(here, made_on(ada))
    async with shop(url, **HASTY, allow_private=False, kinds={}) as careful:
        await collect(careful.services)
        await here.sql.execute("update webhooks set due_at = null where id = $1", made.id)
        await send_due(careful.work, b'{"webhook_id": %d}' % made.id)
    (waits,) = await log_of(here, ada, made.id)
    assert [(tried.status, tried.error) for tried in waits.tries] == [(None, "forbidden_address")]
    assert there.arrived == []


async def test_a_name_that_leads_elsewhere_a_moment_later_gains_nothing(there: Receiver) -> None:
    port = there.origin.rpartition(":")[2]
    names = Names({"rebind.example": ["93.184.216.34", "127.0.0.1"]})
    found = await names.resolve("rebind.example")
    assert is_public(found[0]["host"]), "as when the webhook was made"
    async with Outside(resolver=names) as outside:
        with pytest.raises(Forbidden):
            await outside.post(f"http://rebind.example:{port}/", b"", {}, plain=True)
    assert there.arrived == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])
async def test_however_it_is_written_the_own_machine_is_not_connected_to(
    there: Receiver, host: str
) -> None:
    """By the resolver that the product uses, or the client itself."""
    port = there.origin.rpartition(":")[2]
    async with Outside() as outside:
        with pytest.raises((Forbidden, aiohttp.InvalidURL)):
            await outside.post(f"http://{host}:{port}/", b"", {}, plain=True)
    assert there.arrived == []


async def test_a_secret_that_cannot_be_read_switches_off(
    here: Shop, there: Receiver, ada: Principal
) -> None:
    """As after another JWT_SECRET; nothing is sent without a signature."""
    made = await hook(here, ada, f"{there.origin}/a")
    await here.sql.execute(
        "update webhooks set secret = decode(repeat('00', 60), 'hex') where id = $1", made.id
    )
    await tell(here, made_on(ada))
    off = await until_off(here, ada, made.id)
    assert off.disabled_reason == "secret_lost"
    assert there.arrived == []


async def test_the_secret_is_encrypted(here: Shop, there: Receiver, ada: Principal) -> None:
    made = await hook(here, ada, f"{there.origin}/a")
    kept = await here.sql.fetchval("select secret from webhooks where id = $1", made.id)
    assert made.secret.encode() not in kept


async def test_too_much_that_waits_stays_in_the_log(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    made = await hook(here, ada, f"{there.origin}/a")
    await world.sql.execute(
        "insert into webhook_deliveries (webhook_id, event, at, data, next_at)"
        " select $1, 'project:updated', now(), '{}', now() + interval '1 hour'"
        " from generate_series(1, $2)",
        made.id, MOST_WAITING,
    )  # fmt: skip
    await tell(here, made_on(ada))
    await tend_webhooks(here.services)
    assert there.arrived == []
    await world.sql.execute(
        "delete from webhook_deliveries where webhook_id = $1 and seq is null", made.id
    )
    await until(here, ada, made.id, delivered=1)


async def test_what_is_old_is_forgotten(
    here: Shop, there: Receiver, ada: Principal, world: World
) -> None:
    """Data after three days, rows after thirty or behind a thousand others; nothing that waits."""
    made = await hook(here, ada, f"{there.origin}/a")
    await world.sql.execute(
        "insert into webhook_deliveries (webhook_id, event, at, data, state, created_at, next_at)"
        " select $1, 'project:updated', now(), '{}',"
        " case when n % 10 = 0 then 'waiting' else 'delivered' end,"
        " now() - n * interval '1 hour', now() + interval '1 hour'"
        " from generate_series(1, 1000) n",
        made.id,
    )  # fmt: skip
    counts = (
        "select count(*) filter (where state = 'waiting' and data is not null),"
        " count(*) filter (where state <> 'waiting'),"
        " count(*) filter (where state <> 'waiting' and data is not null)"
        " from webhook_deliveries where webhook_id = $1"
    )
    await forget_deliveries(here.work)
    assert tuple(await world.sql.fetchrow(counts, made.id)) == (100, 719 - 71, 71 - 7)
    await world.sql.execute(
        "insert into webhook_deliveries (webhook_id, event, at, state)"
        " select $1, 'ping', now(), 'failed' from generate_series(1, 1000)",
        made.id,
    )
    await forget_deliveries(here.work)
    assert tuple(await world.sql.fetchrow(counts, made.id)) == (100, 1000, 0)


async def test_a_delivery_outlives_kill_9_of_its_worker(
    database_url: str, servers: Embedded
) -> None:
    """It is sent a second time, under the same id."""
    settings = {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.redis_url,
        "JWT_SECRET": SECRET,
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "TEST_TIMES": '{"job_heartbeat": 1}',
    }
    async with receiver() as there, shop(database_url, running=False) as idle:
        ada = await somebody(idle)
        made = await hook(idle, ada, f"{there.origin}/a")
        await tell(idle, made_on(ada))
        await collect(idle.services)
        assert await hand_out(idle.services) == 1
        there.hold = True
        worker = start_process("worker", **settings)
        async with asyncio.timeout(30):
            await there.holding.wait()
        worker.kill()
        worker.wait(10)
        there.hold = False
        worker = start_process("worker", **settings)
        try:
            first, second = await there.until(2)
            assert first.delivery_id == second.delivery_id
            assert first.raw == second.raw
            assert second.is_signed_by(made.secret)
            await until(idle, ada, made.id, delivered=1)
        finally:
            worker.send_signal(signal.SIGTERM)
            assert stop_process(worker) == 0
