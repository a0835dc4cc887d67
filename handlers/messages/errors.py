"""Errors as clients see them: the same codes in REST and in acks."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from handlers.messages.common import View
from rooms.errors import DomainError


class FieldError(View, frozen=True, kw_only=True):
    """What is wrong with one field."""

    field: str
    message: str


class ErrorView(View, frozen=True, kw_only=True):
    """An error in an ack. `retry_after_s` is in seconds; `current` is the present object."""

    code: str
    message: str
    errors: list[FieldError] | UnsetType = UNSET
    retry_after_s: float | UnsetType = UNSET
    current: Any | UnsetType = UNSET


class Problem(View, frozen=True, kw_only=True):
    """An error in REST (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: list[FieldError]
    retry_after_s: float | UnsetType = UNSET
    current: Any | UnsetType = UNSET


STATUS: dict[str, int] = {
    "malformed": 400,
    "unauthenticated": 401,
    "invalid_credentials": 401,
    "totp_required": 401,
    "invalid_code": 401,
    "forbidden": 403,
    "email_unverified": 403,
    "account_suspended": 403,
    "signin_failed": 401,
    "signin_expired": 401,
    "signin_denied": 403,
    "signup_closed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid": 422,
    "rate_limited": 429,
    "internal": 500,
    "unavailable": 503,
}


def status_of(code: str) -> int:
    """The status of a code; the finer codes of `conflict` are 409 like it."""
    return STATUS.get(code, 409)


def field_errors(error: DomainError) -> list[FieldError]:
    return [FieldError(field=field, message=message) for field, message in error.errors]


def error_view(error: DomainError) -> ErrorView:
    return ErrorView(
        code=error.code,
        message=error.message,
        errors=field_errors(error) or UNSET,
        retry_after_s=UNSET if error.retry_after_s is None else error.retry_after_s,
        current=UNSET if error.current is None else error.current,
    )


def problem(error: DomainError, request_id: str) -> Problem:
    """The error as a body of application/problem+json."""
    return Problem(
        type="about:blank",
        title=type(error).sentence,
        status=status_of(error.code),
        code=error.code,
        detail=error.message,
        request_id=request_id,
        errors=field_errors(error),
        retry_after_s=UNSET if error.retry_after_s is None else error.retry_after_s,
        current=UNSET if error.current is None else error.current,
    )


def to_problem_json(error: DomainError, request_id: str) -> bytes:
    return msgspec.json.encode(problem(error, request_id))
