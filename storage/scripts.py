"""A script that Redis keeps by its hash, and is sent again when it has forgotten it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import NoScriptError

_LUA = Path(__file__).parent / "lua"


class Script:
    """One or several of `storage/lua/`, one after the other; all keys of a call lie in one slot of
    a Cluster."""

    def __init__(self, *names: str) -> None:
        self.source = "\n".join((_LUA / name).read_text(encoding="utf-8") for name in names)
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()

    async def load(self, client: "aioredis.Redis") -> None:
        await client.script_load(self.source)

    async def run(
        self, client: "aioredis.Redis", names: Sequence[str], arguments: Sequence[Any]
    ) -> Any:
        try:
            return await client.evalsha(self.sha, len(names), *names, *arguments)
        except NoScriptError:
            return await client.eval(self.source, len(names), *names, *arguments)
