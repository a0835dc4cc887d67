"""A request that has been let in, and what may be answered to it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiohttp import web

from handlers.actions.accounts import Device
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.http.parsing import readable
from rooms.errors import DomainError, Invalid, Unauthenticated

SERVICES: web.AppKey[Services] = web.AppKey("services")
DOOR: web.AppKey["Door"] = web.AppKey("door")


class Door:
    """What the process knows of its callers: their address, and whose pages may use cookies."""

    def __init__(self, origins: frozenset[str], public_url: str | None) -> None:
        self._origins = origins
        self._public_url = public_url

    def own_url(self, request: web.Request) -> str:
        """The address that people use for this server, without a slash at the end."""
        return self._public_url or f"{request.scheme}://{readable(request.host)}"

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
            user_agent=readable(self.request.headers.get("User-Agent", "")),
            address=self.request.remote or "",
            token=self.request.cookies.get("refresh_token"),
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


def renamed(error: DomainError, names: dict[str, str]) -> DomainError:
    """The same refusal in the words of a call whose fields have other names."""
    if isinstance(error, Invalid):
        errors = [(names.get(field, field), sentence) for field, sentence in error.errors]
        message = "; ".join(f"{field}: {sentence}" for field, sentence in errors)
        return Invalid(message or error.message, errors=errors)
    return error
