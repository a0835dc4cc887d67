"""Instants near the present, as clients write them."""

from datetime import UTC, datetime, timedelta


def ago(**span: float) -> str:
    """`ago(hours=2)`: an instant in the past, or with negative numbers in the future."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")
