"""Who is asking: access tokens, and the logins that have ended."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt

from rooms.errors import Forbidden, Unauthenticated
from rooms.scopes import Need

ISSUER = "focushub"
AUDIENCE = "focushub-api"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who is signed in: whose token, of which login, until when it holds.

    `scopes` are those of an API token, whose own id `login_id` is then; None for a login, which
    may do everything. `role` is `admin` only where the token has that scope as well.
    """

    user_id: int
    login_id: int
    role: Literal["user", "admin"]
    expires_at: datetime
    scopes: frozenset[str] | None = None

    def require(self, need: Need) -> None:
        """Raises Forbidden if this is an API token that may not do what needs that scope."""
        if self.scopes is None or need in self.scopes:
            return
        if need == "login":
            raise Forbidden("An API token may not do that: sign in.")
        raise Forbidden(f"This API token does not have the scope {need!r}.")


class Revoked:
    """The logins, and API tokens, that ended while something may still be alive by them.

    Kept in memory by every instance: at once where the login ended, within two seconds elsewhere
    (a loop asks the database every second).
    """

    def __init__(self, keep_for: timedelta) -> None:
        self._keep_for = keep_for
        self._ended: dict[int, datetime] = {}

    def add(self, login_ids: Iterable[int], at: datetime | None = None) -> None:
        at = at or datetime.now(UTC)
        for login_id in login_ids:
            self._ended[login_id] = at

    def forget_old(self) -> None:
        """Drop those whose last token has run out by itself."""
        oldest = datetime.now(UTC) - self._keep_for
        self._ended = {login: at for login, at in self._ended.items() if at >= oldest}

    def __contains__(self, login_id: int) -> bool:
        return login_id in self._ended


class Tokens:
    """Signed access tokens (JWT, one fixed algorithm, issuer and audience), and random secrets.

    `previous` is another secret that still counts: tokens signed by it hold, and what was
    encrypted under it can be read. Nothing is signed or encrypted by it any more.
    """

    def __init__(
        self, secret: str, lifetime: timedelta, revoked: Revoked, previous: str | None = None
    ) -> None:
        self._secret = secret
        self._secrets = (secret,) if previous is None else (secret, previous)
        self.lifetime = lifetime
        self._revoked = revoked

    def issue(self, user_id: int, login_id: int, role: Literal["user", "admin"]) -> str:
        """An access token for a login, good for `lifetime` from now."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "sid": login_id,
            "role": role,
            "iat": now,
            "exp": now + self.lifetime,
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def seal(self, text: str) -> str:
        """A hash that only this server can make, of what is too weak for a plain one."""
        return hmac.new(self._secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def key_for(self, purpose: str) -> bytes:
        """32 bytes that only this server can make, for one purpose."""
        return _key(self._secret, purpose)

    def keys_for(self, purpose: str) -> list[bytes]:
        """The key for a purpose, and the one it had under the previous secret."""
        return [_key(secret, purpose) for secret in self._secrets]

    def check(self, token: str) -> Principal:
        """Who the token speaks for. Raises Unauthenticated if it does not hold."""
        try:
            claims = self._claims_of(token)
            principal = Principal(
                user_id=int(claims["sub"]),
                login_id=int(claims["sid"]),
                role="admin" if claims["role"] == "admin" else "user",
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The access token has expired.") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            raise Unauthenticated("The access token is not valid.") from None
        if principal.login_id in self._revoked:
            raise Unauthenticated("This login has ended.")
        return principal

    def _claims_of(self, token: str) -> dict[str, Any]:
        """What is signed by one of the secrets. Raises PyJWTError."""
        *others, last = self._secrets
        for secret in others:
            with suppress(jwt.InvalidSignatureError):
                return _decoded(token, secret)
        return _decoded(token, last)


def _decoded(token: str, secret: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        secret,
        algorithms=[_ALGORITHM],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    return claims


def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"key\0{purpose}".encode(), hashlib.sha256)


def new_secret(size: int = 32) -> str:
    """Random URL-safe text without `=` of `size` bytes."""
    return secrets.token_urlsafe(size).rstrip("=")


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret. It has 256 random bits, so a plain hash will do."""
    # A header may hold what is no UTF-8; that is no secret of ours, and finds none.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
