"""The password asked for once more, before something that a stolen login must not do."""

from handlers.actions.services import Services
from rooms.errors import InvalidCredentials
from storage.database import Connection, acquired
from storage.users import read_password_hash


async def proven(services: Services, user_id: int, password: str) -> str:
    """The hash that the password fits. Raises InvalidCredentials, or RateLimited."""
    async with acquired(services.db) as connection:
        hashed = await read_password_hash(connection, user_id)
    async with services.tries.confirming(user_id):
        if not await services.passwords.check(password, hashed) or hashed is None:
            raise InvalidCredentials("The password is not right.")
    return hashed


async def require_unchanged(connection: Connection, user_id: int, hashed: str) -> None:
    """Behind the lock: raises InvalidCredentials if the password is another one by now."""
    if await read_password_hash(connection, user_id) != hashed:
        raise InvalidCredentials("The password was changed meanwhile.")
