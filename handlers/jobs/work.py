"""What jobs are: their kinds, what they work with, and what becomes of one that fails.

A job is done at least once. What it has done outside of the database is kept by a key in
`job_effects`, and what it does inside has keys of its own, so that a second time does nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

import msgspec

from handlers.actions.services import Services
from handlers.jobs.mail import Mailer
from handlers.jobs.outside import Outside

T = TypeVar("T")

# Together some six hours, at 5 s for the first pause.
MOST_ATTEMPTS = 16
_LONGEST_PAUSE = timedelta(hours=1)


class Hopeless(Exception):
    """No further attempt will help; the job is a dead letter."""


@dataclass(frozen=True, slots=True)
class Work:
    """What jobs work with. `page` is the address that people use, without a slash at the end;
    `contact` the one that push services may write to: mailto: or https:."""

    services: Services
    mailer: Mailer
    outside: Outside
    page: str
    contact: str


class Job(Protocol):
    """Does a job, from its payload."""

    def __call__(self, work: Work, payload: bytes) -> Awaitable[None]: ...


Periodic = Callable[[Work], Awaitable[None]]


def pause_after(attempts: int, first: timedelta) -> timedelta | None:
    """How long a job waits that has failed so many times before this one; None: it is dead."""
    if attempts + 1 >= MOST_ATTEMPTS:
        return None
    pause: timedelta = first * 2**attempts
    return min(pause, _LONGEST_PAUSE)


def read_payload(payload: bytes, shape: type[T]) -> T:
    """What a job is about. Raises Hopeless for what cannot be read."""
    try:
        return msgspec.json.decode(payload, type=shape)
    except msgspec.DecodeError as error:
        raise Hopeless("its payload cannot be read") from error
