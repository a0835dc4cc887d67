"""A push service on 127.0.0.1, and the browsers that subscribe to it and read what comes."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


@dataclass
class Browser:
    """The receiving side of RFC 8291, written from the document and not from our code."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> dict[str, Any]:
        keys = {"p256dh": encoded(point(self.key.public_key())), "auth": encoded(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """The text of a message. Raises InvalidTag for one that is not for this browser."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        )
        info = b"WebPush: info\x00" + point(self.key.public_key()) + theirs
        secret = _hkdf(shared, self.auth, info, 32)
        key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(secret, salt, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert padded[-1:] == b"\x02", "the last record"
        return padded[:-1]


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


@dataclass
class Arrived:
    path: str
    headers: dict[str, str]
    body: bytes

    def claims(self, audience: str) -> Any:
        """What the sender says of itself, checked by the key that it names."""
        scheme, _, parameters = self.headers["Authorization"].partition(" ")
        assert scheme == "vapid"
        given = dict(part.strip().split("=", 1) for part in parameters.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(given["k"]))
        return jwt.decode(given["t"], key, ["ES256"], audience=audience) | {"k": given["k"]}


class PushService:
    """Keeps what arrives; answers `statuses` first, and then 201."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.statuses: list[int] = []
        self.origin = ""

    def browser(self, name: str) -> Browser:
        return Browser(f"{self.origin}/push/{name}")

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.arrived.append(Arrived(request.path, dict(request.headers), body))
        headers = {"Location": f"{self.origin}/elsewhere"}
        return web.Response(status=self.statuses.pop(0) if self.statuses else 201, headers=headers)

    async def until(self, count: int) -> list[Arrived]:
        async with asyncio.timeout(15):
            while len(self.arrived) < count:
                await asyncio.sleep(0.01)
        return self.arrived

    def message(self, browser: Browser, number: int) -> Any:
        return msgspec.json.decode(browser.read(self.arrived[number].body))


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    service = PushService()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
