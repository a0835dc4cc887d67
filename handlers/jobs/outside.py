"""The client for addresses that users have given us: it connects to the open internet only.

The addresses that a name resolves to are judged where the connection is made, so that a name which
leads elsewhere a moment later gains nothing.
"""

import socket
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from handlers.actions.outside import is_address, is_public, schemes

_WITHIN_S = 20.0
_CONNECT_WITHIN_S = 5.0


class Forbidden(Exception):
    """The address leads into a private network, or begins in a way that is not allowed."""


class _PublicOnly(AbstractResolver):
    """Leaves out what is not public. Raises Forbidden where nothing is left."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [result for result in found if is_public(result["host"])]
        if found and not public:
            raise Forbidden(f"{host} leads into a private network")
        return public

    async def close(self) -> None:
        await self._inner.close()


class Outside:
    """Sends to addresses of users; open from `async with` to its end."""

    def __init__(
        self, *, allow_private: bool = False, resolver: AbstractResolver | None = None
    ) -> None:
        self._allow_private = allow_private
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        resolver = self._resolver or aiohttp.ThreadedResolver()
        connector = aiohttp.TCPConnector(
            resolver=resolver if self._allow_private else _PublicOnly(resolver),
            use_dns_cache=False,
            limit=100,
        )
        # Whoever answers sets no cookies that the next one at the same host would be sent.
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: dict[str, str],
        *,
        plain: bool = False,
        within_s: float = _WITHIN_S,
    ) -> int:
        """The status of a POST; nothing is followed and no answer read. `plain` allows http.

        Raises Forbidden, and what aiohttp raises.
        """
        assert self._session is not None
        self._judge(url, plain=plain)
        timeout = aiohttp.ClientTimeout(
            total=within_s, sock_connect=min(_CONNECT_WITHIN_S, within_s)
        )
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False, timeout=timeout
        ) as response:
            return response.status

    def _judge(self, url: str, *, plain: bool) -> None:
        """What no resolver is asked about: the scheme, and an address that is no name."""
        if self._allow_private:
            return
        address = URL(url)
        host = address.host or ""
        if address.scheme not in schemes(plain=plain) or (is_address(host) and not is_public(host)):
            raise Forbidden("the address is not public, or not https")
