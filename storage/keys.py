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


def heartbeat_channel(epoch: str) -> str:
    """Where all instances are heard every second: by themselves, to notice a link that is half
    open, and by the others, to know of each other."""
    return f"{PREFIX}:{{p0}}:beat:{epoch}"
