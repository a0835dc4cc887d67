"""What is kept encrypted, whatever it is for: to be encrypted anew under another secret."""

from dataclasses import dataclass

from storage.database import Connection
from storage.queries import load

SQL = load("sealed")

# Where there are such secrets, and what they are for.
PLACES = {"totp": "totp", "webhooks": "webhooks", "old_webhooks": "webhooks"}
_READ = {
    "totp": SQL["totp"],
    "webhooks": SQL["webhooks"],
    "old_webhooks": SQL["old_webhooks"],
}
_REPLACE = {
    "totp": SQL["replace_totp"],
    "webhooks": SQL["replace_webhooks"],
    "old_webhooks": SQL["replace_old_webhooks"],
}


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted secret, whose, and the id of its row."""

    id: int
    user_id: int
    secret: bytes


async def read_sealed(
    connection: Connection, place: str, after_id: int, limit: int
) -> list[Sealed]:
    """Those with an id above `after_id`, in that order."""
    return [Sealed(*row) for row in await connection.fetch(_READ[place], after_id, limit)]


async def replace_sealed(connection: Connection, place: str, sealed: Sealed, secret: bytes) -> bool:
    """Put another in its place, unless that was done meanwhile; whether it was put there."""
    values = sealed.id, sealed.user_id, sealed.secret, secret
    done = await connection.fetchval(_REPLACE[place], *values)
    return done is not None
