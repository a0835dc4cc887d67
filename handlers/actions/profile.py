"""One's own account: read, and changed, with what follows from that for others."""

from uuid import UUID

from handlers.actions.account_events import tell_devices, tell_projects
from handlers.actions.board_pushes import push_removed, remove_user
from handlers.actions.identity import Principal
from handlers.actions.services import Services
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.accounts import (
    PrivacyEdit,
    ProfileEdit,
    UserView,
    taken_zone,
    user_view,
)
from handlers.messages.common import to_json
from handlers.messages.entries import EntryRef, TimerEvent, TimerGone, Tracker, entry_view
from rooms.errors import Unauthenticated
from storage import projects
from storage.database import acquired
from storage.earnings import ask, ask_boards
from storage.entries import read_running
from storage.users import User, UserEdit, read_user, update_user


async def read_profile(services: Services, user: Principal) -> UserView:
    """One's own account. Raises Unauthenticated if it is gone."""
    async with acquired(services.db) as connection:
        found = await read_user(connection, user.user_id)
    if found is None:
        raise Unauthenticated("This account is gone.")
    return user_view(found)


async def edit_profile(
    services: Services, user: Principal, request: ProfileEdit, command_id: UUID | None
) -> UserView:
    """Change one's own account. A new zone or day start moves no past day [D3].

    Raises Invalid or UsernameTaken.
    """
    if request.timezone is not None:
        taken_zone(request.timezone)
    privacy = request.privacy or PrivacyEdit()
    edit = UserEdit(
        name=None if request.name is None else request.name.strip(),
        timezone=request.timezone,
        day_starts_at=request.day_starts_at,
        leaderboards=privacy.leaderboards,
        profile=privacy.profile,
        show_activity=privacy.show_activity,
        hide_descriptions=privacy.hide_descriptions,
        username=request.username,
        language=request.language,
        daily_goal_seconds=request.daily_goal_seconds,
        pomodoro=None if request.pomodoro is None else to_json(request.pomodoro),
    )

    async def act(unit: Unit) -> UserView:
        before = await read_user(unit.connection, user.user_id)
        after = await update_user(unit.connection, user.user_id, edit)
        assert before is not None
        await _show_or_hide(unit, before, after)
        if before.leaderboards and not after.leaderboards:
            await remove_user(unit, user.user_id)
        elif after.leaderboards and not before.leaderboards:
            await ask_boards(unit.connection, user.user_id)
        if (before.timezone, before.day_starts_at) != (after.timezone, after.day_starts_at):
            await ask(unit.connection, [user.user_id])  # the streak ends with another day
        if before.username != after.username:
            await tell_projects(unit, after)
        view = user_view(after)
        if view != user_view(before):
            tell_devices(unit, after)
        return view

    sender = envelope(user.user_id, command_id, "profile", edit)
    view = await run_command(services, sender, UserView, act)
    if privacy.leaderboards is False:
        await push_removed(services, user.user_id)
    return view


async def _show_or_hide(unit: Unit, before: User, after: User) -> None:
    """Make a change of what others may see hold at once, in what is kept for replay too [V2]."""
    hides = (before.show_activity and not after.show_activity) or (
        not before.hide_descriptions and after.hide_descriptions
    )
    shows = after.show_activity and not before.show_activity
    changed = (before.show_activity, before.hide_descriptions) != (
        after.show_activity,
        after.hide_descriptions,
    )
    if not changed:
        return
    tracker = Tracker(id=after.id, username=after.username)
    for project_id, entry_id in await projects.shown_on(unit.connection, after.id):
        channel = f"project:{project_id}"
        if not after.show_activity:
            unit.tell(
                channel, "timer:discarded", TimerGone(entry=EntryRef(id=entry_id), user=tracker)
            )
        else:
            entry = await read_running(unit.connection, after.id)
            if entry is not None:
                shown = entry_view(entry, hidden=after.hide_descriptions)
                name = "timer:started" if shows else "timer:updated"
                unit.tell(channel, name, TimerEvent(entry=shown, user=tracker))
    if hides:
        for project_id in await projects.joined_by(unit.connection, after.id):
            unit.hide_past(f"project:{project_id}")
