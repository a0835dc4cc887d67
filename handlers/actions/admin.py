"""What administrators do: look accounts up, suspend and restore them, give roles, delete.

Each of it is written to the log of administrators, in its own transaction.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from handlers.actions import deletion as ending
from handlers.actions.board_pushes import push_removed, remove_user
from handlers.actions.identity import Principal
from handlers.actions.revoking import revoke_all
from handlers.actions.services import Services
from handlers.actions.timers import TimerCommand, decide_batch
from handlers.actions.unit import Unit, envelope, run_command
from handlers.messages.admin import (
    AccountClosed,
    AccountDetails,
    AccountEdit,
    AccountFilter,
    AccountView,
    DependencyView,
    LogLineView,
    QueueView,
    ServerView,
    Suspension,
    account_details,
    account_view,
    log_line_view,
)
from handlers.messages.common import Nothing, instant_text
from rooms.errors import Conflict, Forbidden, Invalid, NotFound
from rooms.timer import StopTimer
from storage import admin, deletion, logins
from storage.boards import BoardsAway
from storage.database import LONG_PATIENCE_S, PATIENCE_S, acquired
from storage.earnings import ask_boards
from storage.jobs import JobCount, count_jobs
from storage.push import remove_of_logins

Act = Callable[[Unit], Awaitable[Nothing]]


async def list_accounts(
    services: Services, query: AccountFilter, before_id: int | None, limit: int
) -> list[AccountView]:
    """Accounts, the newest first."""
    words = (query.q or "").strip() or None
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        found = await admin.list_accounts(connection, words, query.state, before_id, limit)
    return [account_view(account) for account in found]


async def read_account(services: Services, user_id: int) -> AccountDetails:
    """An account and what there is of it. Raises NotFound."""
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        account = await admin.read_account(connection, user_id)
        more = await admin.read_particulars(connection, user_id)
    if account is None or more is None:
        raise NotFound("There is no such user.")
    return account_details(account, more)


async def list_log(
    services: Services, user_id: int | None, before_id: int | None, limit: int
) -> list[LogLineView]:
    """What administrators did, the latest first."""
    async with acquired(services.db) as connection:
        found = await admin.list_log(connection, user_id, before_id, limit)
    return [log_line_view(line) for line in found]


async def suspend(
    services: Services,
    user: Principal,
    user_id: int,
    request: Suspension,
    command_id: UUID | None,
) -> AccountDetails:
    """Let somebody in no more: their timer is stopped, their logins and connections end, boards do
    not show them. Nothing of theirs is lost. Raises Conflict for who is suspended already."""
    if user_id == user.user_id:
        raise Invalid.field("user_id", "nobody suspends themselves")
    reason = (request.reason or "").strip() or None
    ended: list[int] = []

    held = await ending.with_admins(services, user_id)

    async def act(unit: Unit) -> Nothing:
        await ending.require_another_admin(unit, user_id, held)
        await _stop_timer(unit, user_id)
        if not await admin.suspend(unit.connection, user_id, reason):
            raise Conflict("This account is suspended already.")
        # Their connections end by the account's event, which says why.
        ended.extend(await logins.revoke_others(unit.connection, user_id, 0))
        await remove_of_logins(unit.connection, user_id, ended)
        await remove_user(unit, user_id)
        told = AccountClosed(reason="account_suspended", login_ids=ended)
        unit.tell(f"user:{user_id}", "account:closed", told)
        await admin.add_to_log(unit.connection, user.user_id, "suspend", user_id, reason or "")
        return Nothing()

    await _run(services, user, user_id, command_id, f"suspend {user_id}", request, act, held)
    services.revoked.add(ended)
    await push_removed(services, user_id)
    return await read_account(services, user_id)


async def _stop_timer(unit: Unit, user_id: int) -> None:
    entry_id = await admin.running_entry(unit.connection, user_id)
    if entry_id is not None:
        command = TimerCommand(user_id, uuid4(), StopTimer(entry_id))
        _outcomes, events = await decide_batch(unit.connection, [command])
        unit.numbered += events


async def restore(
    services: Services, user: Principal, user_id: int, command_id: UUID | None
) -> AccountDetails:
    """Let somebody in again; boards show them as before. Raises Conflict for who is let in."""

    async def act(unit: Unit) -> Nothing:
        if not await admin.restore(unit.connection, user_id):
            raise Conflict("This account is not suspended.")
        await ask_boards(unit.connection, user_id)
        await admin.add_to_log(unit.connection, user.user_id, "restore", user_id)
        return Nothing()

    await _run(services, user, user_id, command_id, f"restore {user_id}", None, act)
    return await read_account(services, user_id)


async def edit_account(
    services: Services,
    user: Principal,
    user_id: int,
    request: AccountEdit,
    command_id: UUID | None,
) -> AccountDetails:
    """Give somebody a role. Who administrates no more is signed out, since their tokens say that
    they do. Raises Conflict for the last administrator."""
    ended: list[int] = []
    held = await ending.with_admins(services, user_id)

    async def act(unit: Unit) -> Nothing:
        if request.role == "user":
            await ending.require_another_admin(unit, user_id, held)
        if await admin.set_role(unit.connection, user_id, request.role):
            if request.role == "user":
                ended.extend(await revoke_all(unit, user_id))
            await admin.add_to_log(unit.connection, user.user_id, "role", user_id, request.role)
        return Nothing()

    await _run(services, user, user_id, command_id, f"role {user_id}", request, act, held)
    services.revoked.add(ended)
    return await read_account(services, user_id)


async def delete_account(
    services: Services, user: Principal, user_id: int, command_id: UUID | None
) -> None:
    """Delete somebody's account, as they would themselves. Raises Conflict for the last
    administrator, and Invalid for one's own account: that takes one's password."""
    if user_id == user.user_id:
        raise Invalid.field("user_id", "delete your own account by DELETE /users/me")
    ended: list[int] = []

    held = await ending.with_admins(services, user_id)

    async def act(unit: Unit) -> Nothing:
        await ending.require_another_admin(unit, user_id, held)
        await admin.add_to_log(unit.connection, user.user_id, "delete", user_id)
        ended.extend(await ending.end_account(unit, user_id))
        return Nothing()

    await _run(
        services, user, user_id, command_id, f"delete {user_id}", None, act, held,
        patience_s=LONG_PATIENCE_S,
    )  # fmt: skip
    await ending.after_end(services, user_id, ended)


async def _run(
    services: Services,
    user: Principal,
    user_id: int,
    command_id: UUID | None,
    name: str,
    request: object,
    act: Act,
    held: Sequence[int] = (),
    *,
    patience_s: float = PATIENCE_S,
) -> None:
    """Run a command of an administrator's on somebody's account, which is held, with whom else it
    must be. What is remembered of it names nobody."""

    async def locked(unit: Unit) -> Nothing:
        # The token may be older than the end of the role.
        if user.user_id not in await admin.admin_ids(unit.connection):
            raise Forbidden("Only an administrator may do that.")
        if await admin.read_account(unit.connection, user_id) is None:
            raise NotFound("There is no such user.")
        return await act(unit)

    sender = envelope(user.user_id, command_id, f"admin {name}", request)
    also = [user_id, *held]
    await run_command(
        services, sender, Nothing, locked, also_lock=also, lock=deletion.hold,
        patience_s=patience_s,
    )  # fmt: skip


async def read_server(services: Services) -> ServerView:
    """How the server is, and how much there is on it. Raises Unavailable without a database."""
    redis = await _redis(services)
    began = time.perf_counter()
    async with acquired(services.db, patience_s=LONG_PATIENCE_S) as connection:
        found = await admin.count_all(connection)
        ms = _ms_since(began)
    now = datetime.now(UTC)
    return ServerView(
        version=services.about.version,
        started_at=instant_text(services.about.started_at),
        uptime_seconds=int((now - services.about.started_at).total_seconds()),
        postgres=DependencyView(ok=True, ms=ms, version=found.postgres),
        redis=redis,
        users=found.users,
        suspended=found.suspended,
        seen_today=found.seen_today,
        projects=found.projects,
        rooms=found.rooms,
        running=found.running,
        entries=found.entries,
        database_bytes=found.database_bytes,
        jobs=_queues(await count_jobs(services.db)),
    )


async def _redis(services: Services) -> DependencyView:
    began = time.perf_counter()
    try:
        version = await services.boards.book.read_version()
    except BoardsAway:
        return DependencyView(ok=False, ms=None)
    return DependencyView(ok=True, ms=_ms_since(began), version=version)


def _ms_since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)


def _queues(counts: list[JobCount]) -> list[QueueView]:
    kinds = sorted({each.kind for each in counts})
    found = {(each.kind, each.state): each.count for each in counts}
    return [
        QueueView(
            kind=kind,
            waiting=found.get((kind, "waiting"), 0),
            running=found.get((kind, "running"), 0),
            dead=found.get((kind, "dead"), 0),
        )
        for kind in kinds
    ]
