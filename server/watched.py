"""Whether somebody asks /readyz: only who is watched must wait, at its end, for that to be seen."""

import time
from pathlib import Path

# Balancers ask every few seconds; one that asks more rarely than this is of no use as one.
_LATELY_S = 60.0


class Watched:
    """Notes when /readyz was asked. Workers of one port share a file: any of them may be asked."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._at = float("-inf")

    def note(self) -> None:
        """It has been asked just now."""
        now = time.monotonic()
        if self._file is not None and now - self._at > 1:
            self._file.touch()
        self._at = now

    def lately(self) -> bool:
        """Whether it was asked in the last minute."""
        if time.monotonic() - self._at < _LATELY_S:
            return True
        try:
            return self._file is not None and time.time() - self._file.stat().st_mtime < _LATELY_S
        except FileNotFoundError:
            return False
