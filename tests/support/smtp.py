"""A real SMTP server in the test's own process: keeps what it is handed, or refuses it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Post:
    """`letters` are those taken; `answers` are said to the next ones in place of taking them."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []
        self.recipient_answers: list[str] = []
        self.users: list[tuple[bytes, bytes]] = []
        self.holding = asyncio.Event()
        self.hold = False
        self.takes_s = 0.0
        self.port = 0
        self._came = asyncio.Event()

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient_answers:
            return self.recipient_answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.holding.set()
        await asyncio.sleep(3600 if self.hold else self.takes_s)
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        made: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append(made)
        self._came.set()
        return "250 OK"

    async def letter(self, number: int = 0) -> EmailMessage:
        """The letter of this number, once it is there."""
        async with asyncio.timeout(15):
            while len(self.letters) <= number:
                self._came.clear()
                await self._came.wait()
        return self.letters[number]

    async def letter_to(self, address: str, subject: str) -> EmailMessage:
        """The latest letter to somebody with this subject, once there is one."""
        async with asyncio.timeout(15):
            while True:
                self._came.clear()
                for letter in reversed(self.letters):
                    if letter["To"] == address and subject in letter["Subject"]:
                        return letter
                await self._came.wait()


@dataclass(frozen=True)
class Certificate:
    """A certificate that vouches for itself, with its key, in a file."""

    path: Path

    @classmethod
    def on(cls, host: str, folder: Path) -> "Certificate":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = folder / "server.pem"
        path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
        return cls(path)

    @property
    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        return context


@asynccontextmanager
async def post_office(
    *, needs_password: bool = False, certificate: Certificate | None = None, tls: bool = False
) -> AsyncIterator[Post]:
    """A server on a port of 127.0.0.1; with a certificate by TLS at once, or by STARTTLS."""
    post = Post()

    def check(server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> Any:
        post.users.append((data.login, data.password))
        return AuthResult(success=data.password == b"geheim")

    def protocol() -> SMTP:
        return SMTP(
            post,
            hostname="post.example",
            authenticator=check if needs_password or certificate else None,
            auth_required=needs_password,
            auth_require_tls=False,
            tls_context=certificate.context if certificate and not tls else None,
        )

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=certificate.context if certificate and tls else None
    )
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
