"""All kinds of jobs, and what is done again and again."""

from datetime import timedelta

from handlers.actions.notifications import MAIL, PUSH
from handlers.jobs.digest import ask_for_digests, send_digest
from handlers.jobs.projects import tell_followers
from handlers.jobs.tell import send_mail, send_push
from handlers.jobs.work import Job, Periodic, Work
from rooms.rules.notices import DIGEST
from storage.jobs import forget_jobs

KINDS: dict[str, Job] = {
    MAIL: send_mail,
    PUSH: send_push,
    DIGEST: send_digest,
    "project_created": tell_followers,
}


async def forget(work: Work) -> None:
    """Let go of what is old."""
    await forget_jobs(work.services.db, work.services.clock.now())


PERIODIC: dict[str, Periodic] = {"digests": ask_for_digests, "forgetting": forget}


def cron_of(every: timedelta) -> str:
    """Whole minutes, or seconds below them, as cron says it (with seconds in the last place)."""
    seconds = int(every.total_seconds())
    if seconds < 60:
        return f"* * * * * */{max(1, seconds)}"
    return f"*/{min(seconds // 60, 59)} * * * *"
