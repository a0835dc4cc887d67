"""A process that works on jobs of which one kind ends the process: `python -m` this, with an
address of a database."""

import asyncio
import json
import os
import sys
from pathlib import Path

from handlers.jobs.work import Work
from tests.support.queues import shop


async def main(url: str, done: Path) -> None:
    """Work until a job of the kind `poison` comes; what others brought is noted."""

    async def die(work: Work, payload: bytes) -> None:
        os._exit(9)

    async def note(work: Work, payload: bytes) -> None:
        with open(done, "a") as file:
            print(json.loads(payload), file=file)

    async with shop(url, kinds={"poison": die, "note": note}, job_backoff=1e-5, job_heartbeat=0.4):
        print("ready at http://127.0.0.1:1", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
