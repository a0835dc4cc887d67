"""One-time codes at signing in, and the recovery codes for who has lost the app."""

from handlers.messages.accounts import CodeTried, PasswordTried
from handlers.messages.common import Message, View


class TotpBegin(Message, frozen=True, kw_only=True):
    password: PasswordTried


class TotpConfirm(Message, frozen=True, kw_only=True):
    """A code of the new secret shows that the app has it."""

    code: CodeTried


class TotpProof(Message, frozen=True, kw_only=True):
    """Both, since either alone may have been stolen. `code` may be a recovery code."""

    password: PasswordTried
    code: CodeTried


class TotpState(View, frozen=True, kw_only=True):
    enabled: bool
    recovery_codes_left: int


class TotpSecret(View, frozen=True, kw_only=True):
    """`secret` is base32, to type into an app; `otpauth_url` is for a QR code."""

    secret: str
    otpauth_url: str


class RecoveryCodes(View, frozen=True, kw_only=True):
    """Shown this once; each is good for one signing in."""

    recovery_codes: list[str]
