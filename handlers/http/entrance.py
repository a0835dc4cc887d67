"""Who is let in: by a token in the header or the cookie, and from whose pages."""

from uuid import UUID

from aiohttp import web

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.http.call import DOOR, SERVICES, Call, Door
from handlers.http.operation import SAFE, Operation
from rooms.errors import Forbidden, Invalid, Unauthenticated


def let_in(operation: Operation, request: web.Request) -> Call:
    """The call, if its sender may make it. Raises Unauthenticated, Forbidden or Invalid."""
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
