"""A Cluster of Redis or Valkey: which primary has which slots, and how calls find it.

What is known of that is a guess that primaries correct: one that has given a slot away says to
whom (MOVED), one that is giving it away sends a call on (ASK), and after any trouble the nodes are
asked anew. Each node has connections of its own, so one that is dead holds up nobody else's calls.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis.asyncio as aioredis
import structlog
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, RedisError, ResponseError

log = structlog.get_logger(__name__)

# (host, port)
Address = tuple[str, int]

# Nodes are asked how things stand so often at least, and after trouble not more often than that.
_LOOK_EVERY_S = 10.0
_LOOK_AGAIN_S = 0.25
_ANSWER_WITHIN_S = 0.5
# The answer that most of so many give is believed: a node that is cut off from the others still
# says what it knew.
_ASKED = 5
_MOST_MOVES = 3
_FOR_ALL = frozenset({"PING", "SCRIPT LOAD", "SCRIPT FLUSH", "FLUSHALL", "KEYS"})
_FOR_ANY = frozenset({"INFO"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What a node says: (first slot, last slot, primary) by slot, and all nodes it knows."""

    ranges: tuple[tuple[int, int, Address], ...]
    nodes: frozenset[Address] = field(compare=False)


def read_layout(answer: Sequence[Any], asked: str) -> Layout:
    """The answer to CLUSTER SLOTS. A node that does not know its own name is where it was asked."""
    ranges, nodes = [], set()
    for first, last, *found in answer:
        addresses = [_address(node, asked) for node in found]
        ranges.append((int(first), int(last), addresses[0]))
        nodes.update(addresses)
    return Layout(tuple(sorted(ranges)), frozenset(nodes))


def _address(node: Sequence[Any], asked: str) -> Address:
    host = node[0].decode() if isinstance(node[0], bytes) else node[0]
    return asked if host in (None, "", "?") else host, int(node[1])


class Cluster:
    """The primaries as they are known, with a client for each node.

    `connect` makes the client of an address; nothing is connected before its use.
    """

    def __init__(
        self, layout: Layout, seeds: Sequence[Address], connect: "Callable[[Address], Node]"
    ) -> None:
        self._seeds = tuple(seeds)
        self._connect = connect
        self._clients: dict[Address, Node] = {}
        self._owners: list[Address | None] = []
        self._nodes: frozenset[Address] = frozenset()
        self._doubted = asyncio.Event()
        self._looked = asyncio.Event()
        self._take(layout)
        self._looking = asyncio.create_task(self._look_for_ever(), name="layout of the cluster")

    async def aclose(self) -> None:
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)
        for client in self._clients.values():
            await client.aclose()

    # -- who has what

    def owner_of(self, slot: int) -> Address:
        """The primary of a slot. Raises ClusterDownError where there is none."""
        owner = self._owners[slot]
        if owner is None:
            self.doubt()
            raise ClusterDownError(f"CLUSTERDOWN nobody has the slot {slot}")
        return owner

    def owners(self, slots: Mapping[int, int]) -> dict[Address, frozenset[int]]:
        """By primary, the names of those of the slots (name -> slot) that it has."""
        found: dict[Address, set[int]] = {}
        for name, slot in slots.items():
            if (owner := self._owners[slot]) is not None:
                found.setdefault(owner, set()).add(name)
        return {owner: frozenset(names) for owner, names in found.items()}

    def client_at(self, address: Address) -> "Node":
        if address not in self._clients:
            self._clients[address] = self._connect(address)
        return self._clients[address]

    def doubt(self) -> None:
        """Something went wrong: ask the nodes soon how things stand."""
        self._doubted.set()

    async def looked(self) -> None:
        """Wait until the nodes have been asked again."""
        await self._looked.wait()

    # -- calling

    async def execute(self, *words: Any, **options: Any) -> Any:
        """The answer to a command about one slot, or about none. Raises what redis-py raises."""
        name = str(words[0]).upper()
        if name in _FOR_ALL:
            return await self._ask_all(*words, **options)
        if name in _FOR_ANY:
            owner = next(filter(None, self._owners), self._seeds[0])
            return await call(self.client_at(owner), *words, **options)
        slot = slot_of(words[3] if name.startswith("EVAL") else words[1])
        for _ in range(_MOST_MOVES):
            owner = self.owner_of(slot)
            try:
                return await self.watched(call(self.client_at(owner), *words, **options))
            except MovedError as moved:
                self._move(moved, owner)
            except AskError as sent_on:
                there = self.client_at((sent_on.host or owner[0], sent_on.port))
                return await self.watched(_ask_there(there, words, options))
        raise ClusterDownError(f"CLUSTERDOWN the slot {slot} is always somewhere else")

    async def watched(self, call: Awaitable[Any]) -> Any:
        """What the call answers. If it fails or is given up, who has what is asked anew."""
        try:
            return await call
        except BaseException as error:
            if not isinstance(error, ResponseError) or isinstance(error, ClusterDownError):
                self.doubt()
            raise

    async def _ask_all(self, *words: Any, **options: Any) -> Any:
        """Ask every primary: lists are put together, of other answers one stands for all."""
        owners = sorted({owner for owner in self._owners if owner is not None})
        if not owners:
            self.doubt()
            raise ClusterDownError("CLUSTERDOWN nobody has any slots")
        asked = (call(self.client_at(owner), *words, **options) for owner in owners)
        answers = await self.watched(asyncio.gather(*asked))
        if isinstance(answers[0], list):
            return [one for answer in answers for one in answer]
        return answers[0]

    def _move(self, moved: MovedError, told_by: Address) -> None:
        self._owners[moved.slot_id] = (moved.host or told_by[0], moved.port)
        self.doubt()

    # -- looking

    async def _look_for_ever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._doubted.wait()
            except TimeoutError:
                pass
            self._doubted.clear()
            await self.look()
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def look(self) -> None:
        """Ask some nodes who has what, and believe most of them, or keep what is known."""
        known = list(self._nodes | set(self._seeds))
        told = await asyncio.gather(
            *(self._ask(address) for address in random.sample(known, min(_ASKED, len(known))))
        )
        votes = Counter(layout for layout in told if layout is not None and layout.ranges)
        if votes:
            self._take(votes.most_common(1)[0][0])
            await self._close_gone()
        looked, self._looked = self._looked, asyncio.Event()
        looked.set()

    async def _ask(self, address: Address) -> Layout | None:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await call(self.client_at(address), "CLUSTER SLOTS")
            return read_layout(answer, address[0])
        except (RedisError, OSError, TimeoutError):
            return None

    def _take(self, layout: Layout) -> None:
        owners: list[Address | None] = [None] * REDIS_CLUSTER_HASH_SLOTS
        for first, last, primary in layout.ranges:
            owners[first : last + 1] = [primary] * (last + 1 - first)
        if self._owners and owners != self._owners:
            log.info("slots of the cluster have moved", primaries=len(set(owners) - {None}))
        self._owners, self._nodes = owners, layout.nodes

    async def _close_gone(self) -> None:
        kept = self._nodes | set(self._seeds) | set(filter(None, self._owners))
        for address in [one for one in self._clients if one not in kept]:
            await self._clients.pop(address).aclose()


Node = aioredis.Redis


async def call(client: Node, *words: Any, **options: Any) -> Any:
    """The answer of one server to a command, which redis-py leaves without a type."""
    return await client.execute_command(*words, **options)  # type: ignore[no-untyped-call]


def slot_of(key: str | bytes) -> int:
    """The slot of a key, by its hash tag if it has one."""
    return key_slot(key.encode() if isinstance(key, str) else key)


async def _ask_there(client: Node, words: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Ask a primary that is only about to get the slot."""
    async with client.pipeline(transaction=False) as pipeline:
        pipeline.execute_command("ASKING")
        pipeline.execute_command(*words, **options)
        return (await pipeline.execute())[1]
