"""One bad command fails alone: whatever fails a batch, the others in it succeed."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from handlers.actions.timers import TimerCommand
from rooms.errors import (
    DomainError,
    Forbidden,
    Internal,
    NotFound,
    TimerRunning,
    Unavailable,
)
from rooms.timer import LogEntry, StartTimer, StopTimer, UpdateEntry
from tests.support.commands import Desk, World

LONG_AGO = datetime(1950, 1, 1, tzinfo=UTC)

# What the models at the doors refuse, sent straight to the committer, and what it becomes.
POISONS: dict[str, tuple[Any, type[DomainError]]] = {
    "NUL in a text": (StartTimer(description="a\0b"), Internal),
    "a lone surrogate": (StartTimer(description="\ud800"), Internal),
    "a lone surrogate in a tag": (StartTimer(tags=("\udfff",)), Internal),
    "a description too long": (StartTimer(description="x" * 501), Internal),
    "eleven tags": (StartTimer(tags=tuple("abcdefghijk")), Internal),
    "a tag too long": (StartTimer(tags=("x" * 41,)), Internal),
    "a tag twice": (StartTimer(tags=("a", "a")), Internal),
    "an instant without zone": (StartTimer(started_at=datetime(2026, 1, 1)), Internal),
    "an instant of no use": (LogEntry(LONG_AGO, LONG_AGO), Internal),
    "an id too large": (StartTimer(project_id=2**70), Internal),
    "an id that is none": (StopTimer(entry_id="7"), Internal),  # type: ignore[arg-type]
    "an unknown project": (StartTimer(project_id=2**53 - 1), NotFound),
    "an unknown source": (StartTimer(source="dream"), Internal),  # type: ignore[arg-type]
    "no command at all": (object(), Internal),
}


@pytest.mark.parametrize("poison", POISONS)
async def test_a_poisoned_command_fails_alone_and_at_once(
    world: World, desk: Desk, poison: str
) -> None:
    """The culprit gets its own error; nobody waits for somebody's patience to run out."""
    users = await world.users(12)
    bad, error = POISONS[poison]
    commands: list[tuple[int, Any]] = [(user, StartTimer(tags=("a",))) for user in users]
    commands[7] = users[7], bad
    async with asyncio.timeout(1.5):
        answers = await desk.send_all(commands)
    assert type(answers.pop(7)) is error
    for answer in answers:
        assert answer["entry"]["tags"] == ["a"], answer
    assert await world.sql.fetchval("select count(*) from time_entries") == 11
    assert await world.sql.fetchval("select count(*) from command_results") == 11
    # Nor does it leave anything behind that fails those who come later.
    assert (await desk.send(users[7], StartTimer()))["entry_id"]


async def test_many_poisons_in_one_batch_fail_alone(world: World, desk: Desk) -> None:
    users = await world.users(32)
    bad = {users[n] for n in (0, 1, 13, 30, 31)}
    answers = await desk.send_all(
        [(user, StartTimer(description="\0" if user in bad else "fine")) for user in users]
    )
    failed = {u for u, a in zip(users, answers, strict=True) if isinstance(a, Internal)}
    assert failed == bad
    assert await world.sql.fetchval("select count(*) from time_entries") == 27


async def test_refusals_need_no_second_try(world: World, desk: Desk) -> None:
    """What `decide` refuses fails nobody else, so the batch is written once."""
    owner, reader, starter = await world.users(3)
    project = await world.project(owner, reader)
    await world.sql.execute("update project_members set role = 'viewer' where user_id = $1", reader)
    refused, started = await desk.send_all([(reader, StartTimer(project)), (starter, StartTimer())])
    assert isinstance(refused, Forbidden)
    assert started["entry_id"]
    assert desk.committer.batches == 1


async def test_a_constraint_speaks_in_the_words_of_the_domain(world: World, desk: Desk) -> None:
    """[T1] Of an entry that somebody wrote past the lock, the index still says `timer_running`."""
    user = await world.user()
    await world.sql.execute(
        """
        create function intrude() returns trigger language plpgsql as $$ begin
            insert into time_entries (user_id, started_at, source, timezone, day_starts_at)
            values (new.user_id, now(), 'timer', 'UTC', 0);
            return new;
        end $$;
        create trigger intrude before insert on time_entries for each row
            when (new.description = 'intrude') execute function intrude();
        """
    )
    with pytest.raises(TimerRunning):
        await desk.send(user, StartTimer(description="intrude"))
    assert await world.entries(user) == []


async def fail_with_40001(world: World, times: int) -> None:
    """A write of a description `again` is refused with a serialization failure so many times."""
    await world.sql.execute(
        f"""
        create sequence tries;
        create function refuse() returns trigger language plpgsql as $$ begin
            if nextval('tries') <= {times} then
                raise exception 'again' using errcode = 'serialization_failure';
            end if;
            return new;
        end $$;
        create trigger refuse before insert on time_entries for each row
            when (new.description = 'again') execute function refuse();
        """
    )


async def test_a_batch_is_run_again_after_a_serialization_failure(world: World, desk: Desk) -> None:
    """Twice as it is; the answers are those of the run that was committed."""
    await fail_with_40001(world, 2)
    users = await world.users(5)
    answers = await desk.send_all([(user, StartTimer(description="again")) for user in users])
    assert all(answer["entry_id"] for answer in answers)
    assert desk.committer.batches == 1
    assert await world.sql.fetchval("select count(*) from time_entries") == 5


async def test_who_fails_so_for_ever_stands_alone_in_the_end(world: World, desk: Desk) -> None:
    await fail_with_40001(world, 10**6)
    users = await world.users(8)
    async with asyncio.timeout(1.5):
        answers = await desk.send_all(
            [(user, StartTimer(description="again" if user == users[3] else "")) for user in users]
        )
    assert isinstance(answers.pop(3), Unavailable)
    assert all(answer["entry_id"] for answer in answers)


async def test_a_batch_is_run_again_after_a_deadlock(world: World) -> None:
    """Another transaction takes a head before a user, which no transaction of ours does."""
    desk, (one, two) = await world.desk(), await world.users(2)
    await desk.send(one, StartTimer())
    decide, failed = desk.committer._decide, []

    async def watched(*arguments: Any) -> Any:
        try:
            return await decide(*arguments)
        except Exception as error:
            failed.append(type(error).__name__)
            raise

    desk.committer._decide = watched
    other = await world.connect()
    try:
        # The batch looks for a deadlock after its second of waiting; this one looks later.
        await other.execute("set deadlock_timeout = '10s'")
        async with other.transaction():
            await other.execute("select from channels where channel = $1 for update", f"user:{one}")
            sending = asyncio.ensure_future(
                desk.send_all([(one, UpdateEntry(description="x")), (two, StartTimer())])
            )
            await world.until_waiting()  # the batch has its users, and wants the head
            await other.execute("select from users where id = $1 for no key update", one)
        updated, started = await sending
    finally:
        await other.close()
    assert updated["entry"]["version"] == 2
    assert started["entry_id"]
    assert failed == ["DeadlockDetectedError"]
    assert await world.events(f"user:{one}") == [(1, "timer:started"), (2, "timer:updated")]


async def test_a_bug_in_a_batch_answers_everybody(world: World, desk: Desk) -> None:
    """`internal` for what nobody foresaw, and the next batch works."""
    users = await world.users(3)
    decide = desk.committer._decide

    async def broken(*_arguments: Any) -> Any:
        raise KeyError("a bug")

    desk.committer._decide = broken
    refused = await desk.send_all([(user, StartTimer()) for user in users])
    assert [type(answer) for answer in refused] == [Internal] * 3
    desk.committer._decide = decide
    assert await desk.committer.submit(TimerCommand(users[0], uuid4(), StartTimer()))
