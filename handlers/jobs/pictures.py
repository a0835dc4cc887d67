"""The job that removes pictures to which nothing refers any more."""

from handlers.actions.pictures import Unused, remove_unused
from handlers.jobs.work import Work, read_payload


async def remove_picture(work: Work, payload: bytes) -> None:
    """Remove a picture, unless its owner shows it."""
    await remove_unused(work.services, read_payload(payload, Unused))
