"""Group commit, as docs/ARCHITECTURE.md tells it: what one batch does, and in which order."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest

from handlers.actions.entries import send_command
from handlers.actions.identity import Principal
from handlers.actions.timers import TimerCommand
from handlers.messages.entries import Started, Stopped
from rooms.errors import CommandIdReused, TimerNotRunning, Unauthenticated, Unavailable
from rooms.timer import KEEP, DiscardTimer, LogEntry, StartTimer, StopTimer, UpdateEntry
from server.instance import Instance
from tests.support.commands import Desk, World


async def test_a_switch_a_start_a_stop_a_discard_and_an_update_share_a_batch(
    world: World, desk: Desk
) -> None:
    """[T2] Stops are written before starts, or the index of running entries would refuse."""
    switcher, starter, stopper, discarder, updater = everybody = await world.users(5)
    project = await world.project(*everybody)
    await desk.send_all(
        [(user, StartTimer(project, tags=("a",))) for user in everybody if user != starter]
    )
    before = desk.committer.batches
    switched, started, stopped, discarded, updated = await desk.send_all(
        [
            (switcher, StartTimer(project, "next", ("a", "b"))),
            (starter, StartTimer(project)),
            (stopper, StopTimer()),
            (discarder, DiscardTimer()),
            (updater, UpdateEntry(description="read", tags=("c",))),
        ]
    )
    assert desk.committer.batches == before + 1
    first, second = await world.entries(switcher)
    assert (switched["stopped"]["id"], switched["entry"]["id"]) == (first["id"], second["id"])
    assert first["ended_at"] == second["started_at"]
    assert (second["ended_at"], second["tags"]) == (None, ["a", "b"])
    assert started["stopped"] is None
    assert stopped["entry"]["ended_at"] is not None
    assert discarded == {}
    assert (updated["entry"]["description"], updated["entry"]["version"]) == ("read", 2)
    (gone,) = await world.entries(discarder)
    assert gone["deleted_at"] == gone["ended_at"]


async def test_what_a_command_did_is_written_in_its_own_transaction(
    world: World, desk: Desk
) -> None:
    """Entry, result, dirty mark, timeline, tags and events, numbered without a gap."""
    user = await world.user()
    project = await world.project(user)
    await desk.send(user, StartTimer(project, tags=("deep",)))
    await desk.send(user, StopTimer())
    told = [(1, "timer:started"), (2, "timer:stopped")]
    assert await world.events(f"user:{user}") == await world.events(f"project:{project}") == told
    announced = [(event.seq, event.type) for event in desk.announced]
    assert sorted(announced) == sorted(told + told)
    kept = "select count(*) from command_results where user_id = $1"
    assert await world.sql.fetchval(kept, user) == 2
    items = await world.sql.fetch("select event_type from timeline where user_id = $1", user)
    assert [row[0] for row in items] == ["timer_started", "timer_stopped"]
    assert await world.sql.fetchval("select name from tags where user_id = $1", user) == "deep"
    assert await world.sql.fetchval("select count(*) from dirty_users where user_id = $1", user)


async def test_a_user_is_in_a_batch_at_most_once_and_in_the_order_sent(
    world: World, desk: Desk
) -> None:
    """Ten switches of one user take ten batches; those beside them ride along."""
    busy, *others = await world.users(6)
    commands = [(busy, StartTimer(description=str(number))) for number in range(10)]
    answers = await desk.send_all([*commands, *((user, StartTimer()) for user in others)])
    ids = [answer["entry_id"] for answer in answers[:10]]
    stopped = [answer["stopped"] and answer["stopped"]["id"] for answer in answers[:10]]
    assert stopped == [None, *ids[:-1]]
    assert [row["description"] for row in await world.entries(busy)] == [*"0123456789"]
    assert desk.committer.batches == 10


async def test_whoever_comes_while_a_batch_is_under_way_goes_into_the_next(
    world: World, desk: Desk
) -> None:
    """Not into batches of their own: 120 commands of one moment and the next are a handful."""
    users = await world.users(60)
    await desk.send_all([(user, StartTimer()) for user in users])
    await desk.send_all([(user, StopTimer()) for user in users])
    assert desk.committer.commands == 120
    assert desk.committer.batches <= 8


async def test_of_fifty_starts_on_two_instances_one_is_left_running(
    world: World, desk: Desk
) -> None:
    """[T1] Every caller gets a true answer."""
    other, user = await world.desk(), await world.user()
    answers = await asyncio.gather(
        *((desk if n % 2 else other).send(user, StartTimer(description=str(n))) for n in range(50))
    )
    entries = await world.entries(user)
    running = [row["id"] for row in entries if row["ended_at"] is None]
    assert len(entries) == 50
    assert len(running) == 1
    stopped = {answer["stopped"]["id"] for answer in answers if answer["stopped"]}
    assert stopped == {row["id"] for row in entries} - set(running)


async def test_one_command_on_two_instances_at_once_happens_once(world: World, desk: Desk) -> None:
    """[T5] Both answer the same; there is one entry and one event."""
    other, users = await world.desk(), await world.users(20)
    ids = {user: uuid4() for user in users}
    first, second = await asyncio.gather(
        *(
            asyncio.gather(*(at.send(user, StartTimer(), ids[user]) for user in users))
            for at in (desk, other)
        )
    )
    assert first == second
    for user in users:
        assert len(await world.entries(user)) == 1
        assert await world.events(f"user:{user}") == [(1, "timer:started")]
    assert len(desk.announced) + len(other.announced) == 20


@pytest.mark.parametrize(
    "other",
    [
        UpdateEntry(description="KEEP"),
        UpdateEntry(description=KEEP, project_id=None),
        StopTimer(),
    ],
)
async def test_an_id_that_was_used_for_something_else_is_refused(
    world: World, desk: Desk, other: UpdateEntry | StopTimer
) -> None:
    """[T5] Another command or other arguments; a field left alone is not one that says so."""
    user, command_id = await world.user(), uuid4()
    await desk.send(user, StartTimer())
    await desk.send(user, UpdateEntry(), command_id)
    with pytest.raises(CommandIdReused):
        await desk.send(user, other, command_id)
    assert await desk.send(user, UpdateEntry(), command_id)


async def test_an_id_is_its_users_own(world: World, desk: Desk) -> None:
    """[T5]"""
    one, two, command_id = await world.user(), await world.user(), uuid4()
    assert (await desk.send(one, StartTimer(), command_id))["entry"]["user_id"] == one
    assert (await desk.send(two, StartTimer(), command_id))["entry"]["user_id"] == two


async def test_a_refused_command_is_judged_anew(world: World, desk: Desk) -> None:
    """[T5] Only what was accepted is remembered."""
    user, command_id = await world.user(), uuid4()
    with pytest.raises(TimerNotRunning):
        await desk.send(user, StopTimer(), command_id)
    await desk.send(user, StartTimer())
    assert not (await desk.send(user, StopTimer(), command_id))["already_stopped"]


async def test_a_command_without_an_id_gets_one_from_the_server(instance: Instance) -> None:
    """[T5] Two without one are two commands."""
    world = World("", instance.db)  # type: ignore[arg-type]
    user = Principal(await world.user(), 1, "user", datetime.now(UTC))
    send = (instance.services, user, None)
    await send_command(*send, StartTimer(), Started)
    await send_command(*send, StartTimer(), Started)
    assert (await send_command(*send, StopTimer(), Stopped)).entry.ended_at
    assert len(await world.entries(user.user_id)) == 2
    ids = await instance.db.fetch("select command_id from command_results")
    assert len({row[0] for row in ids}) == 3


async def test_who_is_gone_is_told_so_beside_others_who_are_not(world: World, desk: Desk) -> None:
    user, gone = await world.users(2)
    await world.sql.execute("update users set deleted_at = now() where id = $1", gone)
    done, refused, unknown = await desk.send_all(
        [(user, StartTimer()), (gone, StartTimer()), (10**9, StartTimer())]
    )
    assert done["entry_id"]
    assert isinstance(refused, Unauthenticated)
    assert isinstance(unknown, Unauthenticated)


async def test_a_deleted_project_is_none_to_the_entries_that_still_point_at_it(
    world: World, desk: Desk
) -> None:
    """Answers and events say so before the job has taken them out of it."""
    user = await world.user()
    project = await world.project(user)
    await desk.send(user, StartTimer(project))
    await world.sql.execute("update projects set deleted_at = now() where id = $1", project)
    stopped = await desk.send(user, StopTimer())
    assert stopped["entry"]["project_id"] is None
    assert await world.events(f"project:{project}") == [(1, "timer:started")]


async def test_a_caller_who_goes_away_spoils_nothing(world: World, desk: Desk) -> None:
    """Withdrawn before its turn a command never happens; later it happens without a listener."""
    user, other = await world.users(2)
    sending = asyncio.ensure_future(desk.send(user, StartTimer()))
    await asyncio.sleep(0)  # it waits for its batch
    sending.cancel()
    assert (await desk.send(other, StartTimer()))["entry_id"]
    assert await world.entries(user) == []
    async with world.holding(user):
        sending = asyncio.ensure_future(desk.send(user, StartTimer()))
        await world.until_waiting()
        sending.cancel()
    await desk.send(user, LogEntry(*[(await world.sql.fetchval("select now()"))] * 2))
    assert len(await world.entries(user)) == 1


async def test_what_cannot_be_announced_is_committed_and_answered_all_the_same(
    world: World,
) -> None:
    """Listeners find lost events by their positions."""
    desk, user = await world.desk(), await world.user()

    def refuse(_events: object) -> None:
        raise RuntimeError("nobody listens")

    desk.committer._announce = refuse
    started = await desk.send(user, StartTimer())
    assert [row["id"] for row in await world.entries(user)] == [started["entry_id"]]
    assert desk.committer.batches == 1


async def test_close_finishes_what_waits_and_refuses_what_comes_later(
    world: World, desk: Desk
) -> None:
    users = await world.users(30)
    sending = [asyncio.ensure_future(desk.send(user, StartTimer())) for user in users * 3]
    await asyncio.sleep(0)
    await desk.committer.close()
    assert all(task.done() and task.exception() is None for task in sending)
    assert await world.sql.fetchval("select count(*) from time_entries") == 90
    with pytest.raises(Unavailable):
        await desk.committer.submit(TimerCommand(users[0], uuid4(), StartTimer()))
    await desk.committer.close()
    assert desk.pool.get_idle_size() == desk.pool.get_size()


async def test_the_answer_is_json_that_says_what_the_contract_promises(
    world: World, desk: Desk
) -> None:
    user = await world.user()
    text = await desk.committer.submit(TimerCommand(user, uuid4(), StartTimer(description="é")))
    assert msgspec.json.decode(text, type=Started).entry.description == "é"
