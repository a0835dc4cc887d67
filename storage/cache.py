"""The link to Redis or Valkey: one server, or a Cluster, which is found out at the first call."""

import asyncio
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis.asyncio as aioredis
from redis.asyncio.connection import Connection, SSLConnection, parse_url
from redis.exceptions import RedisError, ResponseError

from storage.cluster import Address, Cluster, call, read_layout

_ASK_WITHIN_S = 1.0
_IMPATIENT: dict[str, Any] = {"socket_connect_timeout": 1, "socket_timeout": None}
_BOUNDED: dict[str, Any] = _IMPATIENT | {"max_connections": 32, "timeout": 2}


def connect_redis(url: str) -> "Redis":
    """A client of bounded connections and short patience; nothing is connected before its use.

    Sockets are read without a time limit of their own (pub/sub waits); every other call is
    limited where it is made.
    """
    return Redis(addresses_in(url))


def addresses_in(url: str) -> list[str]:
    """`redis://user:password@a:6379,b:6379/0` names several nodes of a Cluster: an address each."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return [url]
    return [urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in hosts.split(",")]


class Redis(aioredis.Redis):
    """A client that calls the primary concerned if there is a Cluster at its addresses.

    Then a command is about keys of one slot. Several scripts at once: `storage.scripts`.
    """

    def __init__(self, urls: list[str]) -> None:
        pool = aioredis.BlockingConnectionPool.from_url(urls[0], **_BOUNDED)
        super().__init__(connection_pool=pool)
        self._urls = urls
        self._asked = False
        self._asking = asyncio.Lock()
        self._cluster: Cluster | None = None

    async def find_cluster(self) -> Cluster | None:
        """The Cluster; None for a single server. Raises RedisError or OSError while it is away."""
        if not self._asked:
            async with self._asking:
                if not self._asked:
                    self._cluster = await self._find()
                    self._asked = True
        return self._cluster

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        cluster = self._cluster if self._asked else await self.find_cluster()
        if cluster is None:
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        return await cluster.execute(*args, **options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        if self._cluster is not None:
            await self._cluster.aclose()
        await super().aclose(close_connection_pool is not False)

    async def _find(self) -> Cluster | None:
        for place, url in enumerate(self._urls):
            try:
                async with asyncio.timeout(_ASK_WITHIN_S):
                    return await self._ask(url, own=place == 0)
            except (RedisError, OSError, TimeoutError) as error:
                trouble = error
        raise trouble

    async def _ask(self, url: str, *, own: bool) -> Cluster | None:
        """What is at an address; the first one is that of our own connections."""
        client = (
            aioredis.Redis(connection_pool=self.connection_pool)
            if own
            else aioredis.Redis.from_url(url, **_IMPATIENT)
        )
        try:
            answer = await call(client, "CLUSTER SLOTS")
        except ResponseError:  # there is no such thing: a server by itself, or a proxy
            return None
        finally:
            await client.aclose()
        seeds = [_address_of(one) for one in self._urls]
        return Cluster(read_layout(answer, _address_of(url)[0]), seeds, self._connect)

    def _connect(self, address: Address) -> aioredis.Redis:
        """A client of one node: logged in like at the first address, and encrypted like there."""
        given: dict[str, Any] = dict(parse_url(self._urls[0]))
        given.pop("path", None)  # of a node on a unix socket the others are elsewhere
        if given.get("connection_class") is not SSLConnection:
            given["connection_class"] = Connection
        given |= {"host": address[0], "port": address[1], **_BOUNDED}
        pool = aioredis.BlockingConnectionPool(**given)
        return aioredis.Redis(connection_pool=pool)


def _address_of(url: str) -> Address:
    given = parse_url(url)
    return given.get("host", "localhost"), int(given.get("port", 6379))
