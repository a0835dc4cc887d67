"""Keeping secrets that are needed again: encrypted under a key that is not in the database."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Sealer:
    """Encrypts what has one purpose, by a key of 32 bytes (`Tokens.key_for`)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, user_id: int) -> bytes:
        """The secret, to be read only as something of the same user's."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, str(user_id).encode())

    def open(self, sealed: bytes, user_id: int) -> bytes | None:
        """The secret; None if it is another's, or was encrypted under another JWT_SECRET."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, str(user_id).encode())
        except InvalidTag:
            return None
