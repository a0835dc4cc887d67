"""What `run.py` does besides serving; for backups see `backup.py` and `restore.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from handlers.actions.accounts import create_admin as make_admin
from handlers.actions.counting import Counting
from handlers.actions.operating import make_admin_of, reset_link, reset_password
from handlers.actions.resealing import reseal
from handlers.actions.services import Services
from handlers.jobs.check import Report, Rules, check_all
from handlers.messages.accounts import Signup
from handlers.messages.common import refusal_of
from handlers.messages.mail_links import NewPassword
from rooms.rules.account_letters import link_letter
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
    async with _services(settings, addresses) as services:
        user = await make_admin(services, request.email, request.username, request.password)
        return user.username


async def promote(settings: Settings, addresses: Addresses, email: str) -> str:
    """Make an administrator of who has an account; answers the username. Raises DomainError."""
    async with _services(settings, addresses) as services:
        return (await make_admin_of(services, email)).username


async def set_password_of(
    settings: Settings, addresses: Addresses, email: str, password: str, *, drop_codes: bool
) -> str:
    """Set somebody's password; answers the username. Raises DomainError."""
    given = {"token": "-", "new_password": password}
    try:
        request = msgspec.convert(given, NewPassword)
    except msgspec.ValidationError as error:
        raise refusal_of(error) from None
    async with _services(settings, addresses) as services:
        user = await reset_password(services, email, request.new_password, drop_codes=drop_codes)
        return user.username


async def link_for(settings: Settings, addresses: Addresses, email: str) -> tuple[str, str]:
    """(username, link) for who is to set a new password themselves. Raises DomainError."""
    async with _services(settings, addresses) as services:
        user, secret = await reset_link(services, email)
        page = settings.public_url or f"http://localhost:{settings.port}"
        return user.username, f"{page}{link_letter('reset', secret).path}"


@asynccontextmanager
async def _services(settings: Settings, addresses: Addresses) -> AsyncIterator[Services]:
    """The services of an instance that serves nobody and leaves jobs to others."""
    quiet = settings.model_copy(update={"jobs": "off"})
    instance = await open_instance(
        quiet, addresses.database_url, addresses.redis_url, addresses.jwt_secret
    )
    try:
        yield instance.services
    finally:
        await instance.close()


async def reseal_now(settings: Settings, addresses: Addresses) -> int:
    """Encrypt under JWT_SECRET what was encrypted under the previous one; how much that was."""
    async with _services(settings, addresses) as services:
        return await reseal(services)


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
