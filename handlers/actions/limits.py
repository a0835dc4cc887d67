"""Who may do how much: by user and by address in Redis, and in this process while it is away."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

import structlog

from handlers.actions.places import place_of
from rooms.errors import RateLimited
from rooms.rules.limits import (
    RATES,
    SECOND_US,
    Buckets,
    Charge,
    Check,
    Decision,
    Rate,
    Verdict,
    verdict_of,
)
from storage.limits import LimitBook, LimitsAway

# Each kind has a rate by user, by address or by both, under its name in RATES.
CallKind = Literal["read", "write", "costly", "invite", "sign_in", "mail"]
_MOST_AT_ONCE = 200

log = structlog.get_logger(__name__)


class Exceeded(RateLimited):
    """Refused by a bucket; `verdict` says how the caller stands with it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(retry_after_s=round(verdict.wait_us / SECOND_US, 3))
        self.verdict = verdict


class Limits:
    """The rates of calls. One call to Redis judges whatever was asked while the last one was under
    way; without it each process judges by what it has seen itself. `on=False` lifts everything."""

    def __init__(
        self,
        book: LimitBook | None = None,
        rates: Mapping[str, Rate] = RATES,
        *,
        on: bool = True,
    ) -> None:
        self._book = book
        self.rates = {**RATES, **rates}
        self.on = on
        self._here = Buckets()
        self._waiting: list[tuple[Check, asyncio.Future[Decision]]] = []
        self._task: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Before the first caller comes; without Redis it is as well."""
        if self._book is not None:
            with suppress(LimitsAway):
                await self._book.prepare()

    async def take(self, kind: CallKind, user_id: int | None, address: str) -> Verdict | None:
        """Count a call, and say how its caller stands; None where nothing is counted.

        Raises Exceeded; nothing has been counted then.
        """
        charges = self._charges(kind, user_id, address) if self.on else ()
        return await self._take(Check(charges)) if charges else None

    async def settle_events(self, spent: Mapping[int, int]) -> dict[int, float]:
        """Add what users have spent on live events here to what they spent elsewhere; answers how
        many seconds those must pause who have spent too much in all."""
        rate = self.rates["events"]
        checks = {
            user_id: Check((Charge("events", f"u{user_id}", rate, cost),), owed=True)
            for user_id, cost in spent.items()
        }
        pauses = {}
        for (user_id, check), decision in zip(
            checks.items(), await self._decide(list(checks.values())), strict=True
        ):
            owes = decision.spent_until[0] - decision.now - check.charges[0].rate.depth_us
            if owes > 0:
                pauses[user_id] = owes / SECOND_US
        return pauses

    def _charges(self, kind: CallKind, user_id: int | None, address: str) -> tuple[Charge, ...]:
        owners = [(f"{kind}.address", place_of(address))]
        if user_id is not None:
            owners.insert(0, (kind, f"u{user_id}"))
        return tuple(
            Charge(name, owner, self.rates[name]) for name, owner in owners if name in self.rates
        )

    async def _take(self, check: Check) -> Verdict:
        decision = await self._judge(check)
        verdict = verdict_of(check, decision)
        if not decision.allowed:
            raise Exceeded(verdict)
        return verdict

    async def _judge(self, check: Check) -> Decision:
        answer: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        self._waiting.append((check, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._judge_all(), name="limits")
        return await answer

    async def _judge_all(self) -> None:
        try:
            while self._waiting:
                some = self._waiting[:_MOST_AT_ONCE]
                del self._waiting[:_MOST_AT_ONCE]
                decisions = await self._decide([check for check, _ in some])
                for (_, answer), decision in zip(some, decisions, strict=True):
                    if not answer.done():
                        answer.set_result(decision)
        finally:
            self._task = None

    async def _decide(self, checks: Sequence[Check]) -> list[Decision]:
        if self._book is not None and checks:
            try:
                return await self._book.spend(checks)
            except LimitsAway:
                pass
            except Exception:
                # Who waits must be answered, whatever Redis said.
                log.exception("limits could not be judged in Redis")
        now = time.monotonic_ns() // 1000
        return [self._here.spend(check, now) for check in checks]
