"""Web push: RFC 8291 (encryption), RFC 8188 (its frame) and RFC 8292 (who sends it).

The primitives are those of `cryptography`; a test has the example of RFC 8291 come out of it.
"""

import os
import struct
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from yarl import URL

from handlers.actions.push import decode_base64, encode_base64, point_of

# What every push service takes.
LONGEST = 3000
_RECORD = 4096
_LAST_RECORD = b"\x02"
_VALID_FOR = timedelta(hours=12)


def encrypt(
    text: bytes,
    p256dh: str,
    auth: str,
    *,
    salt: bytes | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push, which only the browser of this subscription can read.

    `salt` and `key` are made anew for each message; only a test gives them.
    """
    salt = salt or os.urandom(16)
    key = key or ec.generate_private_key(ec.SECP256R1())
    theirs = decode_base64(p256dh)
    ours = point_of(key.public_key())
    shared = key.exchange(
        ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
    )
    secret = _derive(shared, decode_base64(auth), b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(content_key).encrypt(nonce, text + _LAST_RECORD, None)
    return salt + struct.pack("!LB", _RECORD, len(ours)) + ours + sealed


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def authorization(
    endpoint: str, key: ec.EllipticCurvePrivateKey, contact: str, now: datetime
) -> str:
    """The header that says which installation sends; `contact` is a mailto: or https: address."""
    claims = {"aud": str(URL(endpoint).origin()), "exp": now + _VALID_FOR, "sub": contact}
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token}, k={encode_base64(point_of(key.public_key()))}"
