"""How a call of the API is declared: method, path, typed body, query and answer, in one place.

From the same declaration come the route, the checks and the OpenAPI document (`openapi.py`).
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from handlers.actions.limits import CallKind
from handlers.http.answers import response_of
from handlers.http.call import Reply
from handlers.http.limited import admit
from handlers.http.operation import Access, Handler, Operation, Upload
from handlers.http.parsing import body_of, path_value, query_of, require_media
from handlers.messages.common import Command
from rooms.scopes import Need

H = TypeVar("H", bound=Handler)


class Api:
    """A table of operations, filled by decorators."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def call(
        self,
        method: str,
        path: str,
        *,
        tag: str,
        access: Access = "user",
        body: type[msgspec.Struct] | None = None,
        body_optional: bool = False,
        query: type[msgspec.Struct] | None = None,
        answer: Any = None,
        status: int = 200,
        errors: tuple[str, ...] = (),
        upload: Upload | None = None,
        produces: tuple[str, ...] = ("application/json",),
        limit: CallKind | None = None,
        scope: Need | None = None,
    ) -> Callable[[H], H]:
        """Declare a handler `(call, [body], [query], **path parameters) -> answer or Reply`.

        The docstring's first line is the summary in the API document. Parameters named `*_id`
        are numbers; an address with another text in their place does not exist. A call that takes
        an `upload` reads it by `parsing.chunks_of` or `parsing.file_of`; one that `produces`
        something else than JSON answers a response of its own. `limit` is the rate that it counts
        for, where that is not the usual one (`Operation.kind`); `scope` is what it needs of an API
        token, where that is not the usual one (`Operation.need`).
        """

        def declare(handler: H) -> H:
            self.operations.append(
                Operation(
                    method,
                    path,
                    handler,
                    tag,
                    access,
                    body,
                    body_optional,
                    query,
                    answer,
                    status,
                    errors,
                    upload,
                    produces,
                    limit,
                    scope,
                )
            )
            return handler

        return declare

    def add_routes(self, app: web.Application, base: str) -> list[web.AbstractRoute]:
        """Add all operations below `base`; what can be read answers HEAD as well."""
        return [
            app.router.add_route(method, base + op.pattern, _route_of(op))
            for op in self.operations
            for method in ((op.method, "HEAD") if op.method == "GET" else (op.method,))
        ]


def _route_of(operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def route(request: web.Request) -> web.StreamResponse:
        call = await admit(operation, request)
        arguments: dict[str, Any] = {
            name: path_value(name, request.match_info[name]) for name in operation.parameters
        }
        if operation.query is not None:
            arguments["query"] = query_of(operation.query, request)
        if operation.upload is not None:
            require_media(request, operation.upload)
        if operation.takes is not None:
            body = await body_of(operation.takes, operation.may_lack_body, request)
            if isinstance(body, Command) and call.command_id is None:
                call.command_id = body.command_id
            if operation.body is not None:
                arguments["body"] = body
        answer = await operation.handler(call, **arguments)
        if isinstance(answer, web.StreamResponse):
            return answer
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        return response_of(operation, reply, request)

    return route
