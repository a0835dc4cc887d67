"""Deleting an account [V3]: at once nobody, and then without a trace.

One transaction takes away the name, the address and every way in, hands over what others still
need, and tells them. What there is much of is removed by a job right after it, and what others were
told by the old name is looked for there (`handlers/jobs/erasure.py`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from handlers.actions import ownership, pictures, project_core, room_core
from handlers.actions.board_pushes import push_removed, remove_user
from handlers.actions.focus_rooms import close
from handlers.actions.identity import Principal
from handlers.actions.proof import proven, require_unchanged
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.admin import AccountClosed, AccountDeletion
from handlers.messages.common import Nothing
from handlers.messages.entries import EntryRef, TimerGone, Tracker
from handlers.messages.rooms import RoomLeft
from rooms.errors import Conflict, InvalidCredentials, Unauthenticated, Unavailable
from rooms.heirs import heir_of
from rooms.room import Decision
from storage import admin, attendance, deletion, logins, projects, room_members, rooms
from storage.database import LONG_PATIENCE_S, acquired
from storage.pictures import Owner
from storage.rooms import RoomRow
from storage.users import read_password_hash, read_user

ERASE = "account_erasure"
# Without a password to ask for: one has signed in lately, and types one's name.
FRESH = timedelta(minutes=10)


async def delete_own(
    services: Services, user: Principal, request: AccountDeletion, command_id: UUID | None
) -> None:
    """Delete the caller's account.

    Raises InvalidCredentials without the proof that it is theirs to delete, and Conflict for the
    last administrator of people who stay.
    """
    hashed = await _prove(services, user, request)
    held = await with_admins(services, user.user_id)
    ended: list[int] = []

    async def act(unit: Unit) -> Nothing:
        if hashed is not None:
            await require_unchanged(unit.connection, user.user_id, hashed)
        await require_another_admin(unit, user.user_id, held, may_be_last=True)
        ended.extend(await end_account(unit, user.user_id))
        return Nothing()

    # What tells the command from others must not tell the password.
    sealed = services.tokens.seal(f"{request.password}\0{request.username}")
    sender = envelope(user.user_id, command_id, "delete account", sealed)
    # Somebody may be in any number of projects, into which others have put them.
    await run_command(services, sender, Nothing, act, also_lock=held, patience_s=LONG_PATIENCE_S)
    await after_end(services, user.user_id, ended)


async def _prove(services: Services, user: Principal, request: AccountDeletion) -> str | None:
    """The hash that the password fits; None for an account without one, whose owner has just
    signed in and given its name."""
    async with acquired(services.db) as connection:
        hashed = await read_password_hash(connection, user.user_id)
        account = await read_user(connection, user.user_id)
        began_at = await logins.began_at(connection, user.user_id, user.login_id)
    if account is None:
        raise Unauthenticated("This account is gone.")
    if hashed is not None:
        return await proven(services, user.user_id, request.password or "")
    if (request.username or "").lower() != account.username.lower():
        raise InvalidCredentials("Type your username to delete your account.")
    if began_at is None or began_at < services.clock.now() - FRESH:
        raise InvalidCredentials("Sign in anew, and then delete your account.")
    return None


async def with_admins(services: Services, user_id: int) -> list[int]:
    """Whom to hold while somebody may stop being an administrator: all of them, so that no two
    take the role from each other; nobody else where they are none."""
    async with acquired(services.db) as connection:
        admins = await admin.admin_ids(connection)
    return admins if user_id in admins else [user_id]


async def require_another_admin(
    unit: Unit, user_id: int, held: Sequence[int], *, may_be_last: bool = False
) -> None:
    """Pass if somebody else administrates, or it is no administrator.

    With `may_be_last` nobody else is needed where nobody else is. Raises Conflict; Unavailable
    where there are administrators who are not held, because they have just become ones.
    """
    admins = await admin.admin_ids(unit.connection)
    if user_id not in admins:
        return
    if not set(admins) <= set(held):
        raise Unavailable(retry_after_s=1)
    if len(admins) > 1:
        return
    if may_be_last and not await deletion.others_are_left(unit.connection, user_id):
        return
    raise Conflict("This is the last administrator. Make somebody else one first.")


async def end_account(unit: Unit, user_id: int) -> list[int]:
    """Delete the account of somebody who is held; answers the logins and tokens that ended.

    After the commit comes `after_end`.
    """
    connection = unit.connection
    before = await read_user(connection, user_id)
    memberships = await deletion.lock_projects(connection, user_id)
    await deletion.lock_rooms(connection, user_id, [m.project_id for m in memberships])
    shown = before is not None and before.show_activity
    await pictures.take_away(unit, Owner("user", user_id))
    # First, so that nothing that is told from here on has the name.
    ended = await deletion.anonymise(connection, user_id)
    for project_id, entry_id in await deletion.end_running(connection, user_id):
        if project_id is not None and shown:
            gone = TimerGone(entry=EntryRef(id=entry_id), user=nobody(user_id))
            unit.tell(project_core.channel_of(project_id), "timer:discarded", gone)
    for membership in memberships:
        await _leave_project(unit, membership, user_id)
    for row in await rooms.read_rooms(connection, await deletion.rooms_of(connection, user_id)):
        await _leave_room(unit, row, user_id)
    await remove_user(unit, user_id)
    told = AccountClosed(reason="account_deleted", login_ids=ended)
    unit.tell(f"user:{user_id}", "account:closed", told)
    unit.hide_past(f"user:{user_id}")
    unit.enqueue(ERASE, {"user_id": user_id}, f"erase:{user_id}")
    return ended


async def after_end(services: Services, user_id: int, ended: list[int]) -> None:
    """What follows the commit: nobody is let in by these any more, or seen on a board."""
    services.revoked.add(ended)
    await push_removed(services, user_id)


def nobody(user_id: int) -> Tracker:
    """What others see of somebody who has left."""
    return Tracker(id=user_id, username=f"deleted-{user_id}")


async def _leave_project(unit: Unit, membership: deletion.Membership, user_id: int) -> None:
    """Leave a project that is held; an own one to whoever follows, or with it."""
    project_id = membership.project_id
    unit.hide_past(project_core.channel_of(project_id))
    if membership.role == "owner":
        heirs = await deletion.project_heirs(unit.connection, project_id, user_id)
        heir = heir_of(heirs)
        if heir is None:
            project = await project_core.read_locked(unit, project_id, user_id)
            await ownership.drop_project(unit, project)
            await projects.remove_member(unit.connection, project_id, user_id)
            return
        await ownership.hand_over(unit, project_id, user_id, heir)
    await ownership.part(unit, project_id, user_id)


async def _leave_room(unit: Unit, row: RoomRow, user_id: int) -> None:
    """Leave a room that is held; an own one to whoever follows, or it is closed."""
    connection, channel = unit.connection, room_core.channel_of(row.id)
    unit.hide_past(channel)
    heir = heir_of(await deletion.room_heirs(connection, row.id, user_id))
    if row.owner_id == user_id and heir is None:
        await close(unit, row, Decision(row.room), "deleted")
        return
    if await room_members.remove_member(connection, row.id, user_id):
        row = replace(row, member_count=row.member_count - 1)
    await attendance.depart(connection, row.id, user_id)
    unit.tell(channel, "room:left", RoomLeft(user_id=user_id))
    owner_id = row.owner_id
    if owner_id == user_id and heir is not None:
        owner_id = heir
        await deletion.set_room_owner(connection, row.id, heir)
    host_id = row.host_id
    if host_id == user_id:
        host_id = await attendance.successor(connection, row.id, user_id) or owner_id
        await rooms.write_host(connection, row.id, host_id)
    if (owner_id, host_id) != (row.owner_id, row.host_id):
        changed = replace(row, owner_id=owner_id, host_id=host_id)
        await room_core.write_raised(unit, changed, "host_changed", host_id)
