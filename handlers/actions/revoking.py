"""The end of logins and API tokens: in the database, on the user's channel, at their browsers.

Whoever calls this holds the user's row, and after the commit adds what has ended to
`services.revoked`, so that this instance refuses it from then on.
"""

from collections.abc import Sequence

from handlers.actions.unit import Unit
from handlers.messages.accounts import LoginRevoked
from storage import logins
from storage.api_tokens import revoke_api_tokens
from storage.push import remove_of_logins


async def revoke_logins(unit: Unit, user_id: int, login_ids: Sequence[int]) -> list[int]:
    """End these logins of the user's own; answers those that lived."""
    ended = await logins.revoke(unit.connection, user_id, login_ids)
    await _forget(unit, user_id, ended)
    return ended


async def revoke_all(
    unit: Unit, user_id: int, *, but: int = 0, api_tokens: bool = False
) -> list[int]:
    """End all logins but one (0: all), and the API tokens where it says so."""
    ended = await logins.revoke_others(unit.connection, user_id, but)
    if api_tokens:
        ended += await revoke_api_tokens(unit.connection, user_id)
    await _forget(unit, user_id, ended)
    return ended


def tell_end(unit: Unit, user_id: int, ended: Sequence[int]) -> None:
    """Have the connections of these logins and API tokens closed, wherever they are."""
    if ended:
        unit.tell(f"user:{user_id}", "login:revoked", LoginRevoked(login_ids=list(ended)))


async def _forget(unit: Unit, user_id: int, ended: Sequence[int]) -> None:
    if ended:
        # Or the next person at that browser would be told.
        await remove_of_logins(unit.connection, user_id, ended)
        tell_end(unit, user_id, ended)
