"""PgBouncer in front of the tests' Postgres, where it is installed."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest

from tests.support.cluster import free_ports, wait_for


@contextmanager
def pooler_to(database_url: str, folder: Path) -> Iterator[str]:
    """The address of this database through PgBouncer as docs/OPERATIONS.md has it set."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    address = urlsplit(database_url)
    sockets = Path(parse_qs(address.query)["host"][0])
    [port] = free_ports(1)
    (folder / "users").write_text(f'"{address.username}" "{address.password}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={sockets} port=5432\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\n"
        "pool_mode = transaction\ndefault_pool_size = 12\nmax_client_conn = 200\n"
    )
    for path in (folder / "users", folder / "ini"):
        path.chmod(0o644)
    owner = sockets.stat().st_uid
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [program, folder / "ini"], user=owner, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(lambda: b"process up" in (folder / "log").read_bytes())
        netloc = f"{address.username}:{address.password}@127.0.0.1:{port}"
        yield urlunsplit(address._replace(netloc=netloc, query="pooler=transaction"))
    finally:
        process.kill()
        process.wait(10)
