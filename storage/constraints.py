"""What the database refused, in the words of the domain: the one place that knows both names.

A check before an insert is a race; the constraint is the rule, and this table is its voice.
"""

import asyncpg

from rooms.errors import (
    CommandIdReused,
    Conflict,
    DomainError,
    EmailTaken,
    IdentityTaken,
    TimerRunning,
    UsernameTaken,
)

_REFUSALS: dict[str, type[DomainError]] = {
    "users_email_key": EmailTaken,
    "users_username_key": UsernameTaken,
    "time_entries_one_running": TimerRunning,
    "project_members_one_owner": Conflict,
    "project_invites_used_up": Conflict,
    "badges_key": Conflict,
    "identities_pkey": IdentityTaken,
    "identities_one_each": IdentityTaken,
    "imports_one_running": Conflict,
    # Its secret is made from the command's id.
    "api_tokens_token_hash_key": CommandIdReused,
}


def refusal_of(error: asyncpg.PostgresError) -> DomainError | None:
    """The domain's error for a constraint that was violated, or None if it is not one of ours."""
    name = getattr(error, "constraint_name", None)
    known = _REFUSALS.get(name) if name else None
    return None if known is None else known()
