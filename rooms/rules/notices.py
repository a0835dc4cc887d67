"""The kinds of notifications: where each comes unless somebody chose otherwise, and its words [N2].

Who tells of a kind that is not here is understood all the same: it comes in the application, and
where else its user has chosen, in general words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from rooms.rules.languages import Language
from rooms.rules.texts import counted, text

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


def notice_of(kind: str, data: Data, language: Language | None = None) -> Notice:
    """The words of a notification; whatever its data lacks is left out."""
    notice = _WORDS.get(kind, _anything)(data, language)
    return Notice(_line(notice.title), notice.body, notice.path)


def _badge(data: Data, language: Language | None) -> Notice:
    title = _titled(language, "badge", name=data.get("name"))
    return Notice(title, text(language, "badge.body"), "/badges")


def _streak(data: Data, language: Language | None) -> Notice:
    title = _titled(language, "streak", days=data.get("days"))
    return Notice(title, text(language, "streak.body"), "/streak")


def _forgotten(data: Data, language: Language | None) -> Notice:
    title = _titled(language, "forgotten", what=data.get("description"))
    return Notice(title, text(language, "forgotten.body"))


def _ended(data: Data, language: Language | None) -> Notice:
    title = _titled(language, "ended", what=data.get("description"))
    return Notice(title, text(language, "ended.body"))


def _project(data: Data, language: Language | None) -> Notice:
    by = data.get("by") or text(language, "project.somebody")
    name = data.get("name") or text(language, "project.nameless")
    project_id = data.get("project_id")
    path = f"/projects/{project_id}" if isinstance(project_id, int) else "/projects"
    title = text(language, "project.title", by=by, name=name)
    return Notice(title, text(language, "project.body"), path)


_WEBHOOK_REASONS = frozenset({"failing", "gone", "not_a_member", "secret_lost"})


def _webhook(data: Data, language: Language | None) -> Notice:
    title = _titled(language, "webhook", host=data.get("host"))
    reason = str(data.get("reason"))
    why = text(language, f"webhook.{reason if reason in _WEBHOOK_REASONS else 'other'}")
    return Notice(title, why, "/settings")


def _anything(data: Data, language: Language | None) -> Notice:
    title, body = text(language, "other.title"), text(language, "other.body")
    return Notice(title, body, "/notifications")


def _titled(language: Language | None, key: str, **named: Any) -> str:
    """A title that names what it is of, or else the bare one."""
    return text(language, f"{key}.title" if all(named.values()) else f"{key}.title.bare", **named)


_WORDS: dict[str, Callable[[Data, Language | None], Notice]] = {
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


def digest_of(week: Week, language: Language | None = None) -> Notice:
    """A week in words."""
    time = duration(week.seconds, language)
    on_days = counted(language, "on_days", week.active_days)
    lines = [
        text(language, "digest.time", time=time, days=on_days),
        text(language, "digest.streak", days=counted(language, "days", week.streak)),
    ]
    if week.rank is not None:
        lines.append(text(language, "digest.rank", rank=week.rank))
    if week.badges:
        lines.append(text(language, "digest.badges", names=_line(", ".join(week.badges), 500)))
    return Notice(text(language, "digest.title", time=time), "\n".join(lines), "/streak")


def duration(seconds: int, language: Language | None = None) -> str:
    """Hours and minutes, as people say them."""
    hours, minutes = divmod(seconds // 60, 60)
    key = "duration.hours" if hours else "duration.minutes"
    return text(language, key, hours=hours, minutes=minutes)


def _line(text: str, longest: int = 150) -> str:
    """One line, of no more than so many characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
