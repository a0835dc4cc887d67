"""A trap: something a client does, and what becomes of it on our server and on a stock one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.protocol.sides import Side

Scenario = Callable[[Side], Awaitable[str]]


@dataclass(frozen=True)
class Trap:
    """`scenario` tells what it has seen; `ours` and `stock` are what it must see there."""

    scenario: Scenario
    ours: str
    stock: str


def trap(*, ours: str, stock: str) -> Callable[[Scenario], Trap]:
    """Make a scenario a trap."""
    return lambda scenario: Trap(scenario, ours, stock)
