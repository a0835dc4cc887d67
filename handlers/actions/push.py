"""Being pushed to: the key of this installation, and one's browsers."""

import base64
import binascii
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from handlers.actions.identity import Principal
from handlers.actions.outside import check_url
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.common import Nothing
from handlers.messages.notices import (
    NewSubscription,
    PushKey,
    SubscriptionGone,
    SubscriptionMade,
)
from rooms.errors import Invalid, NotFound
from storage import push
from storage.database import Connection, acquired

_VAPID = "vapid"
_AUTH_BYTES = 16


async def read_push_key(services: Services) -> PushKey:
    """The key that browsers ask for; made when it is first asked for."""
    async with acquired(services.db) as connection:
        key = await vapid_key(connection)
    return PushKey(public_key=encode_base64(point_of(key.public_key())))


async def vapid_key(connection: Connection) -> ec.EllipticCurvePrivateKey:
    """The key that signs what is pushed. All instances have the same, once and for all."""
    kept = await push.read_key(connection, _VAPID)
    if kept is None:
        kept = await push.keep_key(connection, _VAPID, _new_key())
    key = serialization.load_pem_private_key(kept.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _new_key() -> str:
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as browsers write it, uncompressed."""
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def encode_base64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64(text: str) -> bytes:
    """The bytes of base64url, with or without padding. Raises ValueError."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64url") from error


async def subscribe(
    services: Services, user: Principal, request: NewSubscription, command_id: UUID | None
) -> SubscriptionMade:
    """Push to this browser from now on. Raises Invalid."""
    await check_url("endpoint", request.endpoint, allow_private=services.allow_private)
    _check_keys(request)

    async def act(unit: Unit) -> SubscriptionMade:
        subscription_id = await push.subscribe(
            unit.connection,
            user.user_id,
            request.endpoint,
            request.keys.p256dh,
            request.keys.auth,
            user.login_id,
        )
        return SubscriptionMade(subscription_id=subscription_id)

    sender = envelope(user.user_id, command_id, "push subscribe", request)
    return await run_command(services, sender, SubscriptionMade, act)


def _check_keys(request: NewSubscription) -> None:
    try:
        point = decode_base64(request.keys.p256dh)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Invalid.field("keys.p256dh", "is not a public key of P-256") from None
    try:
        secret = decode_base64(request.keys.auth)
    except ValueError:
        secret = b""
    if len(secret) != _AUTH_BYTES:
        raise Invalid.field("keys.auth", f"must be {_AUTH_BYTES} bytes in base64url")


async def unsubscribe(
    services: Services, user: Principal, which: SubscriptionGone | int, command_id: UUID | None
) -> None:
    """Push to a browser no more; by its id, or its endpoint. Raises NotFound."""

    async def act(unit: Unit) -> Nothing:
        if isinstance(which, int):
            there = await push.remove(unit.connection, user.user_id, which)
        else:
            there = await push.unsubscribe(unit.connection, user.user_id, which.endpoint)
        if not there:
            raise NotFound("There is no such subscription.")
        return Nothing()

    sender = envelope(user.user_id, command_id, "push unsubscribe", which)
    await run_command(services, sender, Nothing, act)
