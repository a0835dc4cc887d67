"""One-time codes: turned on and off, asked for at signing in, and what helps who lost the app.

A secret is encrypted under a key made from JWT_SECRET, so the database alone gives no codes. Where
that was changed, apps are of no use any more, and recovery codes still are.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import quote

from handlers.actions.identity import Principal, secret_hash
from handlers.actions.mail_links import tell_by_mail
from handlers.actions.proof import proven, require_unchanged
from handlers.actions.sealing import Sealer
from handlers.actions.services import Services
from handlers.actions.unit import Unit, unit_of_work
from handlers.messages.common import Nothing
from handlers.messages.totp import (
    RecoveryCodes,
    TotpBegin,
    TotpConfirm,
    TotpProof,
    TotpSecret,
    TotpState,
)
from rooms.errors import (
    Conflict,
    DomainError,
    InvalidCode,
    RateLimited,
    TotpRequired,
    Unauthenticated,
)
from rooms.rules.totp import (
    DIGITS,
    SECRET_BYTES,
    STEP_S,
    Attempts,
    matching_step,
    plain,
    recovery_text,
    secret_text,
)
from storage import totp
from storage.database import acquired
from storage.totp import Totp
from storage.users import User, lock_users, read_user

T = TypeVar("T")

RECOVERY_CODES = 10
_RECOVERY_BYTES = 10
_ISSUER = "FocusHub"


async def second_factor(
    services: Services, unit: Unit, user: User, code: str | None
) -> DomainError | None:
    """What is to be answered after the commit instead of signing in; None if nothing is wanting.

    The password was right and the user's row is locked. Wrong codes are counted, so the
    transaction must not be rolled back because of them.
    """
    known = await totp.read_totp(unit.connection, user.id)
    if known is None or known.confirmed_at is None:
        return None
    return TotpRequired() if code is None else await _judge(services, unit, user, known, code)


async def _judge(
    services: Services, unit: Unit, user: User, known: Totp, code: str
) -> DomainError | None:
    now = services.clock.now()
    wait_s = known.attempts.wait_s(now) if services.limits_on else 0.0
    if wait_s > 0:
        return RateLimited("Too many wrong codes. Wait a while.", retry_after_s=round(wait_s, 3))
    secret = _sealer(services).open(known.secret, user.id)
    step = None if secret is None else matching_step(secret, code, now, known.last_step)
    if step is not None:
        await totp.note_attempt(unit.connection, user.id, Attempts(), step)
        return None
    if await totp.use_code(unit.connection, user.id, _hash(code)):
        await totp.note_attempt(unit.connection, user.id, Attempts())
        tell_by_mail(services, unit, user, "recovery_code_used")
        return None
    await totp.note_attempt(unit.connection, user.id, known.attempts.failed(now))
    return InvalidCode()


async def read_state(services: Services, user: Principal) -> TotpState:
    """Whether codes are asked for, and how many recovery codes are left."""
    async with acquired(services.db) as connection:
        known = await totp.read_totp(connection, user.user_id)
        left = await totp.count_codes(connection, user.user_id)
    enabled = known is not None and known.confirmed_at is not None
    return TotpState(enabled=enabled, recovery_codes_left=left)


async def begin(services: Services, user: Principal, request: TotpBegin) -> TotpSecret:
    """Make a secret, which is asked for once `confirm` has seen a code of it.

    Raises InvalidCredentials, or Conflict if codes are on.
    """
    hashed = await proven(services, user.user_id, request.password)
    secret = secrets.token_bytes(SECRET_BYTES)
    async with unit_of_work(services) as unit:
        account, known = await _locked(unit, user)
        await require_unchanged(unit.connection, user.user_id, hashed)
        if known is not None and known.confirmed_at is not None:
            raise Conflict("Codes are asked for already.")
        sealed = _sealer(services).seal(secret, user.user_id)
        await totp.begin_totp(unit.connection, user.user_id, sealed)
    return TotpSecret(secret=secret_text(secret), otpauth_url=_url(secret, account.email))


def _url(secret: bytes, account: str) -> str:
    """What an app reads from a QR code."""
    return (
        f"otpauth://totp/{_ISSUER}:{quote(account, safe='@')}?secret={secret_text(secret)}"
        f"&issuer={_ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )


async def confirm(services: Services, user: Principal, request: TotpConfirm) -> RecoveryCodes:
    """Ask for codes from now on. Raises InvalidCode, or Conflict if there is no new secret."""
    async with unit_of_work(services) as unit:
        account, known = await _locked(unit, user)
        if known is None or known.confirmed_at is not None:
            raise Conflict("There is no new secret to confirm.")
        secret = _sealer(services).open(known.secret, user.user_id)
        now = services.clock.now()
        step = None if secret is None else matching_step(secret, request.code, now, known.last_step)
        if step is None:
            raise InvalidCode
        await totp.confirm_totp(unit.connection, user.user_id)
        await totp.note_attempt(unit.connection, user.user_id, Attempts(), step)
        tell_by_mail(services, unit, account, "totp_on")
        return await _make_codes(unit, user.user_id)


async def disable(services: Services, user: Principal, request: TotpProof) -> None:
    """Ask for codes no more. Raises InvalidCredentials, InvalidCode, RateLimited or Conflict."""

    async def act(unit: Unit, account: User) -> Nothing:
        await totp.remove_totp(unit.connection, account.id)
        tell_by_mail(services, unit, account, "totp_off")
        return Nothing()

    await _with_proof(services, user, request, act)


async def renew_codes(services: Services, user: Principal, request: TotpProof) -> RecoveryCodes:
    """New recovery codes in place of the former ones. Raises as `disable` does."""

    async def act(unit: Unit, account: User) -> RecoveryCodes:
        tell_by_mail(services, unit, account, "recovery_codes")
        return await _make_codes(unit, account.id)

    return await _with_proof(services, user, request, act)


async def _with_proof(
    services: Services,
    user: Principal,
    request: TotpProof,
    act: Callable[[Unit, User], Awaitable[T]],
) -> T:
    """Do it for who has shown the password and a code."""
    hashed = await proven(services, user.user_id, request.password)
    async with unit_of_work(services) as unit:
        account, known = await _locked(unit, user)
        await require_unchanged(unit.connection, account.id, hashed)
        if known is None or known.confirmed_at is None:
            raise Conflict("Codes are not asked for.")
        refusal = await _judge(services, unit, account, known, request.code)
        outcome = refusal or await act(unit, account)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


async def _locked(unit: Unit, user: Principal) -> tuple[User, Totp | None]:
    await lock_users(unit.connection, [user.user_id])
    account = await read_user(unit.connection, user.user_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    return account, await totp.read_totp(unit.connection, user.user_id)


async def _make_codes(unit: Unit, user_id: int) -> RecoveryCodes:
    codes = [recovery_text(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
    await totp.replace_codes(unit.connection, user_id, [_hash(code) for code in codes])
    return RecoveryCodes(recovery_codes=codes)


def _hash(code: str) -> bytes:
    return secret_hash(plain(code))


def _sealer(services: Services) -> Sealer:
    return Sealer(*services.tokens.keys_for("totp"))
