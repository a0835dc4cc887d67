"""/api/auth/totp: one-time codes at signing in."""

from handlers.actions import totp
from handlers.http.api import Api
from handlers.http.call import Call, Reply
from handlers.messages.totp import (
    RecoveryCodes,
    TotpBegin,
    TotpConfirm,
    TotpProof,
    TotpSecret,
    TotpState,
)

api = Api()
_TAG = "Accounts"
_NO_STORE = {"Cache-Control": "no-store"}
_PROOF = ("invalid_credentials", "invalid_code", "conflict")


@api.call("GET", "/auth/totp", tag=_TAG, answer=TotpState)
async def read_totp(call: Call) -> TotpState:
    """Whether signing in asks for codes, and how many recovery codes are left."""
    return await totp.read_state(call.services, call.user)


@api.call(
    "POST", "/auth/totp", tag=_TAG, body=TotpBegin, answer=TotpSecret,
    errors=("invalid_credentials", "conflict"),
)  # fmt: skip
async def begin_totp(call: Call, body: TotpBegin) -> Reply:
    """Make a secret for an authenticator app; nothing is asked for before it is confirmed."""
    return Reply(await totp.begin(call.services, call.user, body), headers=_NO_STORE)


@api.call(
    "POST", "/auth/totp/confirm", tag=_TAG, body=TotpConfirm, answer=RecoveryCodes,
    errors=("invalid_code", "conflict"),
)  # fmt: skip
async def confirm_totp(call: Call, body: TotpConfirm) -> Reply:
    """Ask for codes from now on; the recovery codes are shown this once."""
    return Reply(await totp.confirm(call.services, call.user, body), headers=_NO_STORE)


@api.call("DELETE", "/auth/totp", tag=_TAG, body=TotpProof, status=204, errors=_PROOF)
async def disable_totp(call: Call, body: TotpProof) -> None:
    """Ask for codes no more."""
    await totp.disable(call.services, call.user, body)


@api.call(
    "POST", "/auth/totp/recovery-codes", tag=_TAG, body=TotpProof, answer=RecoveryCodes,
    errors=_PROOF,
)  # fmt: skip
async def renew_recovery_codes(call: Call, body: TotpProof) -> Reply:
    """New recovery codes in place of the former ones, shown this once."""
    return Reply(await totp.renew_codes(call.services, call.user, body), headers=_NO_STORE)
