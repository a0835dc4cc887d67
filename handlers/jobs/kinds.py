"""All kinds of jobs, and what is done again and again."""

from datetime import timedelta

from handlers.actions.deletion import ERASE
from handlers.actions.deliveries import SEND, SEND_AGAIN
from handlers.actions.mail_links import LINK, NEWS
from handlers.actions.notifications import MAIL, PUSH
from handlers.actions.pictures import UNUSED
from handlers.jobs.account_mail import send_link, send_news
from handlers.jobs.digest import ask_for_digests, send_digest
from handlers.jobs.erasure import erase, resume_erasures
from handlers.jobs.pictures import remove_picture
from handlers.jobs.projects import tell_followers
from handlers.jobs.retention import let_go
from handlers.jobs.tell import send_mail, send_push
from handlers.jobs.webhooks import forget_deliveries, send_due
from handlers.jobs.work import Job, Periodic, Work
from rooms.rules.notices import DIGEST
from storage.jobs import forget_jobs

KINDS: dict[str, Job] = {
    MAIL: send_mail,
    PUSH: send_push,
    LINK: send_link,
    NEWS: send_news,
    DIGEST: send_digest,
    "project_created": tell_followers,
    SEND: send_due,
    SEND_AGAIN: send_due,
    ERASE: erase,
    UNUSED: remove_picture,
}
# How many of a kind run at once, on all workers together; the others are not limited. What waits
# for strangers must leave room for the rest.
AT_ONCE: dict[str, int] = {SEND: 8, SEND_AGAIN: 4}


async def forget(work: Work) -> None:
    """Let go of what is old."""
    await forget_jobs(work.services.db, work.services.clock.now())


PERIODIC: dict[str, Periodic] = {
    "digests": ask_for_digests,
    "forgetting": forget,
    "deliveries": forget_deliveries,
    "erasures": resume_erasures,
    "retention": let_go,
}


def cron_of(every: timedelta) -> str:
    """Whole minutes, or seconds below them, as cron says it (with seconds in the last place)."""
    seconds = int(every.total_seconds())
    if seconds < 60:
        return f"* * * * * */{max(1, seconds)}"
    return f"*/{min(seconds // 60, 59)} * * * *"
