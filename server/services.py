"""What use cases and jobs work with, made from the settings, for a process that serves or not."""

from collections.abc import Callable, Sequence
from email.utils import parseaddr
from functools import partial

import redis.asyncio as aioredis

from handlers.actions.board_shelf import Shelf
from handlers.actions.cached import Cache
from handlers.actions.committer import Committer
from handlers.actions.identity import Revoked, Tokens
from handlers.actions.known_tokens import KnownTokens
from handlers.actions.limits import Limits
from handlers.actions.oidc_provider import OidcConfig, Provider
from handlers.actions.passwords import Passwords
from handlers.actions.services import About, Announce, Earning, Services, Whisper
from handlers.actions.timers import decide_batch
from handlers.actions.together import Together
from handlers.actions.tries import SecretTries
from handlers.http.oidc_client import OidcClient
from handlers.jobs.mail import Mailer, parse_smtp
from handlers.jobs.outside import Outside
from handlers.jobs.work import Work
from rooms.rules.periods import DayRule
from server.job_queue import JobQueue
from server.settings import Settings
from server.site import VERSION
from storage.arrivals import read_arrivals
from storage.boards import BoardBook
from storage.cached import CacheBook
from storage.channels import ChannelEvent
from storage.database import Pool
from storage.hints import Ephemeral
from storage.limits import LimitBook
from storage.media import Cloudinary, Media, ObjectMedia
from storage.replica import History

_NOBODY = "FocusHub <focushub@localhost>"


def make_services(
    settings: Settings,
    db: Pool,
    redis: "aioredis.Redis",
    epoch: str,
    jwt_secret: str,
    announce: Announce,
    whisper: Whisper,
) -> Services:
    """The services of a process; nothing of them has been started."""
    terms = settings.terms
    revoked = Revoked(terms.access_token)
    tokens = Tokens(jwt_secret, terms.access_token, revoked, settings.jwt_secret_previous)
    limit_book = LimitBook(redis, epoch, terms.limit_answer.total_seconds())
    limited = settings.rate_limits == "on"
    return Services(
        db=db,
        history=History(db),
        epoch=epoch,
        timers=Committer(db, decide_batch, announce),
        arrivals=Together(partial(read_arrivals, db)),
        announce=announce,
        whisper=whisper,
        passwords=Passwords(),
        tokens=tokens,
        revoked=revoked,
        api_tokens=KnownTokens(db, revoked),
        terms=terms,
        hidden_by_default=settings.leaderboard_opt_in,
        earning=Earning(settings.leaderboard_counts, settings.streak_min_seconds),
        boards=Shelf(
            BoardBook(redis, epoch, DayRule(settings.board_timezone)), settings.board_timezone
        ),
        allow_private=settings.webhook_allow_private,
        about=About(VERSION),
        oidc=_provider(settings),
        retention=settings.retention,
        verified_only=settings.email_verification == "required",
        limits_on=limited,
        cache=Cache(CacheBook(redis, epoch)),
        limits=Limits(limit_book, settings.rates, on=limited),
        tries=SecretTries(limit_book, tokens.seal, on=limited),
        media=_media_of(settings),
    )


def _media_of(settings: Settings) -> Media:
    """Where pictures are kept."""
    if settings.cloudinary_cloud_name is not None:
        return Cloudinary(
            settings.cloudinary_cloud_name,
            settings.cloudinary_api_key or "",
            settings.cloudinary_api_secret or "",
            settings.cloudinary_api_url,
        )
    if settings.s3_bucket is not None:
        return ObjectMedia.in_bucket(
            settings.s3_bucket,
            settings.s3_region,
            settings.s3_access_key_id or "",
            settings.s3_secret_access_key or "",
            settings.s3_endpoint,
        )
    return ObjectMedia.in_folder(settings.data_dir / "media")


def _provider(settings: Settings) -> Provider | None:
    """The OpenID provider, if one is set; nothing is asked of it before somebody signs in."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    config = OidcConfig(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_name,
        settings.oidc_scopes,
        settings.oidc_allow_signup,
    )
    return Provider(config, OidcClient())


def make_queue(settings: Settings, services: Services, outside: Outside) -> JobQueue:
    """The job queue of a process, which whoever commits a job in it wakes from now on."""
    server = settings.smtp_url and parse_smtp(settings.smtp_url)
    sender = settings.smtp_from or _NOBODY
    mailer = Mailer(server or None, sender, logs_text=settings.in_development)
    page = settings.public_url or f"http://localhost:{settings.port}"
    queue = JobQueue(Work(services, mailer, outside, page, contact_of(settings)))
    services.wake_jobs = queue.wake
    return queue


def contact_of(settings: Settings) -> str:
    """Whom push services may write to about what this installation sends."""
    page = settings.public_url or ""
    if settings.smtp_from is None and page.startswith("https://"):
        return page
    return f"mailto:{parseaddr(settings.smtp_from or _NOBODY)[1]}"


def publishing(
    publish: Callable[[Sequence[ChannelEvent | Ephemeral]], None],
) -> tuple[Announce, Whisper]:
    """How a process without listeners tells of its events: to the other ones only."""

    def announce(events: Sequence[ChannelEvent]) -> None:
        publish(events)

    def whisper(event: Ephemeral) -> None:
        publish([event])

    return announce, whisper
