"""What the use cases work with: one object that the process makes and hands in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

from handlers.actions.board_live import NoLiveBoards, TellsBoards
from handlers.actions.board_shelf import Shelf
from handlers.actions.cached import Cache
from handlers.actions.clock import Clock
from handlers.actions.committer import Committer
from handlers.actions.identity import Revoked, Tokens
from handlers.actions.images import Images
from handlers.actions.known_tokens import KnownTokens
from handlers.actions.limits import Limits
from handlers.actions.oidc_provider import Provider
from handlers.actions.passwords import Passwords
from handlers.actions.presence import NoPictures, Pictures
from handlers.actions.retention import Retention
from handlers.actions.together import Together
from handlers.actions.tries import SecretTries
from rooms.rules.boards import Counts
from rooms.rules.streaks import STREAK_MIN_SECONDS
from storage.arrivals import Arrival
from storage.channels import ChannelEvent
from storage.database import Pool
from storage.hints import Ephemeral
from storage.media import Media, NoMedia
from storage.replica import History


class Announce(Protocol):
    """Takes committed events: to the listeners of this instance, and to the others."""

    def __call__(self, events: Sequence[ChannelEvent]) -> None: ...


class Whisper(Protocol):
    """Takes an event that is in no log, to whoever listens now, here and on other instances."""

    def __call__(self, event: Ephemeral) -> None: ...


@dataclass(frozen=True, slots=True)
class Terms:
    """The long times of the rules, in one place; a test process may shorten them."""

    access_token: timedelta = timedelta(minutes=15)
    token_grace: timedelta = timedelta(seconds=60)
    login: timedelta = timedelta(days=60)
    reset_link: timedelta = timedelta(hours=1)
    email_link: timedelta = timedelta(days=1)
    command_memory: timedelta = timedelta(hours=48)
    revocation_check: timedelta = timedelta(seconds=1)
    position_check: timedelta = timedelta(seconds=1.5)
    ping: timedelta = timedelta(seconds=25)
    pong: timedelta = timedelta(seconds=20)
    beat: timedelta = timedelta(seconds=12)
    settle: timedelta = timedelta(milliseconds=500)
    housekeeping: timedelta = timedelta(minutes=5)
    presence_lease: timedelta = timedelta(seconds=13)
    presence_renewal: timedelta = timedelta(seconds=5)
    presence_grace: timedelta = timedelta(seconds=10)
    presence_tick: timedelta = timedelta(seconds=1)
    board_tick: timedelta = timedelta(seconds=1)
    # Nobody waits longer for Redis to judge a limit: a local one does.
    limit_answer: timedelta = timedelta(milliseconds=50)
    clock_check: timedelta = timedelta(seconds=5)
    room_sweep: timedelta = timedelta(seconds=1)
    room_idle: timedelta = timedelta(hours=4)
    room_grace: timedelta = timedelta(seconds=60)
    rejoin: timedelta = timedelta(seconds=30)
    heartbeat: timedelta = timedelta(seconds=1)
    departures: timedelta = timedelta(milliseconds=500)
    instance_dead: timedelta = timedelta(seconds=15)
    credit: timedelta = timedelta(seconds=1)
    job_poll: timedelta = timedelta(seconds=1)
    job_heartbeat: timedelta = timedelta(seconds=10)
    job_backoff: timedelta = timedelta(seconds=5)
    job_longest: timedelta = timedelta(seconds=60)
    job_stop: timedelta = timedelta(seconds=6)
    job_schedule: timedelta = timedelta(minutes=15)
    webhook_tick: timedelta = timedelta(seconds=1)
    webhook_backoff: timedelta = timedelta(seconds=10)
    webhook_timeout: timedelta = timedelta(seconds=10)
    webhook_patience: timedelta = timedelta(days=3)
    webhook_overlap: timedelta = timedelta(hours=24)
    forgotten_after: timedelta = timedelta(hours=12)
    unseen_after: timedelta = timedelta(hours=2)
    forgotten_check: timedelta = timedelta(minutes=1)
    seen_every: timedelta = timedelta(minutes=1)
    # After a start or an outage so long nobody is missed: they may be on their way back.
    return_within: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Earning:
    """What the operator has set of boards and streaks [C3, S1]."""

    counts: Counts = "all"
    streak_min_s: int = STREAK_MIN_SECONDS


@dataclass(frozen=True, slots=True)
class About:
    """Which version serves, and since when."""

    version: str = ""
    started_at: datetime = field(default_factory=partial(datetime.now, UTC))


def _nobody() -> None:
    """Nobody works on jobs in this process."""


@dataclass(slots=True)
class Services:
    """Everything that a use case may touch. `announce` is called after a commit, never before, and
    so is `wake_jobs`; `whisper` for what no commit is needed. `verified_only`: only who has
    confirmed their address may sign in (EMAIL_VERIFICATION). `limits_on`: RATE_LIMITS."""

    db: Pool
    history: History
    epoch: str
    timers: Committer
    arrivals: Together[int, Arrival]
    announce: Announce
    whisper: Whisper
    passwords: Passwords
    tokens: Tokens
    revoked: Revoked
    api_tokens: KnownTokens
    terms: Terms
    hidden_by_default: bool = False
    earning: Earning = field(default_factory=Earning)
    clock: Clock = field(default_factory=Clock)
    presence: Pictures = field(default_factory=NoPictures)
    boards: Shelf = field(default_factory=Shelf)
    live_boards: TellsBoards = field(default_factory=NoLiveBoards)
    media: Media = field(default_factory=NoMedia)
    images: Images = field(default_factory=Images)
    about: About = field(default_factory=About)
    oidc: Provider | None = None
    retention: Retention = field(default_factory=Retention)
    wake_jobs: Callable[[], None] = _nobody
    allow_private: bool = False
    verified_only: bool = False
    limits_on: bool = False
    cache: Cache = field(default_factory=Cache)
    limits: Limits = field(default_factory=partial(Limits, on=False))
    tries: SecretTries = field(default_factory=partial(SecretTries, on=False))
