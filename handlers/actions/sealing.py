"""Keeping secrets that are needed again: encrypted under a key that is not in the database."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Sealer:
    """Encrypts what has one purpose, by a key of 32 bytes; reads what older ones have encrypted
    (`Tokens.keys_for`)."""

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._cipher = AESGCM(key)
        self._ciphers = [self._cipher, *map(AESGCM, older)]

    def seal(self, secret: bytes, user_id: int) -> bytes:
        """The secret, to be read only as something of the same user's."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, str(user_id).encode())

    def open(self, sealed: bytes, user_id: int) -> bytes | None:
        """The secret; None if it is another's, or was encrypted under another JWT_SECRET."""
        found = (_opened(cipher, sealed, user_id) for cipher in self._ciphers)
        return next((secret for secret in found if secret is not None), None)

    def sealed_anew(self, sealed: bytes, user_id: int) -> bytes | None:
        """The same under the key of now; None where there is nothing to do, or to be done."""
        if _opened(self._cipher, sealed, user_id) is not None:
            return None
        secret = self.open(sealed, user_id)
        return None if secret is None else self.seal(secret, user_id)


def _opened(cipher: AESGCM, sealed: bytes, user_id: int) -> bytes | None:
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, rest, str(user_id).encode())
    except InvalidTag:
        return None
