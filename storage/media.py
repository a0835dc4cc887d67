"""Where pictures are kept: in a folder, in S3-compatible storage, or in Cloudinary.

A picture is a random name with a file per size below it, and never changes: another picture has
another name, so whoever has one may keep it for ever.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

SIZES = (512, 128)
_WITHIN_S = 15.0
_FOLDER = "focushub"
_CLOUDINARY = re.compile(r"/v\d+/")


class MediaAway(Exception):
    """The store of pictures did not answer, or refused."""


class Media(Protocol):
    """A store of pictures; each method raises MediaAway."""

    async def put(self, name: str, files: Mapping[int, bytes]) -> str:
        """Keep a picture in all its sizes; answers the address of the largest."""

    async def get(self, name: str, size: int) -> bytes | None:
        """One size of a picture that is served from here; None if there is none."""

    async def remove(self, name: str) -> None:
        """Remove a picture, if it is there."""

    async def close(self) -> None:
        """Let go of connections."""


class ObjectMedia:
    """Pictures as objects, served by this server: in a folder or in a bucket."""

    def __init__(self, make_store: Callable[[], "LocalStore | S3Store"]) -> None:
        self._make_store = make_store

    @classmethod
    def in_folder(cls, folder: Path) -> "ObjectMedia":
        """In a folder, which is made when the first picture comes."""
        return cls(lambda: LocalStore(prefix=folder.resolve(), mkdir=True))

    @cached_property
    def _store(self) -> "LocalStore | S3Store":
        return self._make_store()

    @classmethod
    def in_bucket(
        cls, bucket: str, region: str, key_id: str, secret: str, endpoint: str | None
    ) -> "ObjectMedia":
        options: Any = {"endpoint": endpoint} if endpoint else {}
        return cls(
            lambda: S3Store(
                bucket,
                prefix=_FOLDER,
                region=region,
                access_key_id=key_id,
                secret_access_key=secret,
                disable_bulk_delete=True,  # not every store that speaks S3 knows it
                client_options={
                    "allow_http": (endpoint or "").startswith("http://"),
                    "timeout": timedelta(seconds=10),
                    "connect_timeout": timedelta(seconds=5),
                },
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=8)},
                **options,
            )
        )

    async def put(self, name: str, files: Mapping[int, bytes]) -> str:
        for size, body in files.items():
            await _patiently(obstore.put_async, self._store, _key(name, size), body)
        return f"/media/{_key(name, SIZES[0])}"

    async def get(self, name: str, size: int) -> bytes | None:
        try:
            found = await _patiently(obstore.get_async, self._store, _key(name, size))
            return bytes(await _patiently(found.bytes_async))
        except FileNotFoundError:
            return None

    async def remove(self, name: str) -> None:
        for size in SIZES:
            try:
                await _patiently(obstore.delete_async, self._store, _key(name, size))
            except FileNotFoundError:
                continue  # it was removed before

    async def close(self) -> None:
        """Nothing is held."""


class NoMedia:
    """For processes that keep no pictures."""

    async def put(self, name: str, files: Mapping[int, bytes]) -> str:
        raise MediaAway("there is no store")

    async def get(self, name: str, size: int) -> bytes | None:
        return None

    async def remove(self, name: str) -> None:
        raise MediaAway("there is no store")

    async def close(self) -> None:
        """Nothing is held."""


async def _patiently(ask: Callable[..., Any], *arguments: Any) -> Any:
    """What a store answers in time. Raises MediaAway, and FileNotFoundError."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            return await ask(*arguments)
    except FileNotFoundError:
        raise
    except (BaseError, OSError, TimeoutError) as error:
        # Not its own words, which may hold the address and more.
        raise MediaAway(type(error).__name__) from None


def _key(name: str, size: int) -> str:
    return f"{name}/{size}.webp"


class Cloudinary:
    """Pictures in Cloudinary, which serves them itself; each upload is signed."""

    def __init__(self, cloud: str, key: str, secret: str, api: str) -> None:
        self._key = key
        self._secret = secret
        self._api = f"{api}/v1_1/{cloud}/image"
        self._session: aiohttp.ClientSession | None = None

    async def put(self, name: str, files: Mapping[int, bytes]) -> str:
        answers = {
            size: await self._ask("upload", f"{_FOLDER}/{name}/{size}", body)
            for size, body in files.items()
        }
        url = answers[SIZES[0]].get("secure_url")
        if not isinstance(url, str) or not url.endswith(f"/{_key(name, SIZES[0])}"):
            raise MediaAway("the answer has no address")
        # Without the version both sizes have the same beginning.
        return _CLOUDINARY.sub("/", url, count=1)

    async def get(self, name: str, size: int) -> bytes | None:
        return None

    async def remove(self, name: str) -> None:
        for size in SIZES:
            await self._ask("destroy", f"{_FOLDER}/{name}/{size}")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask(self, what: str, public_id: str, body: bytes | None = None) -> dict[str, Any]:
        signed = {"public_id": public_id, "timestamp": str(int(time.time()))}
        form = aiohttp.FormData(
            {**signed, "api_key": self._key, "signature": signature(signed, self._secret)}
        )
        if body is not None:
            form.add_field("file", body, filename="picture.webp", content_type="image/webp")
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_WITHIN_S))
        try:
            async with self._session.post(f"{self._api}/{what}", data=form) as response:
                if response.status != 200:
                    raise MediaAway(f"Cloudinary answers {response.status}")
                answer = await response.json()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise MediaAway(type(error).__name__) from None
        return answer if isinstance(answer, dict) else {}


def signature(parameters: Mapping[str, str], secret: str) -> str:
    """Cloudinary's signature of a call: SHA-1 over the sorted parameters and the secret."""
    told = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return hashlib.sha1((told + secret).encode(), usedforsecurity=False).hexdigest()
