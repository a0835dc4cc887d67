"""The calls that Promodoro had, for its clients: the same data as everywhere else."""

from handlers.actions import boards, promodoro
from handlers.actions.boards import Asked
from handlers.http import accounts
from handlers.http.api import Api
from handlers.http.call import Call, Reply, renamed
from handlers.http.pages import decode_cursor, encode_cursor, next_page
from handlers.messages.accounts import SignedIn, Signin
from handlers.messages.boards import Period, RowPosition
from handlers.messages.promodoro import (
    FocusLog,
    FocusMetrics,
    FocusSession,
    LoggedSession,
    MinutesView,
    Registration,
    with_minutes,
)
from handlers.messages.timeline import PageQuery
from rooms.errors import Invalid

api = Api()
_TAG = "Promodoro"


@api.call(
    "POST", "/user/register", tag=_TAG, access="anyone", body=Registration, answer=SignedIn,
    status=201, errors=("email_taken",),
)  # fmt: skip
async def register(call: Call, body: Registration) -> Reply:
    """Make an account and sign in; the username is made from the name."""
    signed_in = await promodoro.register(call.services, body, call.device)
    return accounts.with_cookies(call, signed_in, 201)


@api.call(
    "POST", "/user/login", tag=_TAG, access="anyone", body=Signin, answer=SignedIn,
    errors=accounts.SIGN_IN_ERRORS,
)  # fmt: skip
async def log_in_user(call: Call, body: Signin) -> Reply:
    """Sign in, as `POST /auth/login` does."""
    return await accounts.sign_in(call, body)


@api.call("POST", "/user/logout", tag=_TAG, status=204, scope="login")
async def log_out_user(call: Call) -> Reply:
    """End this login, as `POST /auth/logout` does."""
    return await accounts.log_out(call)


@api.call(
    "POST", "/focus-session", tag=_TAG, body=FocusSession, answer=LoggedSession, status=201,
    scope="timer",
)  # fmt: skip
async def log_session(call: Call, body: FocusSession) -> LoggedSession:
    """Record minutes of focus that have ended."""
    try:
        return await promodoro.log_session(call.services, call.user, body, call.command_id)
    except Invalid as error:
        names = {"ended_at": "timestamp", "started_at": "timestamp"}
        raise renamed(error, names) from None


@api.call("GET", "/focus-metrics", tag=_TAG, answer=FocusMetrics)
async def read_metrics(call: Call) -> FocusMetrics:
    """Focus today and in the seven days that end today, the streak, and its medal."""
    return await promodoro.read_metrics(call.services, call.user)


@api.call("GET", "/focus-logs", tag=_TAG, answer=list[FocusLog])
async def read_logs(call: Call) -> list[FocusLog]:
    """One's last ten days, the newest first."""
    return await promodoro.read_logs(call.services, call.user)


@api.call("GET", "/leaderboard-overall", tag=_TAG, query=PageQuery, answer=list[MinutesView])
async def read_overall_board(call: Call, query: PageQuery) -> Reply:
    """Who has focused most in all."""
    return await _board(call, query, "all")


@api.call("GET", "/leaderboard-today", tag=_TAG, query=PageQuery, answer=list[MinutesView])
async def read_todays_board(call: Call, query: PageQuery) -> Reply:
    """Who has focused most today, by the server's day."""
    return await _board(call, query, "day")


async def _board(call: Call, query: PageQuery, period: Period) -> Reply:
    position = decode_cursor(query.cursor, RowPosition)
    after = None if position is None else position.parts
    asked = Asked(period, "global", "time")
    rows, more = await boards.read_page(call.services, call.user, asked, after, query.limit)
    cursor = None if more is None else encode_cursor(more)
    return Reply([with_minutes(row) for row in rows], headers=next_page(call.request, cursor))
