"""A Cluster of Valkey for tests: processes on loopback that share the slots, die and hand over."""

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS

from storage.embedded.binaries import find_valkey
from storage.embedded.processes import die_with_parent

PRIMARIES = 3
# Of silence, until the others call a node dead. A busy machine makes nodes silent, too.
NODE_TIMEOUT_S = 2.0
_WAIT_S = 60


@dataclass
class Node:
    """One process of the Cluster."""

    folder: Path
    port: int
    bus_port: int
    process: "subprocess.Popen[bytes] | None" = None
    _client: "redis.Redis | None" = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        with open(self.folder / "log", "ab") as output:
            self.process = subprocess.Popen(
                [
                    find_valkey(),
                    *("--port", str(self.port), "--cluster-port", str(self.bus_port)),
                    *("--bind", "127.0.0.1", "--dir", self.folder, "--save", ""),
                    *("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"),
                    *("--cluster-node-timeout", str(round(NODE_TIMEOUT_S * 1000))),
                    *("--cluster-replica-validity-factor", "0"),
                    *("--repl-diskless-sync-delay", "0", "--maxmemory", "256mb"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def kill(self) -> None:
        """kill -9 of this node, whose end is awaited."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
        if self.process is not None:
            self.kill()

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words: Any) -> Any:
        """The answer to a command, once the node takes connections."""
        until = time.monotonic() + _WAIT_S
        self._client = self._client or redis.Redis(port=self.port, socket_timeout=10)
        while True:
            try:
                return self._client.execute_command(*words)
            except redis.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    @property
    def id(self) -> str:
        return str(self.ask("CLUSTER MYID").decode())


class ValkeyCluster:
    """`primaries` share the slots evenly; `spare` nodes have none until they are given some."""

    def __init__(self, folder: Path, spare: int = 0) -> None:
        ports = free_ports(2 * (PRIMARIES + spare))
        pairs = zip(ports[::2], ports[1::2], strict=True)
        self.nodes = [Node(folder / str(port), port, bus) for port, bus in pairs]

    @property
    def url(self) -> str:
        return self.url_of(self.nodes[0])

    def url_of(self, *nodes: Node) -> str:
        return f"redis://{','.join(f'127.0.0.1:{node.port}' for node in nodes)}"

    def start(self) -> None:
        """Start the nodes, make them know each other, and wait until they serve."""
        for node in self.nodes:
            node.start()
        for number, node in enumerate(self.nodes):
            # Else they would have to quarrel first about who is who.
            node.ask("CLUSTER SET-CONFIG-EPOCH", number + 1)
            if number < PRIMARIES:
                first = number * REDIS_CLUSTER_HASH_SLOTS // PRIMARIES
                end = (number + 1) * REDIS_CLUSTER_HASH_SLOTS // PRIMARIES
                node.ask("CLUSTER ADDSLOTSRANGE", first, end - 1)
        for node in self.nodes:
            for other in self.nodes:
                node.ask("CLUSTER MEET", "127.0.0.1", other.port, other.bus_port)
        wait_for(self.whole)

    def whole(self) -> bool:
        """Whether every node knows all nodes, and serves."""
        told = [node.ask("CLUSTER INFO") for node in self.nodes]
        known = str(len(self.nodes))
        return all(
            one["cluster_state"] == "ok" and one["cluster_known_nodes"] == known for one in told
        )

    def stop(self) -> None:
        for node in self.nodes:
            node.close()

    def owner_of(self, slot: int, asked: Node) -> Node | None:
        """Who has the slot, as this node says."""
        for first, last, primary, *_ in asked.ask("CLUSTER SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == primary[1])
        return None

    def move(self, slot: int, to: Node) -> None:
        """Hand a slot over with all its keys, step by step, as a resharding does."""
        source = self.owner_of(slot, to)
        assert source is not None
        if source is to:
            return
        to.ask("CLUSTER SETSLOT", slot, "IMPORTING", source.id)
        source.ask("CLUSTER SETSLOT", slot, "MIGRATING", to.id)
        while names := source.ask("CLUSTER GETKEYSINSLOT", slot, 100):
            source.ask("MIGRATE", "127.0.0.1", to.port, "", 0, 5000, "KEYS", *names)
        for node in (to, source, *self.nodes):
            with suppress(redis.ResponseError):  # a replica has no say
                node.ask("CLUSTER SETSLOT", slot, "NODE", to.id)

    def replicate(self, replica: Node, primary: Node) -> None:
        """Make a spare node the replica of a primary, and wait until it has all of it."""
        replica.ask("CLUSTER REPLICATE", primary.id)
        wait_for(lambda: replica.ask("INFO", "replication")["master_link_status"] == "up")
        wait_for(lambda: primary.ask("INFO", "replication")["connected_slaves"] == 1)


def free_ports(count: int) -> list[int]:
    """Ports that nobody has just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for(holds: Any) -> None:
    until = time.monotonic() + _WAIT_S
    while not holds():
        assert time.monotonic() < until, "the cluster did not become what it was made"
        time.sleep(0.02)


@contextmanager
def open_cluster(folder: Path, spare: int = 0) -> Iterator[ValkeyCluster]:
    """A Cluster that serves; its processes end with it, or with this one."""
    cluster = ValkeyCluster(folder, spare)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
