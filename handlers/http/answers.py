"""What a call answers, as a response."""

from collections.abc import Iterable

import msgspec
from aiohttp import web

from handlers.http.call import Cookie, Reply
from handlers.http.freshness import keep_fresh
from handlers.http.operation import Operation


def response_of(operation: Operation, reply: Reply, request: web.Request) -> web.Response:
    status = reply.status or operation.status
    response = web.Response(status=status, headers=reply.headers)
    if status != 204:
        response.content_type = "application/json"
        response.charset = "utf-8"
        response.body = msgspec.json.encode(reply.body)
    set_cookies(response, reply.cookies, request)
    return keep_fresh(operation, request, response)


def set_cookies(response: web.Response, cookies: Iterable[Cookie], request: web.Request) -> None:
    """Cookies that no script reads, and no other site's page sends along but by a link."""
    for cookie in cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            path=cookie.path,
            max_age=cookie.max_age,
            httponly=True,
            secure=request.scheme == "https",
            samesite="Lax",
        )
