"""The link to Redis or Valkey."""

import redis.asyncio as aioredis


def connect_redis(url: str) -> "aioredis.Redis":
    """A client of bounded connections and short patience; nothing is connected before its use.

    Sockets are read without a time limit of their own (pub/sub waits); every other call is
    limited where it is made.
    """
    pool = aioredis.BlockingConnectionPool.from_url(
        url, max_connections=32, timeout=2, socket_connect_timeout=1, socket_timeout=None
    )
    return aioredis.Redis(connection_pool=pool)
