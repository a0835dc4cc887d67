"""Databases for tests: one template, migrated once, and a copy of it for whoever asks."""

import itertools
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage.migrations import migrate

_numbers = itertools.count(1)


def named(url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def prepare(self) -> None:
        """Make and migrate the template."""
        await self._run("create database template_focushub")
        await migrate(named(self._url, "template_focushub"))

    async def make(self) -> str:
        """The address of a new, migrated database."""
        name = f"test_{next(_numbers)}"
        await self._run(f"create database {name} template template_focushub strategy file_copy")
        return named(self._url, name)

    async def make_empty(self) -> str:
        """The address of a new database without a schema."""
        name = f"empty_{next(_numbers)}"
        await self._run(f"create database {name} template template0")
        return named(self._url, name)

    async def drop(self, url: str) -> None:
        await self._run(f"drop database if exists {urlsplit(url).path[1:]} with (force)")

    async def _run(self, statement: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()
