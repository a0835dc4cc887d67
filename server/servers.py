"""Postgres and Redis for a process: those that are set, else embedded ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.process import Addresses
from server.secret import kept_secret
from server.settings import Settings
from storage.embedded import DataDirInUse, Embedded, find_running


@contextmanager
def open_servers(
    settings: Settings, *, postgres: bool = True, valkey: bool = True
) -> Iterator[tuple[Addresses, Embedded]]:
    """The servers for as long as we run; embedded ones belong to this process alone."""
    embedded = Embedded(
        settings.data_dir,
        postgres=postgres and settings.database_url is None,
        valkey=valkey and settings.redis_url is None,
    )
    try:
        if settings.database_url is None or settings.redis_url is None:
            embedded.start()
        secret = settings.jwt_secret or kept_secret(embedded.data_dir)
        addresses = Addresses(
            settings.database_url or embedded.database_url,
            settings.redis_url or embedded.redis_url,
            secret,
        )
        yield addresses, embedded
    finally:
        embedded.stop()


@dataclass(frozen=True, slots=True)
class Joined:
    """Servers that may be another process's, and where the made key is."""

    addresses: Addresses
    data_dir: Path


@contextmanager
def join_servers(settings: Settings, *, valkey: bool = True) -> Iterator[Joined]:
    """The same beside a process that serves: its embedded servers are taken, if they run."""
    joined = _running(settings)
    if joined is None:
        try:
            with open_servers(settings, valkey=valkey) as (addresses, embedded):
                yield Joined(addresses, embedded.data_dir)
            return
        except DataDirInUse:
            # Somebody has just started them.
            joined = _running(settings)
            if joined is None:
                raise
    yield joined


def _running(settings: Settings) -> Joined | None:
    if settings.database_url is not None and settings.redis_url is not None:
        return None
    running = find_running(settings.data_dir)
    if running is None:
        return None
    addresses = Addresses(
        settings.database_url or running.database_url,
        settings.redis_url or running.redis_url,
        settings.jwt_secret or kept_secret(running.data_dir),
    )
    return Joined(addresses, running.data_dir)
