"""What a badge asks for: criteria, whether they hold, and how far somebody has come [B1].

Every metric only grows with what one does, so criteria that hold go on holding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeGuard, get_args

from rooms.errors import Invalid

Metric = Literal[
    "total_seconds",
    "project_seconds",
    "entry_seconds",
    "entries",
    "streak_days",
    "active_days",
    "rooms_joined",
    "rooms_hosted",
    "early_entries",
    "late_entries",
    "badges",
]
METRICS: tuple[Metric, ...] = get_args(Metric)
# What somebody has reached; all that the criteria need must be there.
Metrics = Mapping[Metric, int]

EARLY_BEFORE_HOUR = 9
LATE_FROM_HOUR = 22
DEEPEST = 4
MOST_CONDITIONS = 20
LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class AtLeast:
    """One condition: the metric has reached `gte`, which is 1 or more."""

    metric: Metric
    gte: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts hold; there is at least one."""

    parts: "tuple[Criteria, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part or more holds; there is at least one."""

    parts: "tuple[Criteria, ...]"


Criteria = AtLeast | AllOf | AnyOf


def parse_criteria(value: Any) -> Criteria:
    """The criteria that a JSON value says. Raises Invalid, which names the place [B1].

    An object has `metric` with `gte`, or a list `all`, or a list `any`; if it has several of
    them, all must hold. Lists lie at most 4 deep, with at most 20 conditions in all.
    """
    criteria = _parsed(value, "criteria", 0)
    if sum(1 for _ in conditions(criteria)) > MOST_CONDITIONS:
        raise Invalid.field("criteria", f"must have at most {MOST_CONDITIONS} conditions")
    return criteria


def conditions(criteria: Criteria) -> Iterator[AtLeast]:
    """The single conditions, in the order in which they are written."""
    if isinstance(criteria, AtLeast):
        yield criteria
    else:
        for part in criteria.parts:
            yield from conditions(part)


def needs(criteria: Criteria) -> frozenset[Metric]:
    """The metrics that the criteria look at."""
    return frozenset(condition.metric for condition in conditions(criteria))


def holds(criteria: Criteria, metrics: Metrics) -> bool:
    """Whether somebody with these metrics has what the criteria ask for."""
    match criteria:
        case AtLeast(metric, gte):
            return metrics[metric] >= gte
        case AllOf(parts):
            return all(holds(part, metrics) for part in parts)
        case AnyOf(parts):
            return any(holds(part, metrics) for part in parts)


class Progress(NamedTuple):
    """How far somebody has come: `share` is 0 to 1, and 1 exactly if the criteria hold.

    `metric`, `value` and `target` are of the condition that decides it. `value` may exceed
    `target`.
    """

    share: float
    metric: Metric
    value: int
    target: int


def progress(criteria: Criteria, metrics: Metrics) -> Progress:
    """The way to a badge: as far as the hindmost of all parts, or the foremost of any."""
    match criteria:
        case AtLeast(metric, gte):
            value = metrics[metric]
            return Progress(min(value / gte, 1.0), metric, value, gte)
        case AllOf(parts):
            return min((progress(part, metrics) for part in parts), key=_share)
        case AnyOf(parts):
            return max((progress(part, metrics) for part in parts), key=_share)


def _share(progress: Progress) -> float:
    return progress.share


def _parsed(value: Any, place: str, depth: int) -> Criteria:
    if not isinstance(value, dict):
        raise Invalid.field(place, "must be an object")
    for key in value:
        if key not in {"metric", "gte", "all", "any"}:
            raise Invalid.field(f"{place}.{str(key)[:40]}", "is not known")
    parts: list[Criteria] = []
    if "metric" in value or "gte" in value:
        parts.append(_condition(value, place))
    if "all" in value:
        parts.append(AllOf(_list(value["all"], f"{place}.all", depth)))
    if "any" in value:
        parts.append(AnyOf(_list(value["any"], f"{place}.any", depth)))
    if not parts:
        raise Invalid.field(place, "must have metric and gte, or all, or any")
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _condition(value: dict[str, Any], place: str) -> AtLeast:
    metric, gte = value.get("metric"), value.get("gte")
    if not _is_metric(metric):
        raise Invalid.field(f"{place}.metric", f"must be one of {', '.join(METRICS)}")
    if not isinstance(gte, int) or isinstance(gte, bool) or not 1 <= gte <= LARGEST:
        raise Invalid.field(f"{place}.gte", "must be a whole number from 1 to 2^53 - 1")
    return AtLeast(metric, gte)


def _list(value: Any, place: str, depth: int) -> tuple[Criteria, ...]:
    if depth == DEEPEST:
        raise Invalid.field(place, f"must not lie more than {DEEPEST} deep")
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CONDITIONS:
        raise Invalid.field(place, f"must be a list of 1 to {MOST_CONDITIONS}")
    return tuple(_parsed(part, f"{place}[{n}]", depth + 1) for n, part in enumerate(value))


def _is_metric(value: Any) -> TypeGuard[Metric]:
    return isinstance(value, str) and value in METRICS
