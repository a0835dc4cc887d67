"""A resolver whose names lead where a test wants."""

from collections.abc import Mapping
from typing import Any

from aiohttp.abc import AbstractResolver


class Names(AbstractResolver):
    """Each time a name is looked up it leads to its next address; to the last one from then on."""

    def __init__(self, names: Mapping[str, list[str]]) -> None:
        self._names = {name: list(addresses) for name, addresses in names.items()}

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> Any:
        addresses = self._names[host]
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return [
            {"hostname": host, "host": address, "port": port, "family": 2, "proto": 0, "flags": 0}
        ]

    async def close(self) -> None:
        pass
