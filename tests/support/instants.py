"""Instants near the present, as clients write them, and a day that does not end under a test."""

from datetime import UTC, datetime, timedelta
from functools import cache


def ago(**span: float) -> str:
    """`ago(hours=2)`: an instant in the past, or with negative numbers in the future."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


@cache
def midday_zone() -> str:
    """A zone where it is about noon: its day neither began just now nor ends soon."""
    ahead = 12 - datetime.now(UTC).hour
    return "UTC" if ahead == 0 else f"Etc/GMT{-ahead:+d}"
