"""Who knocks: what is known of a device before anybody has signed in on it."""

from handlers.actions.identity import secret_hash
from handlers.actions.places import place_of
from handlers.actions.services import Services
from handlers.actions.tries import Knock
from storage import logins
from storage.database import acquired


async def knock_of(services: Services, email: str, address: str, token: str | None) -> Knock:
    """Somebody at this account's door: a device is known by the refresh token that it still has, or
    by an address from which a login of the account lives. The same is asked of every account."""
    if not services.tries.on:
        return Knock(email, address)
    async with acquired(services.db) as connection:
        alive = await logins.read_devices(connection, email, secret_hash(token or ""))
    same = next((device.login_id for device in alive if device.has_token), None)
    place = place_of(address)
    known = same is not None or any(place_of(device.address) == place for device in alive)
    return Knock(email, address, same, known)
