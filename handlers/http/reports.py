"""/api/reports: one's own time, summed up."""

from handlers.actions import reports
from handlers.http.api import Api
from handlers.http.call import Call
from handlers.messages.reports import HeatDay, HeatQuery, SummaryQuery, SummaryView

api = Api()
_TAG = "Reports"


@api.call(
    "GET", "/reports/summary", tag=_TAG, query=SummaryQuery, answer=SummaryView, limit="costly"
)
async def read_summary(call: Call, query: SummaryQuery) -> SummaryView:
    """One's tracked time by one or two of day, week, month, project and tag."""
    return await reports.read_summary(call.services, call.user, query)


@api.call("GET", "/reports/heatmap", tag=_TAG, query=HeatQuery, answer=list[HeatDay])
async def read_heatmap(call: Call, query: HeatQuery) -> list[HeatDay]:
    """One's focus time by day, in a year."""
    return await reports.read_heatmap(call.services, call.user, query.year)
