"""Mails: how they are written, and how they are handed to an SMTP server."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from rooms.rules.languages import DEFAULT, Language
from rooms.rules.notices import Notice
from rooms.rules.texts import text

log = structlog.get_logger(__name__)
_TIMEOUT_S = 15.0
_PORTS = {"smtp": 587, "smtps": 465}


class Refused(Exception):
    """The server will not have this mail, now or later."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """An SMTP server. Its `password` never goes out in the clear, except to this machine."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    @property
    def starttls(self) -> bool | None:
        """Whether to begin TLS: True must, None may if it is offered."""
        if self.tls or _is_here(self.host):
            return False
        return True if self.password is not None else None


def parse_smtp(url: str) -> SmtpServer:
    """Take `smtp://user:password@host:587` or `smtps://…` apart. Raises ValueError, without it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme not in _PORTS or not host or parts.path not in ("", "/") or parts.query:
        raise ValueError("must be like smtp://user:password@host:587 or smtps://host")
    return SmtpServer(
        host,
        port or _PORTS[parts.scheme],
        parts.scheme == "smtps",
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail: to whom, what, and by which name it is known wherever it comes twice.

    `chosen` says whether getting such mails is its reader's choice.
    """

    to: str
    greeting: str
    notice: Notice
    page: str
    name: str
    at: datetime
    chosen: bool = True
    language: Language | None = None


class Mailer:
    """Sends letters; without a server it only says so in the log.

    `logs_text` has the log tell what they say as well. That may be a link that is as good as a
    password, so it is for development only.
    """

    def __init__(self, server: SmtpServer | None, sender: str, *, logs_text: bool = False) -> None:
        self._server = server
        self._logs_text = logs_text
        self._sender = sender
        self._domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"

    async def send(self, letter: Letter) -> None:
        """Hand a letter to the server. Raises Refused, or what another attempt may mend."""
        message = self.write(letter)
        server = self._server
        if server is None:
            said = {"text": _plain(letter)} if self._logs_text else {}
            subject = letter.notice.title
            log.info("no mail is sent, SMTP_URL is unset", to=letter.to, subject=subject, **said)
            return
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=server.starttls,
                local_hostname=self._domain,
                timeout=_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if all(code >= 500 for code in codes):
                raise Refused(f"the recipient is refused: {codes[0]}") from None
            raise
        except aiosmtplib.SMTPDataError as error:
            if error.code >= 500:
                raise Refused(f"the message is refused: {error.code}") from None
            raise

    def write(self, letter: Letter) -> EmailMessage:
        """The message as it goes out. Raises Refused for an address that cannot be written to."""
        message = EmailMessage()
        try:
            message["To"] = letter.to
            message["From"] = self._sender
            message["Subject"] = letter.notice.title
        except ValueError:
            raise Refused("the address cannot be written") from None
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{letter.name}@{self._domain}>"
        if letter.chosen:
            message["List-Unsubscribe"] = f"<{_settings(letter)}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_plain(letter))
        message.add_alternative(_html(letter), subtype="html")
        return message


def _settings(letter: Letter) -> str:
    return f"{letter.page}/settings#notifications"


def _plain(letter: Letter) -> str:
    language = letter.language
    choice = text(language, "mail.choice", where=_settings(letter))
    return (
        f"{text(language, 'mail.hello', name=letter.greeting)}\n\n{letter.notice.title}\n\n"
        f"{letter.notice.body}\n\n{letter.page}{letter.notice.path}\n\n-- \n"
        f"{choice if letter.chosen else text(language, 'mail.account')}\n"
    )


def _html(letter: Letter) -> str:
    notice, language = letter.notice, letter.language
    hello = escape(text(language, "mail.hello", name=letter.greeting))
    body = "<br>\n".join(escape(line) for line in notice.body.split("\n"))
    link = escape(letter.page + notice.path, quote=True)
    settings = escape(_settings(letter), quote=True)
    choice = (
        f'<a href="{settings}">{text(language, "mail.choice.link")}</a>'
        f" {text(language, 'mail.choice.rest')}"
    )
    return (
        f'<!doctype html>\n<html lang="{language or DEFAULT}"><body>\n<p>{hello}</p>\n'
        f"<h1>{escape(notice.title)}</h1>\n<p>{body}</p>\n"
        f'<p><a href="{link}">{text(language, "mail.open")}</a></p>\n'
        f"<p><small>{choice if letter.chosen else text(language, 'mail.account')}</small></p>\n"
        "</body></html>\n"
    )
