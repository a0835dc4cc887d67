"""Counting calls on their way in, and telling callers how they stand."""

import math

from aiohttp import web

from handlers.actions.limits import Exceeded
from handlers.http.call import SERVICES, Call
from handlers.http.entrance import let_in
from handlers.http.operation import Operation
from rooms.errors import Unauthenticated
from rooms.rules.limits import SECOND_US, Verdict

_VERDICT: web.RequestKey[Verdict | None] = web.RequestKey("verdict")
LIMIT_HEADERS = {
    "RateLimit-Limit": "how many calls of this kind may be made at once",
    "RateLimit-Remaining": "how many of them are left",
    "RateLimit-Reset": "after how many seconds all are there again",
    "RateLimit-Policy": 'the name of the limit, and its rate: "read";q=600;w=60',
}


async def admit(operation: Operation, request: web.Request) -> Call:
    """The call, if its sender may make it, and not too often. Raises what `let_in` does, or
    Exceeded."""
    try:
        call = await let_in(operation, request)
    except Unauthenticated:
        # Also who is nobody may not ask too often.
        await _count(operation, request, None)
        raise
    user_id = None if call.principal is None else call.principal.user_id
    await _count(operation, request, user_id)
    return call


async def _count(operation: Operation, request: web.Request, user_id: int | None) -> None:
    limits = request.app[SERVICES].limits
    try:
        verdict = await limits.take(operation.kind, user_id, request.remote or "")
    except Exceeded as refusal:
        request[_VERDICT] = refusal.verdict
        raise
    request[_VERDICT] = verdict


def tell_limit(response: web.StreamResponse, request: web.Request) -> None:
    """Say in the answer's headers how its caller stands with the limit that has least left."""
    verdict = request.get(_VERDICT)
    if verdict is None:
        return
    rate = verdict.rate
    told = (
        str(rate.count),
        str(verdict.remaining),
        str(math.ceil(verdict.reset_us / SECOND_US)),
        f'"{verdict.name}";q={rate.count};w={rate.period_s}',
    )
    response.headers.update(zip(LIMIT_HEADERS, told, strict=True))
