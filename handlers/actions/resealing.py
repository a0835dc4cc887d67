"""Encrypting what is kept encrypted under JWT_SECRET, after that has changed."""

from handlers.actions.sealing import Sealer
from handlers.actions.services import Services
from storage.database import acquired
from storage.sealed import PLACES, Sealed, read_sealed, replace_sealed

_PAGE = 500


async def reseal(services: Services) -> int:
    """Encrypt anew all that was encrypted under the previous secret; how much that was.

    May be done as often as one likes, while others serve that know both secrets.
    """
    count = 0
    for place, purpose in PLACES.items():
        sealer = Sealer(*services.tokens.keys_for(purpose))
        after_id = 0
        while page := await _page(services, place, after_id):
            for sealed in page:
                count += await _reseal(services, place, sealer, sealed)
            after_id = page[-1].id
    return count


async def _page(services: Services, place: str, after_id: int) -> list[Sealed]:
    async with acquired(services.db) as connection:
        return await read_sealed(connection, place, after_id, _PAGE)


async def _reseal(services: Services, place: str, sealer: Sealer, sealed: Sealed) -> bool:
    secret = sealer.sealed_anew(sealed.secret, sealed.user_id)
    if secret is None:
        return False
    async with acquired(services.db) as connection:
        return await replace_sealed(connection, place, sealed, secret)
