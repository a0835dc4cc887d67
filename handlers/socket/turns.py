"""Rounds over all connections, in pieces: between two of them others have their turn."""

import asyncio
import time

# A durable event takes some six turns of the loop. Each may come behind one piece.
_PIECE_S = 0.001
# With nothing but the loop's next turn between them, pieces would take all of it.
_PAUSE_S = 0.003


class Turns:
    """How long a round has gone on without a pause: `if turns.over(): await turns.pass_on()`."""

    def __init__(self) -> None:
        self._until = time.perf_counter() + _PIECE_S

    def over(self) -> bool:
        """Whether it is somebody else's turn."""
        return time.perf_counter() >= self._until

    async def pass_on(self) -> None:
        """Let the others have it."""
        await asyncio.sleep(_PAUSE_S)
        self._until = time.perf_counter() + _PIECE_S
