"""What is kept of answers for a while: the parts of them that are the same for every reader."""

from handlers.messages.common import InstantText, View
from handlers.messages.earned import AwardedView, StreakNow
from handlers.messages.people import MomentPosition, TotalsView
from handlers.messages.reports import HeatDay
from rooms.rules.badges import Metric


class ProfileNumbers(View, frozen=True, kw_only=True):
    """What a profile shows of what somebody did."""

    badges: list[AwardedView]
    streak: StreakNow
    totals: TotalsView
    contributions: list[HeatDay]


class BadgePage(View, frozen=True, kw_only=True):
    """The first page of somebody's badges, and where the next one begins."""

    badges: list[AwardedView]
    more: MomentPosition | None


class Standing(View, frozen=True, kw_only=True):
    """How far somebody has come, by metric, and when they got which badge, by its id."""

    metrics: dict[Metric, int]
    awarded: dict[int, InstantText]
