"""What a call answers, as a response."""

import msgspec
from aiohttp import web

from handlers.http.call import Reply
from handlers.http.operation import Operation


def response_of(operation: Operation, reply: Reply, request: web.Request) -> web.Response:
    status = reply.status or operation.status
    response = web.Response(status=status, headers=reply.headers)
    if status != 204:
        response.content_type = "application/json"
        response.charset = "utf-8"
        response.body = msgspec.json.encode(reply.body)
    secure = request.scheme == "https"
    for cookie in reply.cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            path=cookie.path,
            max_age=cookie.max_age,
            httponly=True,
            secure=secure,
            samesite="Lax",
        )
    return response
