"""One call of the API, as data."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from handlers.actions.limits import CallKind
from handlers.messages.common import Command
from rooms.scopes import Need

Access = Literal["anyone", "user", "admin"]
SAFE = ("GET", "HEAD", "OPTIONS")
Handler = Callable[..., Awaitable[Any]]
# What its calls need of an API token, where they do not say so themselves.
_NEEDS: dict[str, Need] = {"Accounts": "login", "Time entries": "timer"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that is no JSON message: its handler reads it from `call.request`.

    `media` are the content types taken, `most_bytes` is the size refused beyond; `field` is the
    name of the part that has the file, for multipart/form-data.
    """

    media: tuple[str, ...]
    most_bytes: int
    field: str | None = None


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
    upload: Upload | None = None
    produces: tuple[str, ...] = ("application/json",)
    limit: CallKind | None = None
    scope: Need | None = None

    @property
    def need(self) -> Need | None:
        """The scope that an API token must have; None for a call that anyone may make."""
        if self.access == "anyone":
            return None
        if self.scope is not None:
            return self.scope
        if self.access == "admin":
            return "admin"
        need = _NEEDS.get(self.tag, "write")
        return "read" if self.method in SAFE and need != "login" else need

    @property
    def kind(self) -> CallKind:
        """Which rate it counts for. Files, and what is no message, cost the server most."""
        if self.limit is not None:
            return self.limit
        if self.upload is not None or self.produces != ("application/json",):
            return "costly"
        if self.method in SAFE:
            return "read"
        return "sign_in" if self.access == "anyone" else "write"

    @property
    def may_be_kept(self) -> bool:
        """Whether its answers have an ETag. Not who is signed in where, and not what is sent piece
        by piece, which is of no type."""
        kept = ("application/json",), ("text/calendar",)
        message = self.produces in kept and self.answer is not dict
        return self.method == "GET" and message and not self.path.startswith("/auth/")

    @property
    def pattern(self) -> str:
        """The path as the router matches it: what is no number lies at another address."""
        return re.sub(r"{(\w+_id)}", r"{\1:[0-9]+}", self.path)

    @property
    def takes(self) -> type[msgspec.Struct] | None:
        """What its JSON body may be: where there is none to hand on, a command id at most."""
        if self.upload is not None:
            return None
        return self.body or (None if self.method in SAFE else Command)

    @property
    def may_lack_body(self) -> bool:
        return self.body_optional or self.body is None

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or self.handler.__name__).strip().split("\n")[0]

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)
