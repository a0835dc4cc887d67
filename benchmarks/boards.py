"""What leaderboards cost: `python -m benchmarks.boards [--users 1000000] [--json PATH]`.

So many users have a score on each of the four boards of everybody by time. One instance's code,
in one process, on one Postgres and one Valkey, reads and writes them, and fills them anew after a
flush while it goes on reading a board that is there. `--users 100000` is the quick form.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import report
from benchmarks.report import Rows, percentile, spread, table
from handlers.actions.board_shelf import Shelf
from handlers.actions.boards import Asked, read_mine
from handlers.actions.committer import Committer
from handlers.actions.identity import Principal, Revoked, Tokens
from handlers.actions.known_tokens import KnownTokens
from handlers.actions.passwords import Passwords
from handlers.actions.services import Services, Terms
from handlers.actions.timers import decide_batch
from handlers.actions.together import Together
from handlers.jobs.boards import fill_board
from rooms.boards import Board, board_on, ms_of
from rooms.rules.boards import PERIODS
from rooms.rules.periods import DayRule
from storage import board_rows, keys
from storage.arrivals import read_arrivals
from storage.board_rows import Guarded
from storage.boards import BoardBook, BoardsAway
from storage.cache import connect_redis
from storage.channels import read_epoch
from storage.database import acquired, connect_pool
from storage.migrations import migrate
from storage.replica import History

CALLS = 3000
VALKEY_BYTES = 4 * 2**30

_PEOPLE = """
    insert into users (email, username)
    select 'u' || n || '@example.org', 'user' || n from generate_series(1, {users}) n;
    alter table board_scores set unlogged;
    alter table board_scores disable trigger user;
    alter table board_scores drop constraint board_scores_user_id_fkey;
    drop index board_scores_ranked;
"""
_SCORES = """
    insert into board_scores
    select n, 'time', '{period}', '{starts_on}', 'global', 0, 1 + (random() * 400000)::bigint,
        now() - random() * interval '1 day'
    from generate_series(1, {users}) n;
"""
_INDEX = """
    create index board_scores_ranked on board_scores
        (measure, scope, scope_id, period, starts_on, score desc, reached_at, user_id);
    vacuum analyze;
"""


async def fill_postgres(url: str, users: int, boards: list[Board]) -> None:
    """Users, and their scores on each board. Unlogged, since nothing is asked of a crash here."""
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute(_PEOPLE.format(users=users))
    for board in boards:
        await connection.execute(
            _SCORES.format(users=users, period=board.period, starts_on=board.starts_on)
        )
    for statement in filter(str.strip, _INDEX.split(";")):
        await connection.execute(statement)
    await connection.close()


@asynccontextmanager
async def services_on(database_url: str, redis_url: str) -> AsyncIterator[tuple[Services, Any]]:
    """As much of an instance as boards and reports need."""
    db = await connect_pool(database_url)
    redis = connect_redis(redis_url)
    terms = Terms()
    revoked = Revoked(terms.access_token)
    services = Services(
        db=db,
        history=History(db),
        epoch=await read_epoch(db),
        timers=Committer(db, decide_batch, lambda events: None),
        arrivals=Together(partial(read_arrivals, db)),
        announce=lambda events: None,
        whisper=lambda event: None,
        passwords=Passwords(),
        tokens=Tokens("x" * 40, terms.access_token, revoked),
        revoked=revoked,
        api_tokens=KnownTokens(db, revoked),
        terms=terms,
    )
    services.boards = Shelf(BoardBook(redis, services.epoch, DayRule("UTC")))
    yield services, redis
    services.passwords.close()
    await redis.aclose()
    await db.close()


async def latencies(
    call: Callable[[], Awaitable[object]], until: Callable[[int], bool]
) -> list[float]:
    """Seconds of calls, one after the other."""
    took: list[float] = []
    while not until(len(took)):
        began = time.perf_counter()
        # A call that is given up counts with the time it took; readers would turn to Postgres.
        try:
            await call()
        except BoardsAway:
            await asyncio.sleep(0.01)
        took.append(time.perf_counter() - began)
    return took


async def fill(services: Services, board: Board) -> None:
    """Fill a board, as often as it takes: so do the loops of an instance."""
    while True:
        try:
            if await fill_board(services, board):
                return
        except BoardsAway as error:
            print(f"a filling was given up: {error}")
            await asyncio.sleep(1)


@dataclass
class Calls:
    """What is called, each time by another user; `boards` are those by day, week, month, all."""

    services: Services
    users: int
    boards: list[Board]
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    @property
    def anybody(self) -> int:
        return self.dice.randint(1, self.users)

    async def mine(self, around: int) -> None:
        mine = await self.services.boards.book.read_mine(self.boards[1], self.anybody, around)
        assert mine is not None
        assert mine.total == self.users

    async def by_rest(self) -> None:
        who = Principal(self.anybody, 1, "user", datetime.now(UTC) + timedelta(days=1))
        await read_mine(self.services, who, Asked("week", "global", "time"), 5)

    async def write(self) -> None:
        now, points = ms_of(datetime.now(UTC)), self.dice.randint(1, 400_000)
        score = Guarded(self.anybody, time.time_ns() // 1000, points, now)
        await self.services.boards.book.write({board: [score] for board in self.boards})

    async def top(self) -> None:
        assert await self.services.boards.book.read_page(self.boards[1], None, 50) is not None

    async def in_postgres(self) -> None:
        async with acquired(self.services.db) as connection:
            await board_rows.read_mine(connection, self.boards[1], self.anybody, 5)


async def measure(services: Services, redis: Any, users: int, boards: list[Board]) -> Rows:
    calls = Calls(services, users, boards)
    rows = await measure_filling(services, redis, users, boards)
    await latencies(partial(calls.mine, 5), times(300))
    calm = await latencies(partial(calls.mine, 5), times(CALLS))
    for name, call, count in (
        ("a user's scores on all boards, written", calls.write, CALLS),
        ("rank of me", partial(calls.mine, 0), CALLS),
        ("around me, with names, as REST answers it", calls.by_rest, CALLS),
        ("first 50 of the board", calls.top, CALLS),
        ("around me from Postgres", calls.in_postgres, 30),
    ):
        rows += spread(name, await latencies(call, times(count)))
    rows += spread("around me", calm)
    return rows + await measure_flushed(calls, redis, calm)


async def measure_filling(services: Services, redis: Any, users: int, boards: list[Board]) -> Rows:
    before = (await redis.info("memory"))["used_memory"]
    began = time.perf_counter()
    for board in boards:
        await fill(services, board)
    took = (time.perf_counter() - began) / len(boards)
    used = (await redis.info("memory"))["used_memory"] - before
    return [
        ("filling a board, nothing else going on", "s", took),
        (f"memory of {len(boards)} boards", "MiB", used / 2**20),
        ("memory of a row", "bytes", used / users / len(boards)),
    ]


async def measure_flushed(calls: Calls, redis: Any, calm: list[float]) -> Rows:
    """A board is lost and filled, while another one is read by somebody who never rests."""
    lost = calls.boards[3]
    await redis.unlink(*keys.board_keys(calls.services.epoch, lost.name))
    began = time.perf_counter()
    filling = asyncio.create_task(fill(calls.services, lost))
    busy = await latencies(partial(calls.mine, 5), lambda _count: filling.done())
    took = time.perf_counter() - began
    filling.result()
    ratio = percentile(busy, 0.99) / percentile(calm, 0.99)
    return [
        ("filling a board after a flush, while others are read", "s", took),
        *spread("around me meanwhile", busy),
        ("around me meanwhile", "p99 to that before", ratio),
    ]


def times(count: int) -> Callable[[int], bool]:
    return partial(int.__le__, count)


async def main(users: int, path: Path, folder: Path) -> None:
    today = datetime.now(UTC).date()
    boards = [board_on(today, "time", period) for period in PERIODS]
    with report.embedded_in(folder, valkey_maxmemory_bytes=VALKEY_BYTES) as embedded:
        began = time.perf_counter()
        await fill_postgres(embedded.database_url, users, boards)
        print(f"Postgres has them after {time.perf_counter() - began:.0f} s")
        urls = embedded.database_url, embedded.redis_url
        async with services_on(*urls) as (services, redis):
            rows = await measure(services, redis, users, boards)
    print(table(rows))
    report.write_report(path, users=users, rows=rows)


def run() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boards", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, default=report.results_of("boards"))
    parser.add_argument("--dir", type=Path, default=None, help="where the databases go meanwhile")
    arguments = parser.parse_args()
    with report.folder_for("boards", arguments.dir) as folder:
        report.run(main(arguments.users, arguments.json, folder))


if __name__ == "__main__":
    run()
