"""Trying secrets, slowed: passwords and codes, at an account and from an address.

What is tried is counted as a failure before it is judged, and forgiven if it was none, so that many
at once gain nothing. Keys are sealed: Redis learns neither e-mails nor addresses from them, and an
account that is not there is counted like one that is.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from handlers.actions.places import place_of
from rooms.errors import DomainError, InvalidCredentials, RateLimited
from rooms.rules.limits import SECOND_US
from rooms.rules.tries import ACCOUNT, ADDRESS, CONFIRM, DEVICE, Patience, Trial, Tries
from storage.limits import LimitBook, LimitsAway

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody who tries to sign in: at which account, from where.

    `login_id` is a login of that account which lives on the same device; `known` says that its
    owner has signed in from that device or address before.
    """

    email: str
    address: str
    login_id: int | None = None
    known: bool = False


class SecretTries:
    """Counts tries in Redis, or in this process while it is away. `on=False` lifts it."""

    def __init__(
        self,
        book: LimitBook | None = None,
        seal: Callable[[str], str] = str,
        *,
        on: bool = True,
    ) -> None:
        self._book = book
        self._seal = seal
        self.on = on
        self._here = Tries()

    @asynccontextmanager
    async def signing_in(self, knock: Knock) -> AsyncIterator[None]:
        """Around a check of what somebody signs in with. Raises RateLimited instead of it.

        Who is known has a count of their own, which nobody else can raise: so guessing from
        elsewhere never locks the owner out.
        """
        account = knock.email.strip().lower()
        device = place_of(knock.address)
        if knock.login_id is not None:
            device = f"login {knock.login_id}"
        trials = [self._trial("device", DEVICE, account, device)]
        if not knock.known:
            trials.append(self._trial("account", ACCOUNT, account))
            trials.append(self._trial("address", ADDRESS, place_of(knock.address)))
        async with self._counted(trials):
            yield

    @asynccontextmanager
    async def confirming(self, user_id: int) -> AsyncIterator[None]:
        """Around a check of the password of somebody who is signed in. Raises RateLimited."""
        async with self._counted([self._trial("confirm", CONFIRM, str(user_id))]):
            yield

    def _trial(self, kind: str, patience: Patience, *parts: str) -> Trial:
        return Trial(
            f"tries:{self._seal('tries' + chr(0) + chr(0).join((kind, *parts)))}", patience
        )

    @asynccontextmanager
    async def _counted(self, trials: Sequence[Trial]) -> AsyncIterator[None]:
        if not self.on:
            yield
            return
        wait = await self._begin(trials)
        if wait:
            raise RateLimited(
                "Too many attempts. Wait a moment.", retry_after_s=round(wait / SECOND_US, 3)
            )
        try:
            yield
        except InvalidCredentials:
            raise
        except DomainError:
            # Something else kept it from being judged. Whoever hangs up early is not forgiven.
            await self._forgive(trials)
            raise
        await self._forgive(trials)

    async def _begin(self, trials: Sequence[Trial]) -> int:
        if self._book is not None:
            try:
                return await self._book.begin(trials)
            except LimitsAway:
                pass
        return self._here.begin(trials, time.monotonic_ns() // 1000)

    async def _forgive(self, trials: Sequence[Trial]) -> None:
        self._here.forgive(trials)
        if self._book is not None:
            try:
                await self._book.forgive(trials)
            except LimitsAway:
                log.warning("a right password could not be noted as such; Redis is away")
