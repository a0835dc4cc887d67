"""What the use cases work with: one object that the process makes and hands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from handlers.actions.committer import Committer
from handlers.actions.identity import Revoked, Tokens
from handlers.actions.passwords import Passwords
from handlers.actions.together import Together
from storage.arrivals import Arrival
from storage.channels import ChannelEvent
from storage.database import Pool


class Announce(Protocol):
    """Takes committed events: to the listeners of this instance, and to the others."""

    def __call__(self, events: Sequence[ChannelEvent]) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """The long times of the rules, in one place; a test process may shorten them."""

    access_token: timedelta = timedelta(minutes=15)
    token_grace: timedelta = timedelta(seconds=60)
    login: timedelta = timedelta(days=60)
    command_memory: timedelta = timedelta(hours=48)
    revocation_check: timedelta = timedelta(seconds=1)
    position_check: timedelta = timedelta(seconds=1.5)
    ping: timedelta = timedelta(seconds=25)
    pong: timedelta = timedelta(seconds=20)
    beat: timedelta = timedelta(seconds=12)
    settle: timedelta = timedelta(milliseconds=500)
    housekeeping: timedelta = timedelta(minutes=5)


@dataclass(slots=True)
class Services:
    """Everything that a use case may touch. `announce` is called after a commit, never before."""

    db: Pool
    epoch: str
    timers: Committer
    arrivals: Together[int, Arrival]
    announce: Announce
    passwords: Passwords
    tokens: Tokens
    revoked: Revoked
    terms: Terms
    hidden_by_default: bool = False
