"""What `run.py` does besides serving."""

import msgspec

from handlers.actions.accounts import create_admin as make_admin
from handlers.actions.counting import Counting
from handlers.jobs.check import Report, Rules, check_all
from handlers.messages.accounts import Signup
from handlers.messages.common import refusal_of
from rooms.rules.periods import DayRule
from server.demo import Demo
from server.instance import open_instance
from server.process import Addresses
from server.settings import Settings
from storage.database import connect_pool
from storage.migrations import migrate


async def migrate_now(addresses: Addresses) -> list[str]:
    """Apply the missing migrations; answers their names. Raises MigrationError."""
    return await migrate(addresses.database_url)


async def create_admin(
    settings: Settings, addresses: Addresses, email: str, username: str, password: str
) -> str:
    """Make an administrator; answers the username. Raises DomainError."""
    given = {"email": email, "username": username, "password": password}
    try:
        request = msgspec.convert(given, Signup)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    instance = await open_instance(
        settings, addresses.database_url, addresses.redis_url, addresses.jwt_secret
    )
    try:
        user = await make_admin(
            instance.services, request.email, request.username, request.password
        )
        return user.username
    finally:
        await instance.close()


async def fill_demo(settings: Settings, addresses: Addresses, *, weeks: int) -> str:
    """Fill in a demo team; answers how to sign in."""
    instance = await open_instance(
        settings, addresses.database_url, addresses.redis_url, addresses.jwt_secret
    )
    try:
        return await Demo(instance.services, weeks).fill()
    finally:
        await instance.close()


async def check_derived(settings: Settings, addresses: Addresses, *, repair: bool) -> Report:
    """Compare everything that is derived with the entries; mark what differs, if asked to."""
    counting = Counting(DayRule(settings.board_timezone), settings.leaderboard_counts)
    rules = Rules(counting, settings.streak_min_seconds)
    pool = await connect_pool(addresses.database_url, min_size=1, max_size=2)
    try:
        return await check_all(pool, rules, repair=repair)
    finally:
        await pool.close()
