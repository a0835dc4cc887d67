"""[L1, L2] Boards in Redis: their order, the guard of their writers, and when they may be read."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
import redis.asyncio as aioredis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms.boards import Board, Place, Row, Scope, board_on
from rooms.rules.periods import DayRule
from storage import keys
from storage.board_rows import Guarded
from storage.boards import BoardBook, BoardsAway, pack
from storage.breaker import Away, Breaker
from storage.cache import connect_redis
from storage.embedded import Embedded
from tests.support.boards import NOON, in_order
from tests.support.link import link_to

UTC_DAYS = DayRule("UTC")
TODAY = datetime.now(UTC).date()
BOARD = board_on(TODAY, "time", "week")
_epochs = count(1)


@pytest.fixture
async def redis(servers: Embedded) -> AsyncIterator["aioredis.Redis"]:
    client = connect_redis(servers.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def book(redis: "aioredis.Redis") -> BoardBook:
    return new_book(redis)


def new_book(redis: "aioredis.Redis") -> BoardBook:
    """One that waits for a busy machine: what it answers is asked here, not how soon."""
    return BoardBook(redis, f"boards{next(_epochs)}", UTC_DAYS, limit_s=10)


def guarded(row: Row, version: int = 1) -> Guarded:
    return Guarded(row.user_id, version, row.score, row.reached_ms)


async def fill(book: BoardBook, rows: list[Row], board: Board = BOARD) -> None:
    filling = await book.begin_filling(board)
    assert filling is not None
    assert await book.fill(filling, pack([guarded(row) for row in rows]))
    assert await book.complete(filling)


async def whole(book: BoardBook, board: Board = BOARD, size: int = 7) -> list[Place]:
    """All pages, one after the other."""
    places: list[Place] = []
    while True:
        page = await book.read_page(board, places[-1].position if places else None, size)
        assert page is not None
        assert page.places is not None
        places += page.places
        assert len(places) < 5000, "it goes round in circles"
        if len(page.places) < size:
            return places


def some_rows(seed: int, number: int) -> list[Row]:
    """With many equal scores and instants among them."""
    dice = random.Random(seed)
    users = dice.sample(range(1, 10**9), number)
    return [Row(u, dice.randint(1, 6) * 600, NOON + dice.randint(0, 3)) for u in users]


async def test_the_order_is_by_score_then_instant_then_id(book: BoardBook) -> None:
    rows = [Row(7, 60, NOON), Row(2, 60, NOON), Row(9, 60, NOON - 1), Row(10**15, 61, NOON)]
    await fill(book, [*rows, Row(1, 5, NOON), Row(3, 5, NOON)])
    places = await whole(book)
    assert [(p.rank, p.user_id) for p in places] == [
        (1, 10**15), (2, 9), (2, 2), (2, 7), (5, 1), (5, 3),
    ]  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(), st.integers(0, 60), st.integers(1, 9), st.integers(0, 4))
async def test_every_reading_is_that_of_the_sorted_list(
    redis: "aioredis.Redis", seed: int, number: int, size: int, around: int
) -> None:
    book, rows = new_book(redis), some_rows(seed, number)
    await fill(book, rows)
    board = in_order(rows)
    assert await whole(book, size=size) == board
    for place, standing in enumerate(board):
        mine = await book.read_mine(BOARD, standing.user_id, around)
        assert mine is not None
        assert (mine.rank, mine.score, mine.total) == (standing.rank, standing.score, number)
        assert list(mine.around) == board[max(0, place - around) : place + around + 1]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(), st.integers(1, 6))
async def test_pages_of_a_board_that_moves_repeat_nobody_and_miss_nobody_who_stayed(
    redis: "aioredis.Redis", seed: int, size: int
) -> None:
    """Also where the row that a page ended with has moved, or is gone."""
    dice, book = random.Random(seed), new_book(redis)
    rows = {row.user_id: row for row in some_rows(seed, 30)}
    await fill(book, list(rows.values()))
    stayed, seen, version = set(rows), list[Place](), 1
    while True:
        page = await book.read_page(BOARD, seen[-1].position if seen else None, size)
        assert page is not None
        assert page.places is not None
        seen += page.places
        assert len(seen) < 500, "it goes round in circles"
        if len(page.places) < size:
            break
        version += 1
        movers = {page.places[-1].user_id, *dice.sample(sorted(rows), 3)}
        stayed -= movers
        changes = [Guarded(u, version, dice.choice([0, 600, 4000]), NOON) for u in sorted(movers)]
        await book.write({BOARD: changes})
    order = [(-place.score, place.reached_ms, place.user_id) for place in seen]
    assert order == sorted(set(order))
    assert stayed <= {place.user_id for place in seen}


async def test_an_older_version_never_wins(book: BoardBook) -> None:
    await fill(book, [])
    new, old = Guarded(1, 8, 300, NOON + 5), Guarded(1, 7, 900, NOON)
    for writes in ([new, old], [old, new], [old, new, new, old]):
        for write in writes:
            await book.write({BOARD: [write]})
        assert [p.score for p in await whole(book)] == [300]


async def test_who_was_removed_does_not_come_back_by_a_late_writer(book: BoardBook) -> None:
    await fill(book, [Row(1, 60, NOON), Row(2, 50, NOON)])
    await book.write({BOARD: [Guarded(1, 5, 0, 0)]})
    await book.write({BOARD: [Guarded(1, 4, 999, NOON)]})
    assert [(p.user_id, p.rank) for p in await whole(book)] == [(2, 1)]
    mine = await book.read_mine(BOARD, 1, 3)
    assert mine is not None
    assert (mine.rank, mine.score, mine.total, mine.around) == (None, 0, 1, ())
    await book.write({BOARD: [Guarded(1, 6, 70, NOON)]})
    assert [p.user_id for p in await whole(book)] == [1, 2]


async def test_each_board_has_its_own_rows(book: BoardBook) -> None:
    others = [
        board_on(TODAY, "badges", "week"),
        board_on(TODAY, "time", "month"),
        board_on(TODAY + timedelta(days=7), "time", "week"),
        board_on(TODAY, "time", "week", Scope("project", 7)),
        board_on(TODAY, "time", "week", Scope("room", 7)),
    ]
    for number, board in enumerate([BOARD, *others], 1):
        await fill(book, [Row(number, 60, NOON)], board)
    for number, board in enumerate([BOARD, *others], 1):
        assert [p.user_id for p in await whole(book, board)] == [number]


async def test_a_version_is_raised_by_what_changes_the_board_alone(book: BoardBook) -> None:
    await fill(book, [Row(1, 60, NOON)])
    first = await book.read_page(BOARD, None, 9)
    assert first is not None
    await book.write({BOARD: [Guarded(1, 1, 999, NOON)]})
    again = await book.read_page(BOARD, None, 9, first.version)
    assert again is not None
    assert (again.version, again.places) == (first.version, None)
    await book.write({BOARD: [Guarded(1, 2, 70, NOON)]})
    now = await book.read_page(BOARD, None, 9, first.version)
    assert now is not None
    assert now.version > first.version
    assert now.places == [Place(1, 70, NOON, 1)]


async def readable(book: BoardBook) -> bool:
    page = await book.read_page(BOARD, None, 9)
    assert (page is None) == (await book.read_mine(BOARD, 1, 1) is None)
    assert (page is None) == (await book.incomplete([BOARD]) == [BOARD])
    return page is not None


async def test_a_board_is_read_only_when_it_was_filled(book: BoardBook) -> None:
    assert not await readable(book)
    assert await book.write({BOARD: [Guarded(1, 1, 60, NOON)]}) == {BOARD}
    assert not await readable(book)
    await fill(book, [Row(2, 50, NOON)])
    assert await readable(book)
    assert [p.user_id for p in await whole(book)] == [1, 2]
    assert await book.write({BOARD: [Guarded(1, 2, 60, NOON)]}) == set()


@pytest.mark.parametrize("lost", [0, 1])
async def test_the_loss_of_a_key_is_noticed_and_mended(
    redis: "aioredis.Redis", book: BoardBook, lost: int
) -> None:
    await fill(book, [Row(1, 60, NOON), Row(2, 50, NOON)])
    [name] = [
        key
        for key in await redis.keys(f"*{book._epoch}*")
        if key.endswith((b":rows", b":users")[lost])
    ]
    await redis.delete(name)
    assert not await readable(book)
    await fill(book, [Row(1, 40, NOON + 1), Row(2, 50, NOON)])
    assert [(p.user_id, p.score) for p in await whole(book)] == [(2, 50), (1, 40)]


async def test_what_another_life_of_the_server_left_is_not_believed(
    redis: "aioredis.Redis", book: BoardBook
) -> None:
    """As after a start from a file that is older than the last changes."""
    await fill(book, [Row(1, 60, NOON)])
    users = keys.board_keys(book._epoch, BOARD.name)[1]
    await redis.hset(users, "life", "another")  # type: ignore[misc]
    assert not await readable(book)
    await book.write({BOARD: [Guarded(2, 1, 10, NOON)]})
    await fill(book, [])
    assert [p.user_id for p in await whole(book)] == [2]


async def test_one_at_a_time_fills_a_board(book: BoardBook) -> None:
    filling = await book.begin_filling(BOARD)
    assert filling is not None
    assert await book.begin_filling(BOARD) is None
    assert await book.complete(filling)
    assert await book.begin_filling(BOARD) is not None


async def test_a_filling_that_was_lost_is_given_up(
    redis: "aioredis.Redis", book: BoardBook
) -> None:
    filling = await book.begin_filling(BOARD)
    assert filling is not None
    rows, users, lock = keys.board_keys(book._epoch, BOARD.name)
    assert 0 < await redis.pttl(lock) <= 10_000
    await redis.delete(rows, users)
    assert not await book.fill(filling, pack([Guarded(1, 1, 60, NOON)]))
    assert not await book.complete(filling)
    await redis.delete(lock)
    assert not await book.fill(filling, pack([Guarded(1, 1, 60, NOON)]))
    assert not await readable(book)


async def test_every_key_has_an_end(redis: "aioredis.Redis", book: BoardBook) -> None:
    boards = [board_on(TODAY, "time", period) for period in ("day", "week", "month", "all")]
    over = board_on(date(2026, 1, 1), "time", "day")
    for board in [*boards, over]:
        await book.write({board: [Guarded(1, 1, 60, NOON)]})
    for board in boards:
        for name in keys.board_keys(book._epoch, board.name)[:2]:
            assert 0 < await redis.ttl(name) <= 33 * 86_400
    assert await redis.exists(*keys.board_keys(book._epoch, over.name)) == 0


async def test_a_days_board_ends_by_the_clocks_of_its_zone(redis: "aioredis.Redis") -> None:
    zone = DayRule("Pacific/Auckland")
    book = BoardBook(redis, f"boards{next(_epochs)}", zone)
    today = zone.day_of(datetime.now(UTC))
    board = board_on(today, "time", "day")
    await book.write({board: [Guarded(1, 1, 60, NOON)]})
    ends = await redis.expiretime(keys.board_keys(book._epoch, board.name)[0])
    assert ends == (zone.day_bounds(today)[1] + timedelta(days=1)).timestamp()


async def test_the_keys_of_a_board_lie_together() -> None:
    """So that one script may touch them on a Cluster."""
    names = keys.board_keys("e", BOARD.name)
    assert len({name[name.index("{") : name.index("}")] for name in names}) == 1
    other = keys.board_keys("e", board_on(TODAY, "time", "all").name)
    assert not set(names) & set(other)


async def test_a_server_without_the_scripts_is_given_them(
    redis: "aioredis.Redis", book: BoardBook
) -> None:
    await redis.script_flush()
    await book.write({BOARD: [Guarded(n, 1, 60, NOON) for n in range(1, 999)]})
    await redis.script_flush()
    await fill(book, [])
    assert len(await whole(book, size=100)) == 998


async def test_a_server_that_is_silent_is_given_up_in_100_ms_and_then_left_alone(
    servers: Embedded,
) -> None:
    async with link_to(servers.redis_url) as link:
        client = connect_redis(link.url)
        book = BoardBook(client, f"boards{next(_epochs)}", UTC_DAYS)
        await fill(book, [Row(1, 60, NOON)])
        link.freeze()
        took = []
        for _ in range(6):
            began = time.monotonic()
            with pytest.raises(BoardsAway):
                await book.read_page(BOARD, None, 9)
            took.append(time.monotonic() - began)
        assert max(took[:3]) < 0.3
        assert max(took[3:]) < 0.05, "who knows that it is away does not wait"
        link.mend()
        await asyncio.sleep(1.1)
        assert len(await whole(book)) == 1
        await client.aclose()


async def test_after_the_rest_one_call_tries_and_the_others_do_without() -> None:
    breaker, asked = Breaker((OSError,), most=1, rest_s=0.1), 0

    async def ask() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        raise OSError

    async def try_at_once(times: int) -> int:
        done = await asyncio.gather(
            *(breaker.run(1, ask) for _ in range(times)), return_exceptions=True
        )
        assert all(isinstance(error, Away) for error in done)
        return asked

    assert await try_at_once(1) == 1
    assert await try_at_once(5) == 1
    await asyncio.sleep(0.15)
    assert await try_at_once(5) == 2
