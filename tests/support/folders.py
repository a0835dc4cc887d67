"""Folders that the servers' unprivileged user can reach when the tests run as root."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """A new folder that anybody may pass through (pytest's own may be entered by its user only)."""
    made = Path(tempfile.mkdtemp(prefix="focushub-test-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@cache
def data_folder() -> Path:
    """A data directory for the servers of this process that are given none of their own."""
    opened = open_folder()
    made = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return made
