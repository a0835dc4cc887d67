"""[L1, L3] Boards in Redis follow those in Postgres, and Postgres answers until they do."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from handlers.actions import boards as reading
from handlers.actions.board_pushes import push_removed, remove_user
from handlers.actions.boards import Asked, read_places
from handlers.actions.identity import Principal
from handlers.actions.unit import unit_of_work
from handlers.jobs import boards
from handlers.jobs.boards import fill_board, fill_boards, look_after_boards, push_left, push_scores
from rooms.boards import Board, Place, Row, Scope, board_on
from server.instance import Instance
from storage.board_rows import Guarded
from storage.boards import BoardBook
from tests.support.boards import NOON, forget_everything, in_order, make_users, put, take_off

NOW = timedelta(0)


@pytest.fixture
async def sql(instance: Instance, database_url: str) -> AsyncIterator[Any]:
    """Nothing is done by the loops: each test says when."""
    await instance.loops.close()
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def board(instance: Instance) -> Board:
    return board_on(instance.services.boards.today(datetime.now(UTC)), "time", "week")


def some_rows(users: list[int], seed: int = 1) -> list[Row]:
    dice = random.Random(seed)
    return [Row(u, dice.randint(1, 9) * 600, NOON + dice.randint(0, 2)) for u in users]


async def in_redis(instance: Instance, board: Board) -> list[Place] | None:
    page = await instance.services.boards.book.read_page(board, None, 200)
    return None if page is None else page.places


async def pages(instance: Instance, board: Board, size: int) -> list[Place]:
    """The whole board as readers get it, page by page, from wherever it comes."""
    places: list[Place] = []
    while True:
        instance.services.boards.forget_pages()
        after = places[-1].position if places else None
        found = await read_places(instance.services, board, after, size)
        places += found
        if len(found) < size:
            return places


async def marked(sql: Any) -> list[int]:
    return [row[0] for row in await sql.fetch("select user_id from board_pushes order by 1")]


def principal(user_id: int) -> Principal:
    return Principal(user_id, 1, "user", datetime.now(UTC) + timedelta(hours=1))


async def test_what_is_written_to_postgres_is_pushed_once(
    instance: Instance, sql: Any, board: Board
) -> None:
    rows = some_rows(await make_users(sql, 5))
    await put(sql, board, rows)
    assert await marked(sql) == [row.user_id for row in rows]
    assert await push_scores(instance.services, [row.user_id for row in rows])
    assert await marked(sql) == []
    assert await push_left(instance.services, NOW) == 0
    assert await in_redis(instance, board) is None, "nobody has filled it"
    assert await fill_board(instance.services, board)
    assert await in_redis(instance, board) == in_order(rows)


async def test_what_was_left_untold_is_told_after_a_while(
    instance: Instance, sql: Any, board: Board
) -> None:
    rows = some_rows(await make_users(sql, 3))
    await fill_board(instance.services, board)
    await put(sql, board, rows)
    assert await push_left(instance.services) == 0, "who made the change may be about to tell it"
    assert await push_left(instance.services, NOW) == 3
    assert await in_redis(instance, board) == in_order(rows)
    await take_off(sql, board, rows[0].user_id)
    assert await push_left(instance.services, NOW) == 1
    assert await in_redis(instance, board) == in_order(rows[1:])


async def test_a_mark_that_was_made_anew_stays(
    instance: Instance, sql: Any, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody's score changes between the reading and the telling of it."""
    [user] = await make_users(sql, 1)
    await fill_board(instance.services, board)
    await put(sql, board, [Row(user, 60, NOON)])
    write = BoardBook.write

    async def late(self: BoardBook, scores: Any) -> set[Board]:
        await put(sql, board, [Row(user, 90, NOON)])
        return await write(self, scores)

    with monkeypatch.context() as patched:
        patched.setattr(BoardBook, "write", late)
        await push_scores(instance.services, [user])
    assert await marked(sql) == [user]
    await push_left(instance.services, NOW)
    assert await in_redis(instance, board) == [Place(user, 90, NOON, 1)]


@pytest.mark.parametrize("size", [1, 3, 50])
async def test_postgres_answers_as_redis_does(
    instance: Instance, sql: Any, board: Board, size: int
) -> None:
    users = await make_users(sql, 40)
    rows = some_rows(users[:30], seed=size)
    await put(sql, board, rows)
    order = in_order(rows)
    services = instance.services
    asked = Asked("week", "global", "time")
    assert await in_redis(instance, board) is None
    from_postgres = [await reading.read_mine(services, principal(u), asked, 2) for u in users]
    assert await pages(instance, board, size) == order
    await fill_boards(services)
    assert await in_redis(instance, board) == order
    assert await pages(instance, board, size) == order
    from_redis = [await reading.read_mine(services, principal(u), asked, 2) for u in users]
    assert from_redis == from_postgres
    ranks = {place.user_id: place.rank for place in order}
    assert [mine.rank for mine in from_redis] == [ranks.get(user) for user in users]


async def test_after_a_flush_boards_come_back_by_themselves(
    instance: Instance, sql: Any, board: Board
) -> None:
    """Nobody reads them, nobody writes them: the loops' steps alone."""
    rows = some_rows(await make_users(sql, 20))
    project = board_on(
        instance.services.boards.today(datetime.now(UTC)), "time", "day", Scope("project", 3)
    )
    for each in (board, project):
        await put(sql, each, rows)
        await pages(instance, each, 50)
    await look_after_boards(instance.services)
    assert await fill_boards(instance.services) >= 8
    assert await in_redis(instance, board) == await in_redis(instance, project) == in_order(rows)
    await instance.redis.flushall()
    assert await in_redis(instance, board) is None
    assert await pages(instance, board, 7) == in_order(rows), "Postgres answers"
    await look_after_boards(instance.services)
    await fill_boards(instance.services)
    assert await in_redis(instance, board) == await in_redis(instance, project) == in_order(rows)
    await look_after_boards(instance.services)
    assert instance.services.boards.take_lacking() == []


async def test_the_loops_of_an_instance_fill_and_tell(
    instance: Instance, database_url: str, board: Board
) -> None:
    sql = await asyncpg.connect(database_url)
    rows = some_rows(await make_users(sql, 4))
    await put(sql, board, rows)
    async with asyncio.timeout(20):
        while await in_redis(instance, board) != in_order(rows):
            await asyncio.sleep(0.1)
        await forget_everything(instance.redis, instance.services.epoch)
        while await in_redis(instance, board) != in_order(rows):
            await asyncio.sleep(0.1)
    await sql.close()


async def test_a_filling_holds_while_everything_changes(
    instance: Instance, sql: Any, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers that come in between, removals, and rows that rise past the reading."""
    monkeypatch.setattr(boards, "CHUNK", 5)
    dice, users = random.Random(5), await make_users(sql, 60)
    rows = {row.user_id: row for row in some_rows(users)}
    await put(sql, board, list(rows.values()))

    async def change(until: asyncio.Event) -> None:
        while not until.is_set():
            user = dice.choice(users)
            if dice.random() < 0.3:
                rows.pop(user, None)
                await take_off(sql, board, user)
            else:
                rows[user] = Row(user, dice.randint(1, 9) * 600, NOON + dice.randint(0, 2))
                await put(sql, board, [rows[user]])
            if dice.random() < 0.5:
                await push_scores(instance.services, [user])

    for _ in range(3):
        filled = asyncio.Event()
        changing = asyncio.create_task(change(filled))
        assert await fill_board(instance.services, board)
        filled.set()
        await changing
        while await push_left(instance.services, NOW):
            continue
        assert await in_redis(instance, board) == in_order(list(rows.values()))
        await forget_everything(instance.redis, instance.services.epoch)


async def test_of_two_instances_one_fills(instance: Instance, sql: Any, board: Board) -> None:
    await put(sql, board, some_rows(await make_users(sql, 300)))
    done = await asyncio.gather(*(fill_board(instance.services, board) for _ in range(3)))
    assert sorted(done) == [False, False, True]


async def test_who_hides_is_on_no_board_when_that_is_answered(
    instance: Instance, sql: Any, board: Board
) -> None:
    """[L3] Not in Postgres, not in Redis, and not by whoever writes late."""
    services, rows = instance.services, some_rows(await make_users(sql, 3))
    month = board_on(services.boards.today(datetime.now(UTC)), "badges", "month", Scope("room", 4))
    hidden = rows[0].user_id
    for each in (board, month):
        await put(sql, each, rows)
        await fill_board(services, each)
    assert hidden in {place.user_id for place in await pages(instance, board, 9)}
    late = Guarded(
        hidden, await sql.fetchval("select board_version from users where id = $1", hidden), 9, NOON
    )
    async with unit_of_work(services) as unit:
        await remove_user(unit, hidden)
    await push_removed(services, hidden)
    await services.boards.book.write({board: [late]})
    for each in (board, month):
        assert await in_redis(instance, each) == in_order(rows[1:])
    assert await pages(instance, board, 9) == in_order(rows[1:])
    assert await sql.fetchval("select count(*) from board_scores where user_id = $1", hidden) == 0


async def test_who_is_hidden_is_left_out_wherever_a_row_is_left(
    instance: Instance, sql: Any, board: Board
) -> None:
    """[L3] A row that should not be there, in Redis or in Postgres, is never shown."""
    services, rows = instance.services, some_rows(await make_users(sql, 4))
    await put(sql, board, rows)
    asked = Asked("week", "global", "time")
    for column, value in (
        ("privacy_leaderboards", "false"), ("suspended_at", "now()"), ("deleted_at", "now()"),
    ):  # fmt: skip
        user = rows.pop().user_id
        await sql.execute(f"update users set {column} = {value} where id = {user}")
        for _ in ("postgres", "redis"):
            services.boards.forget_pages()
            shown, _more = await reading.read_page(
                services, principal(rows[0].user_id), asked, None, 9
            )
            assert {row.user_id for row in shown} == {row.user_id for row in rows}
            mine = await reading.read_mine(services, principal(user), asked, 3)
            assert (mine.rank, mine.score, mine.around) == (None, 0, [])
            await fill_board(services, board)
        assert in_order(rows) == await in_redis(instance, board), "nor are they filled in"
        await forget_everything(instance.redis, services.epoch)


async def test_a_new_period_is_a_new_board(
    instance: Instance, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, today = instance.services, instance.services.boards.today(datetime.now(UTC))
    [user] = await make_users(sql, 1)
    asked = {period: Asked(period, "global", "time") for period in ("day", "week", "month", "all")}
    for period in asked:
        await put(sql, board_on(today, "time", period), [Row(user, 60, NOON)])

    async def ranks() -> dict[str, int | None]:
        services.boards.forget_pages()
        return {
            period: (await reading.read_mine(services, principal(user), each, 1)).rank
            for period, each in asked.items()
        }

    assert await ranks() == {"day": 1, "week": 1, "month": 1, "all": 1}
    later = datetime.now(UTC) + timedelta(days=70)
    monkeypatch.setattr(services.clock, "now", lambda: later)
    assert await ranks() == {"day": None, "week": None, "month": None, "all": 1}
    await put(sql, board_on(services.boards.today(later), "time", "day"), [Row(user, 5, NOON)])
    assert (await ranks())["day"] == 1
    await boards.forget_scores(services)
    left = await sql.fetch("select period, score from board_scores order by score")
    assert [tuple(row) for row in left] == [("day", 5), ("all", 60)]


async def test_the_board_of_yesterday_and_of_last_month_are_kept_for_a_while(
    instance: Instance, sql: Any
) -> None:
    """The day has just ended somewhere in a transaction that is under way."""
    today = instance.services.boards.today(datetime.now(UTC))
    [user] = await make_users(sql, 1)
    last = today.replace(day=1) - timedelta(days=1)
    kept = [board_on(today - timedelta(days=1), "time", "day"), board_on(last, "time", "month")]
    gone = [
        board_on(today - timedelta(days=2), "time", "day"),
        board_on(last - timedelta(days=31), "time", "month"),
        board_on(today - timedelta(days=14), "time", "week"),
    ]
    for each in (*kept, *gone):
        await put(sql, each, [Row(user, 60, NOON)])
    await boards.forget_scores(instance.services, limit=1)
    left = {tuple(row) for row in await sql.fetch("select period, starts_on from board_scores")}
    assert left == {(each.period, each.starts_on) for each in kept}


async def test_without_redis_postgres_answers_and_nothing_is_forgotten(
    instance: Instance, sql: Any, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = some_rows(await make_users(sql, 6))
    await fill_board(instance.services, board)
    with monkeypatch.context() as patched:
        patched.setattr(instance.services.boards.book, "_redis", None)
        await put(sql, board, rows)
        assert not await push_scores(instance.services, [row.user_id for row in rows])
        await look_after_boards(instance.services)
        assert await fill_boards(instance.services) == 0
        assert await pages(instance, board, 4) == in_order(rows)
    assert await in_redis(instance, board) == []
    assert await push_left(instance.services, NOW) == 6
    assert await in_redis(instance, board) == in_order(rows)


async def test_finer_instants_than_milliseconds_make_no_other_order(
    instance: Instance, sql: Any, board: Board
) -> None:
    """[L2] As of awards that the database's clock dates."""
    users = await make_users(sql, 6)
    await put(sql, board, [Row(user, 60, NOON) for user in users])
    for number, user in enumerate(reversed(users)):
        await sql.execute(
            "update board_scores set reached_at = reached_at + $2 * interval '1 microsecond'"
            " where user_id = $1",
            user,
            number,
        )
    expected = in_order([Row(user, 60, NOON) for user in users])
    assert await pages(instance, board, 2) == expected
    await fill_board(instance.services, board)
    assert await in_redis(instance, board) == expected
