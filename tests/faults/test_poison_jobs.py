"""A job that ends the process it runs in: tried again like one that fails, and then no more."""

import asyncio
import sys
from pathlib import Path

from handlers.jobs.work import MOST_ATTEMPTS
from tests.faults.report import LONG, note
from tests.support.product import ROOT, environment
from tests.support.queues import Shop, shop

PATIENCE_S = 120
# The quick form begins when the job has been tried most of its times already.
BEFORE = 0 if LONG else MOST_ATTEMPTS - 3


async def test_a_job_that_kills_its_process_becomes_a_dead_letter(
    database: str, folder: Path
) -> None:
    """Its attempts are counted over the deaths; what waits beside it is done all the same."""
    done = folder / "done"
    done.touch()
    ended = 0
    async with shop(database, running=False) as here:
        await here.enqueue("poison", 1, "p")
        await here.sql.execute("update pgqueuer set attempts = $1", BEFORE)
        async with asyncio.timeout(PATIENCE_S):
            while await _work_until_it_dies(here, database, done):
                ended += 1
                await here.enqueue("note", ended, f"n{ended}")
        assert await here.rows() == [("poison", "failed", MOST_ATTEMPTS)]
    # Perhaps more than once: what was done right before a death may not be noted yet.
    assert set(map(int, done.read_text().split())) == set(range(1, ended + 1))
    note("jobs", "processes ended by a job that kills its own", ended + BEFORE, most=MOST_ATTEMPTS)


async def _work_until_it_dies(here: Shop, url: str, done: Path) -> bool:
    """Whether it died, and did not come to rest with one dead letter and all else done."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.poison", url, str(done),
        cwd=ROOT, env=environment(), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    dying = asyncio.create_task(process.wait())
    try:
        while not dying.done():
            if [row[1] for row in await here.rows()] == ["failed"]:
                return False
            await asyncio.wait({dying}, timeout=0.05)
    finally:
        if process.returncode is None:
            process.kill()
        await dying
    return True
