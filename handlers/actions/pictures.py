"""Profile pictures, and the pictures of badges.

A picture is put into the store before anything refers to it, and removed some time after nothing
does any more. For both a job is committed first: whatever fails in between, no file stays behind
for ever, and none is removed that somebody still sees.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import blake2b
from uuid import UUID

import msgspec

from handlers.actions.account_events import tell_devices, tell_projects
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command, unit_of_work
from handlers.messages.common import Nothing
from handlers.messages.pictures import AvatarView, ImageView
from rooms.errors import NotFound, Unavailable
from storage import pictures
from storage.database import acquired
from storage.media import MediaAway
from storage.pictures import Owner
from storage.users import read_user

UNUSED = "picture_unused"
_LATER = timedelta(hours=1)


class Unused(msgspec.Struct, frozen=True):
    """The name of a picture to which nothing may refer."""

    name: str


async def set_avatar(
    services: Services, user: Principal, raw: bytes, command_id: UUID | None
) -> AvatarView:
    """Give the caller a picture. Raises UnsupportedMediaType, TooLarge or Unavailable."""
    owner = Owner("user", user.user_id)
    url = await _keep(services, owner, raw)

    async def act(unit: Unit) -> AvatarView:
        await _refer(unit, owner, url)
        await _tell(unit, user.user_id)
        return AvatarView(avatar_url=url)

    sender = envelope(user.user_id, command_id, "avatar", _digest(raw))
    return await run_command(services, sender, AvatarView, act)


async def remove_avatar(services: Services, user: Principal, command_id: UUID | None) -> None:
    """Take the caller's picture away."""
    owner = Owner("user", user.user_id)

    async def act(unit: Unit) -> Nothing:
        await _refer(unit, owner, None)
        await _tell(unit, user.user_id)
        return Nothing()

    await _clear(services, user, owner, command_id, act)


async def set_badge_image(
    services: Services, user: Principal, badge_id: int, raw: bytes, command_id: UUID | None
) -> ImageView:
    """Give a badge a picture, for admins. Raises NotFound beside what `set_avatar` raises."""
    owner = Owner("badge", badge_id)
    url = await _keep(services, owner, raw)

    async def act(unit: Unit) -> ImageView:
        await _refer(unit, owner, url)
        return ImageView(image_url=url)

    sender = envelope(user.user_id, command_id, f"badge image {badge_id}", _digest(raw))
    return await run_command(services, sender, ImageView, act)


async def remove_badge_image(
    services: Services, user: Principal, badge_id: int, command_id: UUID | None
) -> None:
    """Take a badge's picture away, for admins. Raises NotFound."""
    owner = Owner("badge", badge_id)

    async def act(unit: Unit) -> Nothing:
        await _refer(unit, owner, None)
        return Nothing()

    await _clear(services, user, owner, command_id, act)


def let_go(unit: Unit, owner: Owner, url: str | None) -> None:
    """Have the picture removed that `owner` showed by this address, if it is one of ours."""
    name = owner.name_in(url or "")
    if name is not None:
        unit.enqueue(UNUSED, Unused(name), f"picture:{name}", _LATER)


async def take_away(unit: Unit, owner: Owner) -> None:
    """Have `owner`, who is held, show no picture any more. Raises NotFound."""
    await _refer(unit, owner, None)


async def remove_unused(services: Services, told: Unused) -> None:
    """Remove a picture that its owner does not show. Raises MediaAway."""
    async with acquired(services.db) as connection:
        used = await pictures.is_used(connection, told.name)
    if not used:
        await services.media.remove(told.name)


async def _keep(services: Services, owner: Owner, raw: bytes) -> str:
    files = await services.images.squares(raw)
    name = owner.name(secrets.token_hex(16))
    async with unit_of_work(services) as unit:
        unit.enqueue(UNUSED, Unused(name), f"new picture:{name}", _LATER)
    try:
        return await services.media.put(name, files)
    except MediaAway as error:
        raise Unavailable("The store of pictures does not answer.", retry_after_s=5) from error


async def _refer(unit: Unit, owner: Owner, url: str | None) -> None:
    before = await pictures.swap(unit.connection, owner, url)
    if before is None:
        raise NotFound(f"There is no such {owner.kind}.")
    let_go(unit, owner, before.url)


async def _tell(unit: Unit, user_id: int) -> None:
    after = await read_user(unit.connection, user_id)
    assert after is not None, "it is locked"
    tell_devices(unit, after)
    await tell_projects(unit, after)


async def _clear(
    services: Services,
    user: Principal,
    owner: Owner,
    command_id: UUID | None,
    act: Callable[[Unit], Awaitable[Nothing]],
) -> None:
    sender = envelope(user.user_id, command_id, f"picture away {owner.kind} {owner.id}")
    await run_command(services, sender, Nothing, act)


def _digest(raw: bytes) -> str:
    return blake2b(raw, digest_size=16).hexdigest()
