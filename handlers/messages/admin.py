"""What administrators see and do, and how accounts end."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from handlers.messages.accounts import PasswordTried
from handlers.messages.common import (
    TEXT,
    Command,
    Id,
    InstantText,
    Message,
    View,
    instant_text,
    instant_text_or_none,
)
from storage.admin import Account, Action, LogLine, Particulars, Role

Reason = Annotated[str, Meta(max_length=500, pattern=TEXT)]


class AccountClosed(View, frozen=True, kw_only=True):
    """account:closed: all connections of the user end, and these logins and tokens."""

    reason: Literal["account_deleted", "account_suspended"]
    login_ids: list[Id]


class AccountDeletion(Command, frozen=True, kw_only=True):
    """`password`, or for an account without one `username`, typed as it is written."""

    password: PasswordTried | None = None
    username: Annotated[str, Meta(max_length=32, pattern=TEXT)] | None = None


class Suspension(Command, frozen=True, kw_only=True):
    """Why, for other administrators; the user is not told."""

    reason: Reason | None = None


class AccountEdit(Command, frozen=True, kw_only=True):
    role: Role


class AccountFilter(Message, frozen=True, kw_only=True):
    """`q`: a part of the username, e-mail or name, without case."""

    q: Annotated[str, Meta(max_length=100)] | None = None
    state: Literal["active", "suspended", "admin"] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class LogFilter(Message, frozen=True, kw_only=True):
    user_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=200)] | None = None


class AccountView(View, frozen=True, kw_only=True):
    """An account in the list of administrators."""

    id: Id
    username: str
    email: str
    name: str
    role: Role
    avatar_url: str | None
    created_at: InstantText
    last_seen_at: InstantText | None
    suspended_at: InstantText | None
    suspended_reason: str | None


class AccountDetails(AccountView, frozen=True, kw_only=True):
    """The same with how they sign in, and how much there is of them."""

    email_verified: bool
    has_password: bool
    totp: bool
    identities: list[str]
    logins: int
    entries: int
    tracked_seconds: int
    projects: int
    rooms: int


class LogLineView(View, frozen=True, kw_only=True):
    """What an administrator did; `detail` is the reason, or the new role."""

    id: Id
    at: InstantText
    admin: "Named"
    action: Action
    user: "Named"
    detail: str


class Named(View, frozen=True, kw_only=True):
    id: Id
    username: str


class DependencyView(View, frozen=True, kw_only=True):
    """`ms` is how long it took to answer."""

    ok: bool
    ms: float | None
    version: str | None = None


class QueueView(View, frozen=True, kw_only=True):
    """The jobs of a kind."""

    kind: str
    waiting: int
    running: int
    dead: int


class ServerView(View, frozen=True, kw_only=True):
    """The server; `started_at` is of the process that answers, `entries` an estimate."""

    version: str
    started_at: InstantText
    uptime_seconds: int
    postgres: DependencyView
    redis: DependencyView
    users: int
    suspended: int
    seen_today: int
    projects: int
    rooms: int
    running: int
    entries: int
    database_bytes: int
    jobs: list[QueueView]


def account_view(account: Account) -> AccountView:
    return AccountView(**_shown(account))


def account_details(account: Account, more: Particulars) -> AccountDetails:
    return AccountDetails(
        **_shown(account),
        email_verified=more.verified,
        has_password=more.has_password,
        totp=more.totp,
        identities=more.issuers,
        logins=more.logins,
        entries=more.entries,
        tracked_seconds=more.tracked_seconds,
        projects=more.projects,
        rooms=more.rooms,
    )


def log_line_view(line: LogLine) -> LogLineView:
    return LogLineView(
        id=line.id,
        at=instant_text(line.at),
        admin=Named(id=line.admin_id, username=line.admin),
        action=line.action,
        user=Named(id=line.user_id, username=line.username),
        detail=line.detail,
    )


def _shown(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "avatar_url": account.avatar_url,
        "created_at": instant_text(account.created_at),
        "last_seen_at": instant_text_or_none(account.last_seen_at),
        "suspended_at": instant_text_or_none(account.suspended_at),
        "suspended_reason": account.suspended_reason,
    }
