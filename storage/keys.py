"""The names of everything in Redis. Every key can be lost at any moment; the facts are elsewhere.

Names of channels carry the epoch of the log, so that a restored database never meets hints of
its former life, and one of 64 partitions as their hash tag, so that a Cluster spreads channels over
its primaries while what belongs to one channel stays together.
"""

import zlib
from itertools import count

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

PREFIX = "fh"
PARTITIONS = 64


def _tag_of(partition: int) -> str:
    """A hash tag whose slot lies in the partition's own 64th of all slots, so that primaries that
    have as many slots as each other have as many partitions."""
    width = REDIS_CLUSTER_HASH_SLOTS // PARTITIONS
    tags = (f"p{partition}.{number}" for number in count())
    return next(tag for tag in tags if key_slot(tag.encode()) // width == partition)


TAGS = tuple(_tag_of(partition) for partition in range(PARTITIONS))
# The slots of the partitions on a Cluster, and the other way round.
SLOTS = {partition: key_slot(tag.encode()) for partition, tag in enumerate(TAGS)}
PARTITION_AT = {slot: partition for partition, slot in SLOTS.items()}


def partition_of(channel: str) -> int:
    """0 … 63, the same on every instance."""
    return zlib.crc32(channel.encode()) % PARTITIONS


def hint_channel(epoch: str, channel: str) -> str:
    """The pub/sub channel that carries a channel's events as they are committed."""
    return f"{PREFIX}:{{{TAGS[partition_of(channel)]}}}:hint:{epoch}:{channel}"


def heartbeat_channel(epoch: str, partition: int) -> str:
    """Where all instances are heard every second: by themselves, to notice a link that is half
    open, and by the others, to know of each other. A single server needs that of partition 0."""
    return f"{PREFIX}:{{{TAGS[partition]}}}:beat:{epoch}"


def presence_keys(epoch: str, channel: str) -> tuple[str, str]:
    """Until when each instance's word on a channel holds, and what it says."""
    name = f"{PREFIX}:{{{TAGS[partition_of(channel)]}}}:presence:{epoch}:{channel}"
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
