"""Who an API token speaks for: read from the database, and believed for a moment."""

import asyncio
import re
from datetime import UTC, datetime

from handlers.actions.identity import Principal, Revoked, secret_hash
from rooms.errors import Unauthenticated
from storage import api_tokens
from storage.api_tokens import FoundToken
from storage.database import Pool, acquired

# So that whoever looks for secrets that were left lying about knows ours.
PREFIX = "fh_"
FRESH_S = 1.0
# A token without an end.
NEVER = datetime.max.replace(tzinfo=UTC)
_MOST_KEPT = 10_000
_SHAPE = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")


def is_api_token(token: str) -> bool:
    """Whether this claims to be an API token; access tokens never begin like one."""
    return token.startswith(PREFIX)


class KnownTokens:
    """The tokens that were shown to this instance lately.

    One that was deleted is refused at once here, and on the others within two seconds: what was
    read is believed for one, and the loop that asks for ended logins learns of tokens as well.
    """

    def __init__(self, db: Pool, revoked: Revoked) -> None:
        self._db = db
        self._revoked = revoked
        self._known: dict[bytes, tuple[float, Principal]] = {}

    async def check(self, token: str) -> Principal:
        """Who the token speaks for. Raises Unauthenticated or Unavailable."""
        if not _SHAPE.fullmatch(token):
            raise Unauthenticated("This is not an API token.")
        hashed = secret_hash(token)
        until, principal = self._known.get(hashed, (0.0, None))
        if principal is None or until < asyncio.get_running_loop().time():
            principal = await self._read(hashed)
        if principal.login_id in self._revoked:
            raise Unauthenticated("This API token was deleted.")
        if principal.expires_at <= datetime.now(UTC):
            raise Unauthenticated("This API token has expired.")
        return principal

    async def _read(self, hashed: bytes) -> Principal:
        self._known.pop(hashed, None)
        now = asyncio.get_running_loop().time()
        async with acquired(self._db) as connection:
            found = await api_tokens.find_api_token(connection, hashed)
            if found is None:
                raise Unauthenticated("This API token does not hold, or not any more.")
            if found.unnoted:
                await api_tokens.note_use(connection, found.id)
        principal = _principal_of(found)
        self._keep(hashed, now + FRESH_S, principal)
        return principal

    def _keep(self, hashed: bytes, until: float, principal: Principal) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[hashed] = (until, principal)


def _principal_of(found: FoundToken) -> Principal:
    scopes = frozenset(found.scopes)
    role = found.role if "admin" in scopes else "user"
    return Principal(found.user_id, found.id, role, found.expires_at or NEVER, scopes)
