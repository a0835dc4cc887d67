"""The way to the OpenID provider. Its addresses are the operator's, so they may be private ones."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from handlers.actions.oidc_provider import ProviderAway

_TIMEOUT = aiohttp.ClientTimeout(total=8, connect=4)
_BIGGEST = 1024 * 1024


class OidcClient:
    """Asks for JSON; nothing is followed. Opened at its first use, until `close`."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def get_json(self, url: str, bearer: str | None = None) -> dict[str, Any]:
        """What is answered with 200. Raises ProviderAway."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        status, told = await self._ask("GET", url, headers=headers)
        if status != 200:
            raise ProviderAway(f"it answers {status}")
        return told

    async def post_form(
        self, url: str, form: Mapping[str, str], login: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        """(status, answer) of a form; a 5xx is no answer. Raises ProviderAway."""
        # RFC 6749 §2.3.1: both are encoded like a form before they are joined.
        pair = login and aiohttp.BasicAuth(quote(login[0], safe=""), quote(login[1], safe=""))
        status, told = await self._ask("POST", url, data=dict(form), auth=pair or None)
        if status >= 500:
            raise ProviderAway(f"it answers {status}")
        return status, told

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(self, method: str, url: str, **options: Any) -> tuple[int, dict[str, Any]]:
        if self._session is None:
            headers = {"Accept": "application/json"}
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers)
        try:
            async with self._session.request(
                method, url, allow_redirects=False, **options
            ) as response:
                raw = await _all_of(response)
                return response.status, _decoded(raw, response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ProviderAway(type(error).__name__) from error


async def _all_of(response: aiohttp.ClientResponse) -> bytes:
    raw = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        raw += chunk
        if len(raw) > _BIGGEST:
            raise ProviderAway("its answer is too large")
    return bytes(raw)


def _decoded(raw: bytes, status: int) -> dict[str, Any]:
    try:
        told: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError as error:
        if status >= 400:
            return {}
        raise ProviderAway("what it answers is no JSON object") from error
    return told
