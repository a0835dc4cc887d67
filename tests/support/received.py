"""A receiver of webhooks on 127.0.0.1, which checks signatures as the documents say."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web


@dataclass
class Arrived:
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def event(self) -> str:
        return self.headers["FocusHub-Event"]

    @property
    def delivery_id(self) -> int:
        return int(self.headers["FocusHub-Delivery"])

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def signed_at(self) -> int:
        return int(dict(self._parts())["t"])

    def is_signed_by(self, secret: str) -> bool:
        """Whether any of the signatures is that of this secret."""
        expected = hmac.new(
            secret.encode(), str(self.signed_at).encode() + b"." + self.raw, hashlib.sha256
        ).hexdigest()
        return any(
            hmac.compare_digest(value, expected) for name, value in self._parts() if name == "v1"
        )

    def _parts(self) -> list[tuple[str, str]]:
        parts = [part.partition("=") for part in self.headers["FocusHub-Signature"].split(",")]
        return [(name, value) for name, _, value in parts]


class Receiver:
    """Keeps what arrives; answers `statuses` first, and then `otherwise`.

    While `hold` is set no request is answered; `holding` says that one waits.
    """

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.statuses: list[int] = []
        self.otherwise = 204
        self.hold = False
        self.holding = asyncio.Event()
        self.origin = ""

    def clear(self) -> None:
        self.arrived.clear()
        self.statuses.clear()
        self.otherwise = 204

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.arrived.append(Arrived(request.path, dict(request.headers), raw))
        if self.hold:
            self.holding.set()
            await asyncio.Event().wait()
        status = self.statuses.pop(0) if self.statuses else self.otherwise
        # Where a redirection would lead is here, so that one that is followed would be seen.
        headers = {"Location": f"{self.origin}/elsewhere", "Set-Cookie": "who=you; Path=/"}
        return web.Response(status=status, headers=headers)

    async def until(self, count: int) -> list[Arrived]:
        async with asyncio.timeout(15):
            while len(self.arrived) < count:
                await asyncio.sleep(0.005)
        return self.arrived


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
