"""Accounts, logins and the tokens that prove them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from handlers.messages.common import (
    END,
    TEXT,
    Command,
    Id,
    InstantText,
    Message,
    OptionalName,
    View,
    instant_text,
)
from rooms.errors import Invalid
from rooms.rules.languages import Language
from rooms.rules.periods import is_zone
from storage.logins import Login
from storage.users import User

# Without what means something else in the header of a mail: lists, names, comments, quotes.
_SIDE = '[^@\\s\\x00-\\x1f\\x7f()<>\\[\\]:;,"\\\\]+'
Email = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=f"^{_SIDE}@{_SIDE}{END}",
        description="compared without case",
    ),
]
Password = Annotated[str, Meta(min_length=8, max_length=128, description="any characters")]
# Whatever was once a password may be tried, so that the answer is 401 and tells nothing.
PasswordTried = Annotated[str, Meta(max_length=1024)]
CodeTried = Annotated[
    str,
    Meta(max_length=64, pattern=TEXT, description="six digits, or a recovery code"),
]
Username = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=32,
        pattern="^[a-zA-Z0-9_.-]+" + END,
        description="unique without case",
    ),
]
Zone = Annotated[str, Meta(min_length=1, max_length=64, description="an IANA time zone")]
PhaseLength = Annotated[int, Meta(ge=1, le=86_400, description="seconds")]


def taken_zone(name: str) -> str:
    """`name` if it is an IANA zone. Raises Invalid."""
    if not is_zone(name):
        raise Invalid.field("timezone", "is not a time zone, like Europe/Berlin")
    return name


class Signup(Message, frozen=True, kw_only=True):
    email: Email
    password: Password
    username: Username
    name: OptionalName = ""
    timezone: Zone = "UTC"
    language: Language | None = None


class Signin(Message, frozen=True, kw_only=True):
    """`code` is asked for where one-time codes are on: what the app shows, or a recovery code."""

    email: Annotated[str, Meta(max_length=254, pattern=TEXT)]
    password: PasswordTried
    code: CodeTried | None = None


class Refresh(Message, frozen=True, kw_only=True):
    """Without a body the cookie `refresh_token` is taken."""

    refresh_token: Annotated[str, Meta(max_length=200)] | None = None


class PasswordChange(Command, frozen=True, kw_only=True):
    current_password: PasswordTried
    new_password: Password


class Privacy(View, frozen=True, kw_only=True):
    """What others may see [V2]."""

    leaderboards: bool
    profile: Literal["public", "members", "private"]
    show_activity: bool
    hide_descriptions: bool


class PrivacyEdit(Message, frozen=True, kw_only=True):
    leaderboards: bool | None = None
    profile: Literal["public", "members", "private"] | None = None
    show_activity: bool | None = None
    hide_descriptions: bool | None = None


class Pomodoro(Message, frozen=True, kw_only=True):
    """The phases of a rhythm of one's own, without a room. Devices keep to it by themselves."""

    work_s: PhaseLength = 1500
    short_break_s: PhaseLength = 300
    long_break_s: PhaseLength = 900
    cycles: Annotated[int, Meta(ge=1, le=100, description="work phases to a long break")] = 4
    auto_start_breaks: bool = True
    auto_start_work: bool = False


class ProfileEdit(Command, frozen=True, kw_only=True):
    """Fields left out stay as they are."""

    username: Username | None = None
    name: OptionalName | None = None
    timezone: Zone | None = None
    day_starts_at: Annotated[int, Meta(ge=0, le=6, description="hours after midnight")] | None = (
        None
    )
    privacy: PrivacyEdit | None = None
    language: Language | None = None
    daily_goal_seconds: Annotated[int, Meta(ge=0, le=86_400, description="0: none")] | None = None
    pomodoro: Pomodoro | None = None


class UserView(View, frozen=True, kw_only=True):
    """One's own account. `language`, `daily_goal_seconds` and `pomodoro` are null until they are
    chosen; an account without a password is signed in to by other means."""

    id: Id
    username: str
    email: str
    email_verified: bool
    name: str
    timezone: str
    day_starts_at: int
    avatar_url: str | None
    role: Literal["user", "admin"]
    privacy: Privacy
    created_at: InstantText
    # With defaults, because answers of earlier versions are remembered without them [T5].
    has_password: bool = True
    language: Language | None = None
    daily_goal_seconds: int | None = None
    pomodoro: Pomodoro | None = None


def user_view(user: User) -> UserView:
    return UserView(
        id=user.id,
        username=user.username,
        email=user.email,
        email_verified=user.email_verified,
        name=user.name,
        timezone=user.timezone,
        day_starts_at=user.day_starts_at,
        avatar_url=user.avatar_url,
        role=user.role,
        privacy=Privacy(
            leaderboards=user.leaderboards,
            profile=user.profile,
            show_activity=user.show_activity,
            hide_descriptions=user.hide_descriptions,
        ),
        created_at=instant_text(user.created_at),
        has_password=user.has_password,
        language=user.language,
        daily_goal_seconds=user.daily_goal_seconds,
        pomodoro=_pomodoro_of(user.pomodoro),
    )


def _pomodoro_of(text: str | None) -> Pomodoro | None:
    return None if text is None else msgspec.json.decode(text, type=Pomodoro)


class UserUpdated(View, frozen=True, kw_only=True):
    """user:updated: one's own account was changed, here or elsewhere."""

    user: UserView


class SignedIn(View, frozen=True, kw_only=True):
    """A new login, or a refreshed one. `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    user: UserView


class LoginsEnded(Message, frozen=True, kw_only=True):
    others: bool = False


class LoginView(View, frozen=True, kw_only=True):
    """A device that is signed in."""

    id: Id
    user_agent: str
    address: str
    created_at: InstantText
    last_seen_at: InstantText
    current: bool


def login_view(login: Login, current_id: int) -> LoginView:
    return LoginView(
        id=login.id,
        user_agent=login.user_agent,
        address=login.address,
        created_at=instant_text(login.created_at),
        last_seen_at=instant_text(login.last_seen_at),
        current=login.id == current_id,
    )


class LoginRevoked(View, frozen=True, kw_only=True):
    """login:revoked: the connections of these logins, and API tokens, end."""

    login_ids: list[Id]
