"""Following others: whose scores one's own board of those one follows shows."""

from uuid import UUID

from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.boards import FollowingView
from handlers.messages.common import Nothing
from rooms.errors import Conflict, Invalid, NotFound
from storage import follows
from storage.database import Connection, acquired

MOST_FOLLOWED = 5000


async def read_following(services: Services, user: Principal, user_id: int) -> FollowingView:
    """What is between the caller and a user. Raises NotFound."""
    async with acquired(services.db) as connection:
        return await _view(connection, user.user_id, user_id)


async def follow(
    services: Services, user: Principal, user_id: int, command_id: UUID | None
) -> FollowingView:
    """Follow a user; again is no error. Raises NotFound, Invalid for oneself, Conflict."""
    if user_id == user.user_id:
        raise Invalid.field("user_id", "nobody can follow themselves")

    async def act(unit: Unit) -> FollowingView:
        before = await _view(unit.connection, user.user_id, user_id)
        if before.following:
            return before
        if await follows.count_followed(unit.connection, user.user_id) >= MOST_FOLLOWED:
            raise Conflict(f"One can follow {MOST_FOLLOWED} users.")
        await follows.follow(unit.connection, user.user_id, user_id)
        return await _view(unit.connection, user.user_id, user_id)

    sender = envelope(user.user_id, command_id, f"follow {user_id}")
    return await run_command(services, sender, FollowingView, act)


async def unfollow(
    services: Services, user: Principal, user_id: int, command_id: UUID | None
) -> None:
    """Follow a user no more; whom one does not follow is no error."""

    async def act(unit: Unit) -> Nothing:
        await follows.unfollow(unit.connection, user.user_id, user_id)
        return Nothing()

    sender = envelope(user.user_id, command_id, f"unfollow {user_id}")
    await run_command(services, sender, Nothing, act)


async def _view(connection: Connection, follower_id: int, user_id: int) -> FollowingView:
    found = await follows.read_following(connection, follower_id, user_id)
    if found is None:
        raise NotFound("There is no such user.")
    return FollowingView(
        user_id=user_id,
        following=found.following,
        follows_you=found.follows_you,
        followers=found.followers,
        follows=found.follows,
    )
