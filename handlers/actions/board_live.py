"""What a subscriber of a board's channel begins with: `leaderboard:{period}:{scope}`, by time."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from handlers.messages.boards import RankedView
from rooms.boards import Board, Scope
from rooms.rules.boards import Period

if TYPE_CHECKING:
    from handlers.actions.services import Services

MOST_ROWS = 200
_NAME = re.compile(
    r"leaderboard:(day|week|month|all):(global|(?:project|room):[1-9][0-9]{0,14})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the followers of a board's channel have been told: its first rows at a version."""

    board: Board
    version: int
    rows: tuple[RankedView, ...]


class TellsBoards(Protocol):
    """Tells followers: `handlers.socket.boards.LiveBoards`."""

    async def picture(self, channel: str) -> Told | None:
        """What the followers of the channel have been told, or would be told first."""

    async def tick(self) -> None:
        """Tell the followers what is new."""


class NoLiveBoards:
    """Where nobody follows boards."""

    async def picture(self, channel: str) -> Told | None:
        return None

    async def tick(self) -> None:
        pass


def scope_of(channel: str) -> Scope | None:
    """Among whom the board of this channel ranks; None if it is the channel of no board."""
    match = _NAME.fullmatch(channel)
    return None if match is None else Scope.of(match[2])


def board_of(services: "Services", channel: str) -> Board:
    """The board that the channel tells of now; the channel is one of a board."""
    match = _NAME.fullmatch(channel)
    assert match is not None
    now = services.clock.now()
    return services.boards.board(now, "time", cast(Period, match[1]), Scope.of(match[2]))
