"""What is written to people about their accounts. Links lead to the page; their secret stands
behind a `#`, which browsers send to nobody."""

from typing import Literal

from rooms.rules.languages import Language
from rooms.rules.notices import Notice
from rooms.rules.texts import text

LinkKind = Literal["reset", "verify", "change"]
_PATHS: dict[LinkKind, str] = {"reset": "/reset", "verify": "/verify", "change": "/verify"}
NEWS_KINDS = frozenset({
    "password_changed", "password_reset", "email_asked", "email_changed", "totp_on", "totp_off",
    "recovery_codes", "recovery_code_used", "identity_linked",
})  # fmt: skip


def link_letter(kind: LinkKind, secret: str, language: Language | None = None) -> Notice:
    """A link that sets a password, or confirms an address."""
    title, body = text(language, f"{kind}.title"), text(language, f"{kind}.body")
    return Notice(title, body, f"{_PATHS[kind]}#{secret}")


def news_letter(kind: str, detail: str, language: Language | None = None) -> Notice:
    """What has happened to an account, told to whoever owns it in case that it was not them."""
    title, body = text(language, f"{kind}.title"), text(language, f"{kind}.body", detail=detail)
    return Notice(title, f"{body}\n\n{text(language, 'news.warning')}", "/settings")
