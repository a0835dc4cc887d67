"""Which notifications come where, and the browsers that are pushed to, as clients see them."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from handlers.messages.common import END, Command, Id, Message, View

Endpoint = Annotated[str, Meta(min_length=1, max_length=2000, pattern="^[\\x21-\\x7e]*" + END)]
Base64Url = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9_=-]*" + END)]
KindName = Annotated[str, Meta(pattern="^[a-z0-9_]{1,60}" + END)]


class Preference(View, frozen=True, kw_only=True):
    """Where a kind of notifications comes."""

    kind: str
    in_app: bool
    email: bool
    push: bool


class PreferenceEdit(Command, frozen=True, kw_only=True):
    """Channels left out stay as they are."""

    kind: KindName
    in_app: bool | UnsetType = UNSET
    email: bool | UnsetType = UNSET
    push: bool | UnsetType = UNSET


class OnePreference(Message, frozen=True, kw_only=True):
    """Channels left out stay as they are."""

    kind: KindName
    in_app: bool | UnsetType = UNSET
    email: bool | UnsetType = UNSET
    push: bool | UnsetType = UNSET


class PreferencesEdit(Command, frozen=True, kw_only=True):
    """Kinds left out stay as they are."""

    preferences: Annotated[list[OnePreference], Meta(max_length=100)]


class PushKey(View, frozen=True, kw_only=True):
    """`applicationServerKey` for browsers: P-256, uncompressed, in base64url."""

    public_key: str


class SubscriptionKeys(Message, frozen=True, kw_only=True):
    p256dh: Base64Url
    auth: Base64Url


class NewSubscription(Command, frozen=True, kw_only=True):
    """As `PushSubscription.toJSON()` gives it; nothing is made of when it expires."""

    endpoint: Endpoint
    keys: SubscriptionKeys
    expires_at: int | float | None = msgspec.field(default=None, name="expirationTime")


class SubscriptionMade(View, frozen=True, kw_only=True):
    subscription_id: Id


class SubscriptionGone(Command, frozen=True, kw_only=True):
    endpoint: Endpoint
