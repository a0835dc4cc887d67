"""How a call of the API is declared: method, path, typed body, query and answer, in one place.

From the same declaration come the route, the checks and the OpenAPI document (`openapi.py`).
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import msgspec
from aiohttp import web

from handlers.actions.accounts import Device
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.messages.common import Command, refusal_of
from rooms.errors import (
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
)

SERVICES: web.AppKey[Services] = web.AppKey("services")
DOOR: web.AppKey["Door"] = web.AppKey("door")

Access = Literal["anyone", "user", "admin"]
_BIGGEST_ID = 2**53 - 1
_SAFE = ("GET", "HEAD", "OPTIONS")


class Door:
    """What the process knows of its callers: their address, and whose pages may use cookies."""

    def __init__(self, origins: frozenset[str], public_url: str | None) -> None:
        self._origins = origins
        self._public_url = public_url

    def own_url(self, request: web.Request) -> str:
        """The address that people use for this server, without a slash at the end."""
        return self._public_url or f"{request.scheme}://{request.host}"

    def admits(self, request: web.Request) -> bool:
        """Whether the page that sends the request, if any, may use the caller's cookies."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        own = {self.own_url(request), f"{request.scheme}://{request.host}"}
        return origin in own or origin in self._origins


@dataclass(slots=True)
class Call:
    """A request that has been let in: who calls, from where, under which command id.

    The id comes in the header `Idempotency-Key` or in the body.
    """

    request: web.Request
    services: Services
    door: Door
    principal: Principal | None
    command_id: UUID | None

    @property
    def user(self) -> Principal:
        """Who calls. Raises Unauthenticated for a call that anyone may make."""
        if self.principal is None:
            raise Unauthenticated
        return self.principal

    @property
    def device(self) -> Device:
        return Device(
            user_agent=_readable(self.request.headers.get("User-Agent", "")),
            address=self.request.remote or "",
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is more than its body: another status, or headers."""

    body: Any = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple["Cookie", ...] = ()


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set; an empty value takes it away. `max_age` is in seconds."""

    name: str
    value: str
    path: str
    max_age: int


Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the API."""

    method: str
    path: str
    handler: Handler
    tag: str
    access: Access
    body: type[msgspec.Struct] | None
    body_optional: bool
    query: type[msgspec.Struct] | None
    answer: Any
    status: int
    errors: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """The path as the router matches it: what is no number lies at another address."""
        return re.sub(r"{(\w+_id)}", r"{\1:[0-9]+}", self.path)

    @property
    def takes(self) -> type[msgspec.Struct] | None:
        """What its body may be: where there is none to hand on, a command id at most."""
        return self.body or (None if self.method in _SAFE else Command)

    @property
    def may_lack_body(self) -> bool:
        return self.body_optional or self.body is None

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or self.handler.__name__).strip().split("\n")[0]

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)


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
    ) -> Callable[[Handler], Handler]:
        """Declare a handler `(call, [body], [query], **path parameters) -> answer or Reply`.

        The docstring's first line is the summary in the API document. Parameters named `*_id`
        are numbers; an address with another text in their place does not exist.
        """

        def declare(handler: Handler) -> Handler:
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
        call = _let_in(operation, request)
        arguments: dict[str, Any] = {
            name: _path_value(name, request.match_info[name]) for name in operation.parameters
        }
        if operation.query is not None:
            arguments["query"] = _query_of(operation.query, request)
        if operation.takes is not None:
            body = await _body_of(operation.takes, operation.may_lack_body, request)
            if isinstance(body, Command) and call.command_id is None:
                call.command_id = body.command_id
            if operation.body is not None:
                arguments["body"] = body
        answer = await operation.handler(call, **arguments)
        if isinstance(answer, web.StreamResponse):
            return answer
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        return _response_of(operation, reply, request)

    return route


def _let_in(operation: Operation, request: web.Request) -> Call:
    services, door = request.app[SERVICES], request.app[DOOR]
    principal = None
    if operation.access != "anyone":
        principal = authenticate(request, services, door)
        if operation.access == "admin" and principal.role != "admin":
            raise Forbidden("Only an administrator may do that.")
    return Call(request, services, door, principal, _idempotency_key(request))


def authenticate(request: web.Request, services: Services, door: Door) -> Principal:
    """Who calls, by the header or else the cookie. Raises Unauthenticated or Forbidden."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("Authorization must be: Bearer <access token>.")
        return services.tokens.check(token.strip())
    cookie = request.cookies.get("token")
    if not cookie:
        raise Unauthenticated
    require_own_page(request, door)
    return services.tokens.check(cookie)


def require_own_page(request: web.Request, door: Door) -> None:
    """Refuse what another site's page sends with our cookies. Raises Forbidden."""
    if request.method not in _SAFE and not door.admits(request):
        raise Forbidden("This page may not use your login. Its address is not in FRONTEND_URL.")


def _idempotency_key(request: web.Request) -> UUID | None:
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    try:
        return UUID(text.strip().strip('"'))
    except ValueError:
        raise Invalid.field("Idempotency-Key", "must be a UUID") from None


def _path_value(name: str, text: str) -> int | str:
    if not name.endswith("_id"):
        return text
    value = int(text) if len(text) <= 16 else 0
    if not 1 <= value <= _BIGGEST_ID:
        raise NotFound
    return value


def _query_of(shape: type[msgspec.Struct], request: web.Request) -> msgspec.Struct:
    given = request.query
    for name, value in given.items():
        if len(given.getall(name)) > 1:
            raise Invalid.field(name, "is given twice")
        if "\0" in value or value != _readable(value):
            raise Invalid.field(name, "must be UTF-8 without NUL")
    try:
        return msgspec.convert(dict(given), shape, strict=False)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None


def _readable(text: str) -> str:
    """`text` of a request's head, with a mark for every byte that was no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def _body_of(
    shape: type[msgspec.Struct], optional: bool, request: web.Request
) -> msgspec.Struct:
    raw = await request.read()
    if not raw and optional:
        return shape()
    if request.content_type != "application/json":
        raise UnsupportedMediaType
    try:
        return msgspec.json.decode(raw, type=shape)
    except (ValueError, RecursionError) as error:
        raise refusal_of(error) from None


def _response_of(operation: Operation, reply: Reply, request: web.Request) -> web.Response:
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


def renamed(error: DomainError, names: dict[str, str]) -> DomainError:
    """The same refusal in the words of a call whose fields have other names."""
    if isinstance(error, Invalid):
        errors = [(names.get(field, field), sentence) for field, sentence in error.errors]
        message = "; ".join(f"{field}: {sentence}" for field, sentence in errors)
        return Invalid(message or error.message, errors=errors)
    return error
