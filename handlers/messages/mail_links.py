"""What is done by a link that comes by mail: a new password, an address that is confirmed."""

from typing import Annotated

from msgspec import Meta

from handlers.messages.accounts import Email, Password, PasswordTried
from handlers.messages.common import Message

LinkToken = Annotated[
    str, Meta(min_length=1, max_length=200, description="what stands behind the # of the link")
]


class ResetAsked(Message, frozen=True, kw_only=True):
    email: Email


class NewPassword(Message, frozen=True, kw_only=True):
    token: LinkToken
    new_password: Password


class EmailConfirmation(Message, frozen=True, kw_only=True):
    token: LinkToken


class EmailChange(Message, frozen=True, kw_only=True):
    """The new address is sent a link, and holds once that is opened."""

    email: Email
    password: PasswordTried
