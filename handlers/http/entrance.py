"""Who is let in: by a token in the header or the cookie, and from whose pages."""

from uuid import UUID

from aiohttp import web

from handlers.actions.api_tokens import authenticate as bearer
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.http.call import DOOR, SERVICES, Call, Door
from handlers.http.operation import SAFE, Operation
from rooms.errors import Forbidden, Invalid, Unauthenticated


async def let_in(operation: Operation, request: web.Request) -> Call:
    """The call, if its sender may make it.

    Raises Unauthenticated, Forbidden or Invalid; for an API token also Unavailable.
    """
    services, door = request.app[SERVICES], request.app[DOOR]
    principal = None
    if operation.need is not None:
        principal = await authenticate(request, services, door)
        principal.require(operation.need)
        if operation.access == "admin" and principal.role != "admin":
            raise Forbidden("Only an administrator may do that.")
    return Call(request, services, door, principal, _idempotency_key(request))


async def authenticate(request: web.Request, services: Services, door: Door) -> Principal:
    """Who calls, by the header or else the cookie. Raises Unauthenticated or Forbidden.

    An API token is good in the header only.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("Authorization must be: Bearer <token>.")
        return await bearer(services, token.strip())
    cookie = request.cookies.get("token")
    if not cookie:
        raise Unauthenticated
    require_own_page(request, door)
    return services.tokens.check(cookie)


def require_own_page(request: web.Request, door: Door) -> None:
    """Refuse what another site's page sends with our cookies. Raises Forbidden."""
    if request.method not in SAFE and not door.admits(request):
        raise Forbidden("This page may not use your login. Its address is not in FRONTEND_URL.")


def _idempotency_key(request: web.Request) -> UUID | None:
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    try:
        return UUID(text.strip().strip('"'))
    except ValueError:
        raise Invalid.field("Idempotency-Key", "must be a UUID") from None
