"""The names of everything in Redis. Every key can be lost at any moment; the facts are elsewhere.

Names of channels carry the epoch of the log, so that a restored database never meets hints of
its former life, and the partition `{p0}` … `{p63}` as their hash tag, so that a Cluster spreads
channels over its primaries while what belongs to one channel stays together.
"""

import zlib

PREFIX = "fh"
PARTITIONS = 64


def partition_of(channel: str) -> int:
    """0 … 63, the same on every instance."""
    return zlib.crc32(channel.encode()) % PARTITIONS


def hint_channel(epoch: str, channel: str) -> str:
    """The pub/sub channel that carries a channel's events as they are committed."""
    return f"{PREFIX}:{{p{partition_of(channel)}}}:hint:{epoch}:{channel}"


def heartbeat_channel(instance: str) -> str:
    """Where an instance talks to itself, to notice a link that is half open."""
    return f"{PREFIX}:{{p0}}:beat:{instance}"
