"""The badges that every server begins with [B3].

A key, once published, stays: awards refer to it. Badges of one family are tiers of each other.
"""

from dataclasses import dataclass
from typing import Any, Literal

from rooms.rules.badges import Metric

Tier = Literal["bronze", "silver", "gold"]
TIERS: tuple[Tier, ...] = ("bronze", "silver", "gold")
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A badge as it is put into the table: `criteria` are JSON."""

    key: str
    name: str
    description: str
    criteria: dict[str, Any]
    family: str | None = None
    tier: Tier | None = None


def _at_least(metric: Metric, gte: int) -> dict[str, Any]:
    return {"metric": metric, "gte": gte}


def _single(key: str, metric: Metric, gte: int, name: str, description: str) -> BuiltIn:
    return BuiltIn(key, name, description, _at_least(metric, gte))


def _hours(hours: int, name: str, tier: Tier) -> BuiltIn:
    criteria = _at_least("total_seconds", hours * _HOUR)
    return BuiltIn(
        f"hours_{hours}", name, f"Focus for {hours} hours in all.", criteria, "hours", tier
    )


def _project(hours: int, name: str, tier: Tier) -> BuiltIn:
    description = f"Focus for {hours} hours on one project."
    criteria = _at_least("project_seconds", hours * _HOUR)
    return BuiltIn(f"project_{hours}h", name, description, criteria, "project", tier)


def _streak(days: int, name: str, family: str, tier: Tier) -> BuiltIn:
    description = f"Keep a streak of {days} days." if days > 1 else "Focus on one day."
    return BuiltIn(
        f"streak_{days}", name, description, _at_least("streak_days", days), family, tier
    )


def _active(days: int, name: str, tier: Tier) -> BuiltIn:
    criteria = _at_least("active_days", days)
    return BuiltIn(f"days_{days}", name, f"Focus on {days} days.", criteria, "days", tier)


def _entries(count: int, name: str, tier: Tier) -> BuiltIn:
    criteria = _at_least("entries", count)
    return BuiltIn(f"entries_{count}", name, f"Record {count} entries.", criteria, "entries", tier)


def _collected(count: int, name: str, tier: Tier) -> BuiltIn:
    criteria = _at_least("badges", count)
    return BuiltIn(f"badges_{count}", name, f"Earn {count} badges.", criteria, "badges", tier)


CATALOGUE: tuple[BuiltIn, ...] = (
    # Beginnings
    _single("first_entry", "entries", 1, "First step", "Record your first entry."),
    _single("first_room", "rooms_joined", 1, "Good company", "Join your first focus room."),
    _single("first_host", "rooms_hosted", 1, "Open door", "Host your first focus room."),
    # Focus time in all
    _hours(10, "Ten hours", "bronze"),
    _hours(100, "A hundred hours", "silver"),
    _hours(1000, "A thousand hours", "gold"),
    # On one project
    _project(10, "Settled in", "bronze"),
    _project(100, "At home", "silver"),
    _project(500, "Master of the house", "gold"),
    # Days in a row
    _streak(1, "Spark", "streak", "bronze"),
    _streak(3, "Kindling", "streak", "silver"),
    _streak(7, "On fire", "streak", "gold"),
    _streak(30, "A month in a row", "long_streak", "bronze"),
    _streak(100, "A hundred in a row", "long_streak", "silver"),
    _streak(365, "A year in a row", "long_streak", "gold"),
    # Days, in a row or not
    _active(30, "Regular", "bronze"),
    _active(100, "Steady", "silver"),
    _active(365, "Evergreen", "gold"),
    # Entries
    _entries(20, "Getting going", "bronze"),
    _entries(500, "Bookkeeper", "silver"),
    _entries(5000, "Chronicler", "gold"),
    # One entry
    _single("deep_hour", "entry_seconds", _HOUR, "Deep hour", "Focus for an hour in one entry."),
    # Times of day
    _single("early_bird", "early_entries", 1, "Early bird", "Start an entry before 9:00."),
    _single("night_owl", "late_entries", 1, "Night owl", "Start an entry at 22:00 or later."),
    BuiltIn(
        "round_the_clock",
        "Round the clock",
        "Start 25 entries before 9:00, and 25 at 22:00 or later.",
        {"all": [_at_least("early_entries", 25), _at_least("late_entries", 25)]},
    ),
    # Rooms
    _single("rooms_10", "rooms_joined", 10, "Sociable", "Join 10 focus rooms."),
    _single("host_10", "rooms_hosted", 10, "Host", "Host 10 focus rooms."),
    # Badges
    _collected(5, "Collector", "bronze"),
    _collected(10, "Keen collector", "silver"),
    _collected(20, "Curator", "gold"),
)
