"""What leaderboards cost: `python -m benchmarks.boards [--users 1000000] [--json PATH]`.

So many users have a score on each of the four boards of everybody by time. One instance's code,
in one process, on one Postgres and one Valkey, reads and writes them, and fills them anew after a
flush while it goes on reading a board that is there. `--users 100000` is the quick form.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import uvloop

from benchmarks.cases import percentile
from handlers.actions.board_shelf import Shelf
from handlers.actions.boards import Asked, read_mine
from handlers.actions.committer import Committer
from handlers.actions.identity import Principal, Revoked, Tokens
from handlers.actions.passwords import Passwords
from handlers.actions.services import Services, Terms
from handlers.actions.timers import decide_batch
from handlers.actions.together import Together
from handlers.jobs.boards import fill_board
from rooms.boards import Board, board_on, ms_of
from rooms.rules.boards import PERIODS
from rooms.rules.periods import DayRule
from storage import board_rows
from storage.arrivals import read_arrivals
from storage.board_rows import Guarded
from storage.boards import BoardBook, BoardsAway
from storage.cache import connect_redis
from storage.channels import read_epoch
from storage.database import acquired, connect_pool
from storage.embedded import Embedded
from storage.migrations import migrate

RESULTS = Path(__file__).parent / "results" / "boards.json"
CALLS = 3000
VALKEY_BYTES = 4 * 2**30
Rows = list[tuple[str, str, float | str]]

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
        date_trunc('second', now()) - random() * 86400 * interval '1 second'
    from generate_series(1, {users}) n;
    update board_scores set reached_at = date_trunc('milliseconds', reached_at)
    where period = '{period}';
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
async def services_on(embedded: Embedded) -> AsyncIterator[tuple[Services, Any]]:
    """As much of an instance as boards need."""
    db = await connect_pool(embedded.database_url)
    redis = connect_redis(embedded.redis_url)
    terms = Terms()
    revoked = Revoked(terms.access_token)
    services = Services(
        db=db,
        epoch=await read_epoch(db),
        timers=Committer(db, decide_batch, lambda events: None),
        arrivals=Together(partial(read_arrivals, db)),
        announce=lambda events: None,
        whisper=lambda event: None,
        passwords=Passwords(),
        tokens=Tokens("x" * 40, terms.access_token, revoked),
        revoked=revoked,
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
        with suppress(BoardsAway):
            await call()
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


def spread(name: str, took: list[float]) -> Rows:
    return [
        (name, "p50, ms", percentile(took, 0.5) * 1e3),
        (name, "p99, ms", percentile(took, 0.99) * 1e3),
    ]


async def measure(services: Services, redis: Any, users: int, boards: list[Board]) -> Rows:
    rows: Rows = []
    before = (await redis.info("memory"))["used_memory"]
    took = 0.0
    for board in boards:
        began = time.perf_counter()
        await fill(services, board)
        took += time.perf_counter() - began
    rows.append(("filling a board, nothing else going on", "s", took / len(boards)))
    used = (await redis.info("memory"))["used_memory"] - before
    rows.append((f"memory of {len(boards)} boards", "MiB", used / 2**20))
    rows.append(("memory of a row", "bytes", used / users / len(boards)))
    dice, week = random.Random(1), boards[1]
    book = services.boards.book

    async def me(around: int) -> None:
        mine = await book.read_mine(week, dice.randint(1, users), around)
        assert mine is not None
        assert mine.total == users

    async def use_case() -> None:
        who = Principal(dice.randint(1, users), 1, "user", datetime.now(UTC) + timedelta(days=1))
        await read_mine(services, who, Asked("week", "global", "time"), 5)

    async def write() -> None:
        user, version = dice.randint(1, users), time.time_ns() // 1000
        score = Guarded(user, version, dice.randint(1, 400_000), ms_of(datetime.now(UTC)))
        await book.write({board: [score] for board in boards})

    async def top() -> None:
        assert await book.read_page(week, None, 50) is not None

    async def in_postgres() -> None:
        async with acquired(services.db) as connection:
            await board_rows.read_mine(connection, week, dice.randint(1, users), 5)

    enough = partial(int.__le__, CALLS)
    await latencies(partial(me, 5), partial(int.__le__, 300))
    rows += spread("a user's scores on all boards, written", await latencies(write, enough))
    rows += spread("rank of me", await latencies(partial(me, 0), enough))
    calm = await latencies(partial(me, 5), enough)
    rows += spread("around me", calm)
    rows += spread("around me, with names, as REST answers it", await latencies(use_case, enough))
    rows += spread("first 50 of the board", await latencies(top, enough))
    rows += spread("around me from Postgres", await latencies(in_postgres, partial(int.__le__, 30)))

    all_time = boards[3]
    names = [key async for key in redis.scan_iter("*all:*", count=1000)]
    await redis.unlink(*names)
    began = time.perf_counter()
    filling = asyncio.create_task(fill(services, all_time))
    busy = await latencies(partial(me, 5), lambda _count: filling.done())
    rows.append(
        ("filling a board after a flush, while others are read", "s", time.perf_counter() - began)
    )
    filling.result()
    rows += spread("around me meanwhile", busy)
    rows.append(
        (
            "around me meanwhile",
            "p99 to that before",
            percentile(busy, 0.99) / percentile(calm, 0.99),
        )
    )
    return rows


def table(rows: Rows) -> str:
    lines = ["| what | figure | |", "|---|---|---:|"]
    lines += [f"| {name} | {unit} | {value:,.2f} |" for name, unit, value in rows]
    return "\n".join(lines)


async def main(users: int, path: Path, folder: Path) -> None:
    today = datetime.now(UTC).date()
    boards = [board_on(today, "time", period) for period in PERIODS]
    embedded = Embedded(folder, valkey_maxmemory_bytes=VALKEY_BYTES)
    embedded.start()
    try:
        began = time.perf_counter()
        await fill_postgres(embedded.database_url, users, boards)
        print(f"Postgres has them after {time.perf_counter() - began:.0f} s")
        async with services_on(embedded) as (services, redis):
            rows = await measure(services, redis, users, boards)
    finally:
        embedded.stop()
    print(table(rows))
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[1],
        "system": platform.platform(),
        "python": platform.python_version(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine, "users": users, "rows": rows}, indent=1) + "\n")


def run() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.boards", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path, default=RESULTS)
    parser.add_argument("--dir", type=Path, default=None, help="where the databases go meanwhile")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="boards-", dir=arguments.dir))
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(arguments.users, arguments.json, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run()
