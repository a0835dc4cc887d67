"""The kinds of notifications: where each comes unless somebody chose otherwise, and its words [N2].

Who tells of a kind that is not here is understood all the same: it comes in the application, and
where else its user has chosen, in general words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Channel = Literal["in_app", "email", "push"]
CHANNELS: tuple[Channel, ...] = ("in_app", "email", "push")
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """`default` are the channels that it comes on unless chosen otherwise, `possible` all that
    it can come on. Push is for those who have subscribed."""

    default: frozenset[Channel] = frozenset({"in_app", "push"})
    possible: frozenset[Channel] = frozenset(CHANNELS)
    urgent: bool = False

    def wants(self, channel: Channel, chosen: bool | None) -> bool:
        """Whether it comes there, by what somebody has chosen, if anything."""
        return channel in self.possible and (channel in self.default if chosen is None else chosen)


DIGEST = "weekly_digest"
_OTHER = Kind()
KINDS: dict[str, Kind] = {
    "badge_awarded": _OTHER,
    "streak_reached": _OTHER,
    "timer_forgotten": Kind(default=frozenset(CHANNELS), urgent=True),
    "timer_ended": _OTHER,
    "project_created": _OTHER,
    # Whoever has programs listen seldom looks at the page.
    "webhook_disabled": Kind(default=frozenset(CHANNELS)),
    DIGEST: Kind(default=frozenset(), possible=frozenset({"email"})),
}


def kind_of(name: str) -> Kind:
    return KINDS.get(name, _OTHER)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification in words; `path` is the page that it leads to."""

    title: str
    body: str
    path: str = "/"


def notice_of(kind: str, data: Data) -> Notice:
    """The words of a notification; whatever its data lacks is left out."""
    notice = _WORDS.get(kind, _anything)(data)
    return Notice(_line(notice.title), notice.body, notice.path)


def _badge(data: Data) -> Notice:
    name = data.get("name")
    title = f"You have earned the badge “{name}”" if name else "You have earned a badge"
    return Notice(title, "It stands with your other badges now.", "/badges")


def _streak(data: Data) -> Notice:
    days = data.get("days")
    title = f"{days} days in a row" if days else "Your streak goes on"
    return Notice(title, "You have focused every day. Well done.", "/streak")


def _forgotten(data: Data) -> Notice:
    what = data.get("description")
    title = f"Is your timer still running? “{what}”" if what else "Is your timer still running?"
    return Notice(title, "It has been running for long. Say since when you have not been working.")


def _ended(data: Data) -> Notice:
    what = data.get("description")
    title = f"Your timer was ended: “{what}”" if what else "Your timer was ended"
    return Notice(title, "It had been running for too long. You can still correct its times.")


def _project(data: Data) -> Notice:
    name, by, project_id = data.get("name"), data.get("by"), data.get("project_id")
    title = f"{by or 'Somebody whom you follow'} has made the project “{name or 'without a name'}”"
    path = f"/projects/{project_id}" if isinstance(project_id, int) else "/projects"
    return Notice(title, "It is open for everybody to join.", path)


_WEBHOOK_REASONS = {
    "failing": "For days nothing that was sent there was taken. You can switch it on again.",
    "gone": "Its address has answered that it is gone for good.",
    "not_a_member": "You do not belong to its project any more.",
    "secret_lost": "Its secret cannot be read any more. Make a new one, and switch it on again.",
}


def _webhook(data: Data) -> Notice:
    host = data.get("host")
    title = f"Your webhook to {host} was switched off" if host else "A webhook was switched off"
    why = _WEBHOOK_REASONS.get(str(data.get("reason")), "Nothing more is sent there.")
    return Notice(title, why, "/settings")


def _anything(data: Data) -> Notice:
    return Notice("There is news for you", "Look it up among your notifications.", "/notifications")


_WORDS: dict[str, Callable[[Data], Notice]] = {
    "badge_awarded": _badge,
    "streak_reached": _streak,
    "timer_forgotten": _forgotten,
    "timer_ended": _ended,
    "project_created": _project,
    "webhook_disabled": _webhook,
}


@dataclass(frozen=True, slots=True)
class Week:
    """What a digest tells of: a week from its Monday on, in somebody's own days."""

    starts_on: date
    seconds: int
    active_days: int
    streak: int
    badges: tuple[str, ...]
    rank: int | None


def digest_of(week: Week) -> Notice:
    """A week in words."""
    lines = [
        f"Focus time: {duration(week.seconds)} on {_counted(week.active_days, 'day')}",
        f"Streak: {_counted(week.streak, 'day')}",
    ]
    if week.rank is not None:
        lines.append(f"Rank on the board of everybody: {week.rank}")
    if week.badges:
        lines.append(f"New badges: {_line(', '.join(week.badges), 500)}")
    return Notice(f"Your week: {duration(week.seconds)} of focus", "\n".join(lines), "/streak")


def duration(seconds: int) -> str:
    """Hours and minutes, as people say them."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _line(text: str, longest: int = 150) -> str:
    """One line, of no more than so many characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
