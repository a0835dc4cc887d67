"""One call of the API, as data."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from handlers.messages.common import Command

Access = Literal["anyone", "user", "admin"]
SAFE = ("GET", "HEAD", "OPTIONS")
Handler = Callable[..., Awaitable[Any]]


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
