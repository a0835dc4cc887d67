"""The refusals of the product, one tree; every leaf has the stable `code` that clients see.

    DomainError
    ├── Malformed            what is no JSON, or no message at all
    ├── Invalid              a message whose fields are wrong; `errors` says which
    ├── Unauthenticated      nobody, or somebody whose login has ended
    │   ├── InvalidCredentials, TotpRequired, InvalidCode
    │   └── SigninFailed, SigninExpired
    ├── Forbidden            may read it, may not do it
    │   ├── EmailUnverified, AccountSuspended
    │   └── SigninDenied, SignupClosed
    ├── NotFound             is not there, or may not be known to be there
    ├── Conflict             the present state does not allow it; some carry it as `current`
    │   ├── TimerNotRunning, TimerRunning, OverlapsRunning
    │   ├── CommandIdReused, VersionConflict
    │   ├── AlreadyRunning, NotRunning, RoomFull, RoomClosed, ChatClosed
    │   └── EmailTaken, UsernameTaken, IdentityTaken
    ├── TooLarge
    ├── RateLimited          `retry_after_s` says when to come back
    ├── Unavailable          not known to have happened: send it again with the same id
    └── Internal             our fault

Only the doors (`handlers/http`, `handlers/socket`) know about status numbers and acks.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class DomainError(Exception):
    """A refusal with a `code`, a sentence for people, and what helps to mend it.

    `errors` are pairs (field, sentence); `current` is the present object where the contract
    promises one; `retry_after_s` is in seconds.
    """

    code: ClassVar[str] = "internal"
    sentence: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: Sequence[tuple[str, str]] = (),
        current: Any = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message or self.sentence)
        self.message = message or self.sentence
        self.errors = tuple(errors)
        self.current = current
        self.retry_after_s = retry_after_s


class Malformed(DomainError):
    code = "malformed"
    sentence = "This is not well-formed JSON."


class Invalid(DomainError):
    code = "invalid"
    sentence = "Some fields are not valid."

    @classmethod
    def field(cls, name: str, sentence: str) -> "Invalid":
        """The refusal of one field."""
        return cls(f"{name}: {sentence}", errors=[(name, sentence)])


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    sentence = "The body must be sent as application/json."


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    sentence = "This address does not take that method."


class Unauthenticated(DomainError):
    code = "unauthenticated"
    sentence = "Sign in first."


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"
    sentence = "The e-mail or the password is not right."


class TotpRequired(Unauthenticated):
    code = "totp_required"
    sentence = "The password is right. Send it again with the code that your app shows."


class InvalidCode(Unauthenticated):
    code = "invalid_code"
    sentence = "This code is not right, or was used before."


class SigninFailed(Unauthenticated):
    code = "signin_failed"
    sentence = "Signing in did not work. Try again; if it goes on, ask whoever runs this server."


class SigninExpired(Unauthenticated):
    code = "signin_expired"
    sentence = "This took too long, or was begun in another browser. Sign in again."


class Forbidden(DomainError):
    code = "forbidden"
    sentence = "You may not do that."


class EmailUnverified(Forbidden):
    code = "email_unverified"
    sentence = "Confirm your e-mail address first. You have been sent a link."


class AccountSuspended(Forbidden):
    code = "account_suspended"
    sentence = "This account has been suspended by an administrator."


class SigninDenied(Forbidden):
    code = "signin_denied"
    sentence = "You did not agree to sign in."


class SignupClosed(Forbidden):
    code = "signup_closed"
    sentence = "There is no account of yours here, and new ones are made by invitation only."


class NotFound(DomainError):
    code = "not_found"
    sentence = "There is no such thing."


class Conflict(DomainError):
    code = "conflict"
    sentence = "The present state does not allow that."


class TimerNotRunning(Conflict):
    code = "timer_not_running"
    sentence = "No timer is running."


class TimerRunning(Conflict):
    code = "timer_running"
    sentence = "Another timer is running."


class OverlapsRunning(Conflict):
    code = "overlaps_running"
    sentence = "That start lies before the start of the timer that runs."


class CommandIdReused(Conflict):
    code = "command_id_reused"
    sentence = "This command id was used for another command."


class VersionConflict(Conflict):
    code = "version_conflict"
    sentence = "It was changed meanwhile."


class AlreadyRunning(Conflict):
    code = "already_running"
    sentence = "The timer of the room runs already."


class NotRunning(Conflict):
    code = "not_running"
    sentence = "The timer of the room does not run."


class RoomFull(Conflict):
    code = "room_full"
    sentence = "The room is full."


class RoomClosed(Conflict):
    code = "room_closed"
    sentence = "The room has been closed."


class ChatClosed(Conflict):
    code = "chat_closed"
    sentence = "The chat of this room is closed just now."


class EmailTaken(Conflict):
    code = "email_taken"
    sentence = "There is an account with this e-mail already."


class UsernameTaken(Conflict):
    code = "username_taken"
    sentence = "This username is taken."


class IdentityTaken(Conflict):
    code = "identity_taken"
    sentence = "This identity is linked to another account already."


class TooLarge(DomainError):
    code = "too_large"
    sentence = "This is too large."


class RateLimited(DomainError):
    code = "rate_limited"
    sentence = "Too many requests. Wait a moment."


class Unavailable(DomainError):
    code = "unavailable"
    sentence = "Not known to have happened. Send it again with the same command id."


class Internal(DomainError):
    code = "internal"
    sentence = "Something went wrong on our side."
