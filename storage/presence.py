"""Presence in Redis [P1]: what each instance says of each channel, for as long as a lease lasts.

An instance says all it has to say of a channel in one text, so what was lost is mended by saying
it again, and an instance that crashed falls silent as a whole. Ends of leases are by Redis's own
clock. One call carries the channels of one partition, so that it may run on a Cluster.
"""

import asyncio
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from storage import keys
from storage.scripts import Call, Script

PATIENCE_S = 1.0
# In channels. Redis serves nobody else during a call, and this process while it writes a portion.
_BIGGEST_CALL = 200
_BIGGEST_PORTION = 400


class PresenceAway(Exception):
    """Redis did not answer, or not in time: who is present is unknown."""


@dataclass(frozen=True, slots=True)
class Said:
    """What this instance says of a channel. Without a stamp it takes back what it said; without a
    text it says again what it said under that stamp."""

    channel: str
    stamp: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What holds on a channel: by instance (stamp, text)."""

    version: str
    words: dict[str, tuple[str, bytes]]


class PresenceBook:
    """Where the instances of one log write who is present, and read what the others wrote."""

    def __init__(self, client: "aioredis.Redis", epoch: str) -> None:
        self.instance = secrets.token_hex(8)
        self._redis = client
        self._epoch = epoch
        self._say = Script("presence_say.lua")
        self._hear = Script("presence_hear.lua")

    async def say(self, said: Iterable[Said], lease: timedelta) -> set[str]:
        """Write, for the time of a lease; the channels whose word was not there to be said again.

        Raises PresenceAway; then some of it may have been written.
        """
        lease_ms = round(lease.total_seconds() * 1000)
        groups = _by_partition({word.channel: word for word in said})
        calls = [
            (
                self._keys(group),
                [lease_ms, 4 * lease_ms, self.instance]
                + [part for word in group.values() for part in (word.stamp, word.text)],
            )
            for group in groups
        ]
        answers = await self._run(self._say, calls)
        return {
            list(group)[place - 1]
            for group, lost in zip(groups, answers, strict=True)
            for place in lost
        }

    async def hear(self, known: Mapping[str, str]) -> dict[str, Heard]:
        """What holds, of those channels whose version is another than the known one ("" at first).

        Raises PresenceAway.
        """
        groups = _by_partition(known)
        calls = [(self._keys(group), list[Any](group.values())) for group in groups]
        answers = await self._run(self._hear, calls)
        return {
            list(group)[place - 1]: Heard(version.decode(), _words_of(said))
            for group, changed in zip(groups, answers, strict=True)
            for place, version, said in changed
        }

    def _keys(self, channels: Iterable[str]) -> list[str]:
        return [key for name in channels for key in keys.presence_keys(self._epoch, name)]

    async def _run(self, script: Script, calls: Sequence[Call]) -> list[Any]:
        """The answers to all calls, a portion at a time: each has its own time to be answered."""
        answers: list[Any] = []
        for portion in _portions(calls):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    answers += await script.run_all(self._redis, portion)
            except (RedisError, OSError, TimeoutError) as error:
                raise PresenceAway(repr(error)) from error
        return answers


def _by_partition(channels: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The channels in groups of one partition each, none too big for one call."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for name, value in channels.items():
        of_partition = groups.setdefault(keys.partition_of(name), [{}])
        if len(of_partition[-1]) >= _BIGGEST_CALL:
            of_partition.append({})
        of_partition[-1][name] = value
    return [group for of_partition in groups.values() for group in of_partition]


def _portions(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """The calls in portions that are sent together."""
    portion: list[Call] = []
    size = 0
    for call in calls:
        portion.append(call)
        size += len(call[0]) // 2
        if size >= _BIGGEST_PORTION:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _words_of(said: list[bytes]) -> dict[str, tuple[str, bytes]]:
    words = {}
    for instance, word in zip(said[::2], said[1::2], strict=True):
        stamp, _, text = word.partition(b" ")
        words[instance.decode()] = (stamp.decode(), text)
    return words
