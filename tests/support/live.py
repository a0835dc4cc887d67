"""A live connection of the stock Python Socket.IO client, with events that can be awaited."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import socketio

from tests.support import schemas

PATIENCE_S = 10.0


def is_durable(data: Any, channel: str) -> bool:
    """Whether this is the envelope of an event in the channel's log."""
    if not isinstance(data, dict) or data.get("channel") != channel:
        return False
    return bool(data.get("at")) and data["seq"] is not None


class Live:
    """One connection. `events` are (name, payload) in the order they came."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, Any]] = []
        self._news = asyncio.Condition()
        self.client.on("*", self._note)
        self.client.on("disconnect", self._note_end)
        self.closed = asyncio.Event()
        self._opened: tuple[str, str | None] = ("", None)

    @classmethod
    async def open(cls, url: str, token: str | None, **options: Any) -> "Live":
        """Connect and wait for `connection:ready`."""
        live = cls()
        live._opened = (url, token)
        options.setdefault("transports", ["websocket"])
        auth = None if token is None else {"token": token}
        await live.client.connect(url, auth=auth, wait_timeout=PATIENCE_S, **options)
        await live.expect("connection:ready")
        return live

    async def _note(self, event: str, data: Any = None) -> None:
        schemas.check_event(event, data)
        async with self._news:
            self.events.append((event, data))
            self._news.notify_all()

    async def _note_end(self, *_reason: Any) -> None:
        self.closed.set()

    async def send(self, event: str, payload: Any = None) -> Any:
        """The whole ack of an event."""
        ack = await self.client.call(event, payload, timeout=PATIENCE_S)
        schemas.check_ack(event, ack)
        return ack

    async def do(self, event: str, **payload: Any) -> Any:
        """The data of an ack that must be ok."""
        ack = await self.send(event, payload)
        assert ack["ok"], f"{event} {payload}: {ack}"
        return ack["data"]

    async def command(self, event: str, **payload: Any) -> Any:
        """Like `do`, with a new command id."""
        return await self.do(event, command_id=str(uuid.uuid4()), **payload)

    async def refused(self, event: str, **payload: Any) -> str:
        """The code of an ack that must not be ok."""
        ack = await self.send(event, payload)
        assert not ack["ok"], f"{event} {payload}: {ack}"
        code: str = ack["error"]["code"]
        return code

    async def expect(
        self,
        event: str,
        where: Callable[[Any], bool] = lambda _data: True,
        patience_s: float = PATIENCE_S,
    ) -> Any:
        """The payload of the first such event, come or to come; fails after ten seconds, or as
        long as what the rules let take its time."""

        found = self._first(lambda name, data: name == event and where(data))
        try:
            async with asyncio.timeout(patience_s), self._news:
                return (await self._news.wait_for(found))[1]
        except TimeoutError:
            seen = [name for name, _ in self.events]
            raise AssertionError(f"no {event} came{self._end()}; these did: {seen}") from None

    async def expect_seq(self, channel: str, seq: int) -> None:
        """Wait until the channel's event with this number has come."""

        there = self._first(lambda _, data: is_durable(data, channel) and data["seq"] >= seq)
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(there)
        except TimeoutError:
            seqs = [data["seq"] for _, data in self.on_channel(channel)]
            last = max(seqs, default=None)
            told = f"{seq} of {channel} did not come{self._end()}, the last was {last}"
            raise AssertionError(told) from None

    async def end_of(self, channel: str) -> int:
        """The last number in a channel's log. Asked by a connection of its own: to subscribe on
        this one again would begin anew at the end, past what is still on its way."""
        other = await Live.open(*self._opened)
        try:
            return int((await other.do("channel:subscribe", channel=channel))["seq"])
        finally:
            await other.close()

    def on_channel(self, channel: str) -> list[tuple[str, Any]]:
        """The durable events of a channel so far: (name, envelope)."""
        return [event for event in self.events if is_durable(event[1], channel)]

    def _first(self, fits: Callable[[str, Any], bool]) -> "Callable[[], tuple[str, Any] | None]":
        """What finds the first event that fits, and looks at each only once."""
        unseen = 0

        def found() -> tuple[str, Any] | None:
            nonlocal unseen
            fresh, unseen = self.events[unseen:], len(self.events)
            return next((event for event in fresh if fits(*event)), None)

        return found

    def _end(self) -> str:
        return " before the connection ended" if self.closed.is_set() else ""

    async def close(self) -> None:
        await self.client.disconnect()
