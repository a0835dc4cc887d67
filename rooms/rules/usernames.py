"""Usernames made from names, for those who sign up without one."""

import re
import unicodedata
from collections.abc import Iterator

SHORTEST, LONGEST = 3, 32
_FALLBACK = "user"


def usernames_of(name: str) -> Iterator[str]:
    """Usernames that fit `name`, the best first, without end: ada-lovelace, ada-lovelace-2, …"""
    base = _base_of(name)
    yield base
    number = 2
    while True:
        ending = f"-{number}"
        yield base[: LONGEST - len(ending)] + ending
        number += 1


def _base_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9_.]+", "-", plain).strip("-.")[:LONGEST].strip("-.")
    if not base:
        return _FALLBACK
    return base if len(base) >= SHORTEST else f"{_FALLBACK}-{base}"
