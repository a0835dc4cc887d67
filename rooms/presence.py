"""Who is shown as present, and as what [P2]: from what connections say to what others see."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Mood = Literal["active", "away", "invisible"]
Activity = Literal["active", "focusing", "break"]
Status = Literal["active", "focusing", "break", "away"]
Phase = Literal["work", "break"]

MOST_NAMED = 200
_RANK: dict[Activity, int] = {"active": 0, "break": 1, "focusing": 2}

# (user id, username, what they do), as one instance says it of one channel.
Word = tuple[int, str, Activity]
# (username, status), as others see it.
Shown = tuple[str, Status]


def activity_of(*, timer_runs: bool, phases: Collection[Phase | None]) -> Activity:
    """What somebody does whose timer runs (and may be shown), in rooms that are in these phases."""
    if timer_runs or "work" in phases:
        return "focusing"
    return "break" if "break" in phases else "active"


def phase_shown(state: str, phase: str | None) -> Phase | None:
    """What a room's timer makes of those in it: a pause still belongs to the phase it is in."""
    if state == "idle" or phase is None:
        return None
    return "work" if phase == "work" else "break"


def mood_of(moods: Collection[Mood]) -> Mood:
    """Of all connections of one user: invisible as soon as one says so, away only if all are."""
    if "invisible" in moods:
        return "invisible"
    return "away" if moods and all(mood == "away" for mood in moods) else "active"


def merge_moods(said: Iterable[tuple[int, Mood]]) -> dict[int, Mood]:
    """The moods of users by what several instances say of their connections."""
    found: dict[int, list[Mood]] = {}
    for user_id, mood in said:
        found.setdefault(user_id, []).append(mood)
    return {user_id: mood_of(moods) for user_id, moods in found.items()}


def merge_words(said: Iterable[Iterable[Word]], moods: Mapping[int, Mood]) -> dict[int, Shown]:
    """Who is present, each user once, by what several instances say of a channel."""
    busiest: dict[int, tuple[str, Activity]] = {}
    for words in said:
        for user_id, username, activity in words:
            other = busiest.get(user_id)
            if other is None or _RANK[activity] > _RANK[other[1]]:
                busiest[user_id] = (username, activity)
    shown: dict[int, Shown] = {}
    for user_id, (username, activity) in busiest.items():
        mood = moods.get(user_id)
        if mood != "invisible":
            shown[user_id] = (username, "away" if mood == "away" else activity)
    return shown


@dataclass(frozen=True, slots=True)
class Told:
    """What followers of a channel know: who is there, or above 200 only how many (None)."""

    users: dict[int, Shown] | None
    count: int


NOTHING_TOLD = Told({}, 0)


def told_of(present: Mapping[int, Shown]) -> Told:
    count = len(present)
    return Told(dict(present) if count <= MOST_NAMED else None, count)


@dataclass(frozen=True, slots=True)
class News:
    """What followers are to be told: ids of `present`, and those that are gone."""

    joined: list[int]
    left: list[int]
    changed: list[int]
    count: int


def news_for(told: Told, present: Mapping[int, Shown]) -> News | None:
    """What leads from `told` to `present`; None where nothing is to be told."""
    count = len(present)
    if count > MOST_NAMED:
        return None if told.users is None and told.count == count else News([], [], [], count)
    known = told.users or {}
    joined = sorted(user_id for user_id in present if user_id not in known)
    left = sorted(user_id for user_id in known if user_id not in present)
    changed = sorted(u for u, shown in present.items() if u in known and known[u] != shown)
    if not (joined or left or changed) and told.count == count:
        return None
    return News(joined, left, changed, count)
