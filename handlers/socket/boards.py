"""The live channels of boards: what of the first 200 rows has changed, at most once a second.

Nothing of it is in a log. Every instance looks for its own followers, and whoever reads a project
or room no more is dropped before anything else is told.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from handlers.actions.board_live import MOST_ROWS, Told, board_of, scope_of
from handlers.actions.boards import may_read, shown
from handlers.actions.services import Services
from handlers.actions.together import Together
from handlers.messages.boards import BoardChange, BoardUpdated, RankedView, date_text
from handlers.messages.channels import ChannelClosed
from handlers.messages.common import to_json
from handlers.socket.clients import Client
from rooms.boards import Scope
from storage import board_rows
from storage.boards import BoardsAway
from storage.database import acquired
from storage.hints import Ephemeral

AT_ONCE = 8


class BoardAudience(Protocol):
    """Whom to tell: `handlers.socket.hub.Hub`."""

    def follows(self, name: str) -> bool: ...

    def followers_of(self, name: str) -> list[Client]: ...

    def leave(self, client: Client, name: str) -> None: ...

    def tell(self, event: Ephemeral, *, members_only: bool) -> None: ...


class _Channel:
    """A channel of a board: what was told on it, and the version in Redis that this was."""

    def __init__(self, name: str, scope: Scope) -> None:
        self.name = name
        self.scope = scope
        self.told: Told | None = None
        self.known: int | None = None
        self.told_at = 0.0


class LiveBoards:
    """The boards that are followed on this instance. `tick` is repeated."""

    def __init__(self, services: Services, audience: BoardAudience) -> None:
        self._services = services
        self._audience = audience
        self._every_s = services.terms.board_tick.total_seconds()
        self._channels: dict[str, _Channel] = {}
        self._first_readings = Together(self._read_first)

    async def picture(self, channel: str) -> Told | None:
        known = self._channels.get(channel)
        if known is not None and known.told is not None:
            return known.told
        return await self._first_readings.get(channel)

    async def tick(self) -> None:
        """Look at every board that is followed, and tell what is new."""
        for name in [name for name in self._channels if not self._audience.follows(name)]:
            del self._channels[name]
        channels = list(self._channels.values())
        for start in range(0, len(channels), AT_ONCE):
            some = channels[start : start + AT_ONCE]
            done = await asyncio.gather(*(self._look(c) for c in some), return_exceptions=True)
            for error in filter(None, done):
                raise error

    async def _read_first(self, names: Sequence[str]) -> dict[str, Told]:
        for name in names:
            scope = scope_of(name)
            channel = self._channels.get(name)
            if channel is None and scope is not None:
                channel = _Channel(name, scope)
            if channel is not None and channel.told is None:
                channel.told = await self._read(channel)
                self._channels[name] = channel
        found = {name: self._channels.get(name) for name in names}
        return {name: c.told for name, c in found.items() if c is not None and c.told is not None}

    async def _look(self, channel: _Channel) -> None:
        await self._drop_outsiders(channel)
        told = await self._read(channel)
        before = channel.told
        if told is None or before is None:
            return
        changes = changes_between(before, told)
        if not changes and told.board == before.board:
            return
        now = asyncio.get_running_loop().time()
        if now < channel.told_at + self._every_s:
            await asyncio.sleep(channel.told_at + self._every_s - now)
        channel.told, channel.told_at = told, asyncio.get_running_loop().time()
        self._tell(channel.name, told, before, changes)

    def _tell(self, name: str, told: Told, before: Told, changes: list[BoardChange]) -> None:
        data = BoardUpdated(
            period_start=date_text(told.board.starts_on),
            version=told.version,
            previous=before.version,
            changes=changes,
        )
        event = Ephemeral(name, datetime.now(UTC), "leaderboard:updated", to_json(data))
        self._audience.tell(event, members_only=False)

    async def _read(self, channel: _Channel) -> Told | None:
        """The first rows as they are now; None if they are as they were."""
        services = self._services
        board, before = board_of(services, channel.name), channel.told
        same = before is not None and before.board == board
        services.boards.note_use(board)
        try:
            known = channel.known if same else None
            page = await services.boards.book.read_page(board, None, MOST_ROWS, known)
        except BoardsAway:
            page = None
        else:
            if page is None:
                services.boards.note_lacking([board])
        if page is not None:
            if page.places is None:
                return None
            places, version = page.places, page.version
        else:
            async with services.boards.in_postgres(services.db) as connection:
                places = await board_rows.read_page(connection, board, None, MOST_ROWS)
            version = 0
        rows = tuple(await shown(services, places))
        channel.known = version or None
        # Versions that followers are told only ever rise, wherever the rows come from.
        return Told(board, max(version, before.version + 1 if before else 1), rows)

    async def _drop_outsiders(self, channel: _Channel) -> None:
        """The right to a board ends with that to its project or room [V1]."""
        if channel.scope.among == "global":
            return
        followers = self._audience.followers_of(channel.name)
        readers = await self._readers(channel.scope, {client.user_id for client in followers})
        for client in followers:
            if client.user_id not in readers:
                client.send("channel:closed", ChannelClosed(channel=channel.name, code="not_found"))
                self._audience.leave(client, channel.name)

    async def _readers(self, scope: Scope, user_ids: set[int]) -> set[int]:
        async with acquired(self._services.db) as connection:
            if scope.among == "project":
                return await board_rows.readers_of_project(connection, scope.id, list(user_ids))
            return {user for user in user_ids if await may_read(connection, user, scope)}


def changes_between(before: Told, now: Told) -> list[BoardChange]:
    """The rows that came or moved, and those that are not there any more; of another period all."""
    old = {row.user_id: row for row in before.rows} if before.board == now.board else {}
    changes = [_change(row, row.rank) for row in now.rows if old.pop(row.user_id, None) != row]
    return changes + [_change(row, None) for row in old.values()]


def _change(row: RankedView, rank: int | None) -> BoardChange:
    return BoardChange(
        user_id=row.user_id,
        username=row.username,
        name=row.name,
        avatar_url=row.avatar_url,
        score=row.score,
        rank=rank,
    )
