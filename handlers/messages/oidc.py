"""Signing in by OpenID Connect."""

from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.messages.common import END, InstantText, Message, View

# RFC 6749, appendix A; together they fit into the first line of a request.
_ASCII = "^[\\x20-\\x7e]*" + END


class OidcView(View, frozen=True, kw_only=True):
    """What the button says: "Sign in with …"."""

    name: str


class SignInMethods(View, frozen=True, kw_only=True):
    password: bool
    oidc: OidcView | None


class OidcStart(Message, frozen=True, kw_only=True):
    """`next`: the page of this server on which one wants to be afterwards."""

    next: Annotated[str, Meta(max_length=500)] = "/"


class OidcReturn(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sends back; whatever else it adds is passed over."""

    state: Annotated[str, Meta(max_length=100, pattern=_ASCII)] = ""
    code: Annotated[str, Meta(max_length=2000, pattern=_ASCII)] | None = None
    error: Annotated[str, Meta(max_length=100, pattern=_ASCII)] | None = None
    iss: Annotated[str, Meta(max_length=300, pattern=_ASCII)] | None = None


class OidcLink(View, frozen=True, kw_only=True):
    """`url`: where the browser goes to show who it is."""

    url: str


class OidcLinked(View, frozen=True, kw_only=True):
    """Whether one's account is linked, and since when."""

    linked: bool
    linked_at: InstantText | None
    used_at: InstantText | None
