"""What somebody sent and was told, and how to insist until it is known what became of it."""

import asyncio
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.faults.clients import PATIENCE_S, Client
from tests.support.product import Person


@dataclass
class Diary:
    """What somebody sent, and what was acknowledged, by command id."""

    acked: dict[str, tuple[str, Any, Any]] = field(default_factory=dict)
    unsettled: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    settled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    took_s: list[float] = field(default_factory=list)

    async def send(self, client: Client, event: str, payload: dict[str, Any]) -> Any:
        """Send a command under an id of its own; None when it is not known to have happened."""
        payload = {"command_id": str(uuid.uuid4()), **payload}
        return await self._send(client, event, payload)

    async def settle(self, client: Client) -> None:
        """Send again what is not known to have happened, under its own id, in order."""
        waiting, self.unsettled = self.unsettled, []
        for number, (event, payload) in enumerate(waiting):
            await self._send(client, event, payload)
            if self.unsettled:
                self.unsettled += waiting[number + 1 :]
                return
            self.settled += 1

    async def _send(self, client: Client, event: str, payload: dict[str, Any]) -> Any:
        began = time.monotonic()
        try:
            ack = await client.call(event, payload)
        except (ConnectionError, TimeoutError):
            self.unsettled.append((event, payload))
            return None
        except asyncio.CancelledError:
            self.unsettled.append((event, payload))
            raise
        self.took_s.append(time.monotonic() - began)
        if ack["ok"]:
            self.acked[payload["command_id"]] = (event, payload, ack["data"])
            return ack["data"]
        code = ack["error"]["code"]
        self.refused[code] += 1
        if code == "unavailable":
            self.unsettled.append((event, payload))
        return None


async def insist(person: Person, path: str, body: Any) -> Any:
    """The answer to a POST, sent again by the same id as long as it is `unavailable`."""
    key = str(uuid.uuid4())
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status, answer = await person.call("POST", path, body, Idempotency_Key=key)
            if status != 503:
                assert 200 <= status < 300, f"POST {path}: {status} {answer}"
                return answer
            await asyncio.sleep(0.2)


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
