"""What goes by mail: a forgotten password, a confirmed or another address."""

from handlers.actions import mail_links
from handlers.http.api import Api
from handlers.http.call import Call
from handlers.messages.common import Nothing
from handlers.messages.mail_links import EmailChange, EmailConfirmation, NewPassword, ResetAsked

api = Api()
_TAG = "Accounts"


@api.call(
    "POST", "/auth/password-reset", tag=_TAG, access="anyone", body=ResetAsked, answer=Nothing,
    status=202, limit="mail",
)  # fmt: skip
async def ask_reset(call: Call, body: ResetAsked) -> Nothing:
    """Have a link to set a new password sent; answered the same whether there is an account."""
    await mail_links.ask_reset(call.services, body)
    return Nothing()


@api.call(
    "POST", "/auth/password-reset/confirm", tag=_TAG, access="anyone", body=NewPassword,
    status=204,
)  # fmt: skip
async def confirm_reset(call: Call, body: NewPassword) -> None:
    """Set a new password by a link; all logins and API tokens end."""
    await mail_links.confirm_reset(call.services, body)


@api.call(
    "POST", "/auth/verify-email", tag=_TAG, access="anyone", body=EmailConfirmation, status=204,
    errors=("email_taken",),
)  # fmt: skip
async def confirm_email(call: Call, body: EmailConfirmation) -> None:
    """Confirm an address by a link; a new address is used from then on."""
    await mail_links.confirm_email(call.services, body.token)


@api.call("POST", "/auth/verify-email/resend", tag=_TAG, answer=Nothing, status=202, limit="mail")
async def resend_verification(call: Call) -> Nothing:
    """Have the link sent again; once a minute, and not where the address is confirmed."""
    await mail_links.resend_verification(call.services, call.user)
    return Nothing()


@api.call(
    "POST", "/users/me/email", tag=_TAG, body=EmailChange, answer=Nothing, status=202,
    limit="mail", errors=("invalid_credentials",),
)  # fmt: skip
async def change_email(call: Call, body: EmailChange) -> Nothing:
    """Have a link sent to a new address, which is used once that is opened."""
    await mail_links.change_email(call.services, call.user, body)
    return Nothing()
