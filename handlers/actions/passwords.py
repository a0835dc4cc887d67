"""Passwords: hashed and checked off the event loop, in the same time for everybody."""

import asyncio
import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import bcrypt


class Passwords:
    """bcrypt in a small pool of threads; `cost` is its work factor (12 takes about 0.3 s)."""

    def __init__(self, cost: int = 12, threads: int = 2) -> None:
        self._cost = cost
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        # What an unknown e-mail is checked against, so that it takes as long as a known one.
        # Made in the background, because the start of the server need not wait for it.
        self._nobody = self._pool.submit(_hash, "nobody", cost)

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await asyncio.wrap_future(self._pool.submit(_hash, password, self._cost))

    async def check(self, password: str, hashed: str | None) -> bool:
        """Whether the password fits; False, after the same time, where there is no hash."""
        against = hashed
        if against is None:
            against = await asyncio.wrap_future(self._nobody)
        fits = await asyncio.wrap_future(self._pool.submit(_check, password, against))
        return fits and hashed is not None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _hash(password: str, cost: int) -> str:
    return bcrypt.hashpw(_material(password), bcrypt.gensalt(cost)).decode()


def _check(password: str, hashed: str) -> bool:
    return bcrypt.checkpw(_material(password), hashed.encode())


def _material(password: str) -> bytes:
    """What bcrypt reads: at most 72 bytes and up to a NUL, so others are hashed before."""
    raw = password.encode()
    if len(raw) <= 72 and b"\0" not in raw:
        return raw
    return base64.b64encode(hashlib.sha256(raw).digest())
