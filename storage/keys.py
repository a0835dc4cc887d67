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


def presence_keys(epoch: str, channel: str) -> tuple[str, str]:
    """Until when each instance's word on a channel holds, and what it says."""
    name = f"{PREFIX}:{{p{partition_of(channel)}}}:presence:{epoch}:{channel}"
    return f"{name}:until", f"{name}:said"


def board_keys(epoch: str, board: str) -> tuple[str, str, str]:
    """A board's rows, what is known of its users, and the lock of who fills it.

    Its own hash tag, since boards are many and a script touches one of them only.
    """
    name = f"{PREFIX}:{{{board}:{epoch}}}:board"
    return f"{name}:rows", f"{name}:users", f"{name}:lock"


def limit_key(epoch: str, name: str) -> str:
    """A bucket, or what was tried. One hash tag for all: a call judges several of them at once."""
    return f"{PREFIX}:{{limits:{epoch}}}:{name}"


def cached_key(epoch: str, name: str) -> str:
    """An answer that is kept for a while; its name has the version of what it was made from."""
    return f"{PREFIX}:cached:{epoch}:{name}"
