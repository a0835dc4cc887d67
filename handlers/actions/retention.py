"""How long what is over is kept, as the operator has set it; docs/OPERATIONS.md has the table."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """In days; 0 is for ever."""

    deleted_entries: int = 31
    timeline: int = 0
    notifications: int = 365
    presence: int = 90
    room_history: int = 0
    room_messages: int = 1
    logins: int = 90
    used_tokens: int = 30
    invites: int = 30
    admin_log: int = 0


def before(now: datetime, days: int) -> datetime | None:
    """What is older than this goes; None: nothing does."""
    return now - timedelta(days=days) if days else None
