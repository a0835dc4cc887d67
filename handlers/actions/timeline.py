"""Looking back: what happened to oneself, and to others as far as one may see it [V2]."""

from datetime import datetime
from typing import Any

from handlers.actions.identity import Principal
from handlers.actions.people import require_profile
from handlers.actions.services import Services
from handlers.actions.unit import Unit
from handlers.messages.common import View, to_json
from handlers.messages.timeline import EventKind, TimelineAdded, TimelineItem, item_view
from rooms.errors import Forbidden
from storage.database import Connection, acquired
from storage.follows import followed_by
from storage.timeline import Item, add_item, read_items

Position = tuple[datetime, int]


async def add_to_timeline(
    unit: Unit,
    user_id: int,
    kind: EventKind,
    data: View | dict[str, Any],
    project_id: int | None = None,
) -> None:
    """Note in a fact's own transaction that it happened to somebody, and tell their devices."""
    item = await add_item(unit.connection, user_id, kind, to_json(data), project_id)
    unit.tell(f"user:{user_id}", "timeline:added", TimelineAdded(item=item_view(item)))


async def read_timeline(
    services: Services,
    reader: Principal,
    user_id: int,
    before: Position | None,
    limit: int,
    *,
    following: bool,
) -> tuple[list[TimelineItem], Position | None]:
    """A page, the latest first, and where the next one begins.

    Raises NotFound where the profile may not be seen, and Forbidden for whom others follow.
    """

    async def read(connection: Connection) -> list[Item]:
        seen = await require_profile(connection, reader, user_id)
        if following and not seen.own:
            raise Forbidden("Whom others follow is theirs to look at.")
        wanted = [user_id]
        if following:
            wanted += await followed_by(connection, user_id)
        as_admin = reader.role == "admin"
        return await read_items(
            connection, reader.user_id, wanted, before, limit + 1, as_admin=as_admin
        )

    if user_id == reader.user_id and not following:
        found = await services.history.read(user_id, read)
    else:  # what others hide is hidden at once
        async with acquired(services.db) as connection:
            found = await read(connection)
    page = found[:limit]
    more = (page[-1].at, page[-1].id) if len(found) > limit else None
    return [item_view(item) for item in page], more
