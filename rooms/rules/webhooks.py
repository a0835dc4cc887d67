"""Webhooks: which events may be chosen, how they are signed, and when they are sent again [N3]."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

# Of everything that one may choose, also what will be added later.
ALL = "*"
# Sent by themselves, whatever was chosen: a test, and that something is missing.
PING = "ping"
GAP = "webhook:gap"

PROJECT_EVENTS = (
    "timer:started",
    "timer:stopped",
    "timer:updated",
    "timer:discarded",
    "project:updated",
    "member:joined",
    "member:updated",
    "member:left",
    "badge:awarded",
)
# What is about the account and its logins is no business of programs elsewhere.
OWN_EVENTS = (
    *PROJECT_EVENTS,
    "project:deleted",
    "entry:created",
    "entry:updated",
    "entry:deleted",
    "entry:bulk",
    "streak:updated",
    "notification:created",
    "notification:updated",
    "timeline:added",
)

# By how many times the first pause the later ones are longer: from 10 s, about a day in all.
_PAUSES = (1, 6, 30, 180, 720, 2160, 4320)
MOST_ATTEMPTS = len(_PAUSES) + 1
# So many failures in a row say that the address is away, and not that it dislikes an event.
_AWAY_AFTER = 3
_LONGEST_REST = 30
# How many attempts are to have failed, besides the time, before an address is given up.
MANY_FAILURES = 10


def choosable(*, of_project: bool) -> tuple[str, ...]:
    """The events that may be chosen."""
    return PROJECT_EVENTS if of_project else OWN_EVENTS


def unknown_events(events: Iterable[str], *, of_project: bool) -> list[str]:
    """Those that may not be chosen."""
    known = {ALL, *choosable(of_project=of_project)}
    return [event for event in events if event not in known]


def chosen_events(events: Sequence[str], *, of_project: bool) -> tuple[str, ...]:
    """The events that a choice stands for."""
    return choosable(of_project=of_project) if ALL in events else tuple(events)


def signature(secrets: Iterable[str], at: datetime, body: bytes) -> str:
    """The header by which a receiver knows the sender: one `v1` for each secret that holds."""
    t = int(at.timestamp())
    signed = f"{t}.".encode() + body
    made = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={t}", *(f"v1={one}" for one in made)])


def pause_after(attempts: int, first: timedelta) -> timedelta | None:
    """How long to wait after so many attempts at a delivery; None: there is no further one."""
    if not 0 < attempts < MOST_ATTEMPTS:
        return None
    return first * _PAUSES[attempts - 1]


def rest_after(failures: int, first: timedelta) -> timedelta:
    """How long an address is left alone after so many failures in a row, whatever waits for it."""
    if failures < _AWAY_AFTER:
        return timedelta(0)
    # Beyond that the power is out of any use, and might be out of range.
    doubled = 2 ** min(failures - _AWAY_AFTER, 10)
    rest: timedelta = first * min(doubled, _LONGEST_REST)
    return rest


def is_given_up(
    failing_since: datetime | None, failures: int, now: datetime, patience: timedelta
) -> bool:
    """Whether nothing but failures has come for so long that nothing more is sent."""
    if failing_since is None or failures < MANY_FAILURES:
        return False
    return now - failing_since >= patience
