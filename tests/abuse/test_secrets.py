"""Another JWT_SECRET, without anybody being locked out (docs/OPERATIONS.md, "Secrets")."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from handlers.actions.identity import Revoked, Tokens
from handlers.actions.sealing import Sealer
from handlers.actions.webhooks import open_secret
from rooms.errors import Unauthenticated
from server.commands import reseal_now
from server.instance import open_instance
from server.process import Addresses
from server.settings import Settings
from storage.embedded import Embedded
from tests.support.product import PASSWORD_HASH, SECRET

NEW = "another secret that only the tests know, and as long as it must be"
_NOW = timedelta(minutes=1)


def tokens_of(secret: str, previous: str | None = None) -> Tokens:
    return Tokens(secret, _NOW, Revoked(_NOW), previous)


async def sealed_under(database_url: str, tokens: Tokens) -> int:
    """Somebody who has everything that is encrypted: codes, and a webhook with two secrets."""
    codes, hooks = [Sealer(tokens.key_for(purpose)) for purpose in ("totp", "webhooks")]
    sql = await asyncpg.connect(database_url)
    user_id: int = await sql.fetchval(
        "insert into users (email, username, name, password_hash, timezone)"
        " values ('a@b.example', 'ada', '', $1, 'UTC') returning id",
        PASSWORD_HASH,
    )
    await sql.execute(
        "insert into totp (user_id, secret, confirmed_at) values ($1, $2, now())",
        user_id, codes.seal(b"codes", user_id),
    )  # fmt: skip
    await sql.execute(
        "insert into webhooks (user_id, url, events, secret, old_secret, seq, active)"
        " values ($1, 'https://example.org', '{*}', $2, $3, 0, false)",
        user_id, hooks.seal(b"hook", user_id), hooks.seal(b"old hook", user_id),
    )  # fmt: skip
    await sql.close()
    return user_id


async def opened(database_url: str, tokens: Tokens) -> list[bytes | None]:
    """What these secrets open of it, and nothing of another user's."""
    codes, hooks = [Sealer(*tokens.keys_for(purpose)) for purpose in ("totp", "webhooks")]
    sql = await asyncpg.connect(database_url)
    (user_id, code), *_ = await sql.fetch("select user_id, secret from totp")
    (new, old), *_ = await sql.fetch("select secret, old_secret from webhooks")
    await sql.close()
    assert codes.open(code, user_id + 1) is None
    return [codes.open(code, user_id), hooks.open(new, user_id), hooks.open(old, user_id)]


def test_both_secrets_count_and_only_the_new_one_signs() -> None:
    old, new = tokens_of(SECRET, NEW), tokens_of(NEW, SECRET)
    for there, here in ((old, new), (new, old), (old, old), (new, new)):
        assert here.check(there.issue(1, 2, "user")).user_id == 1
    with pytest.raises(Unauthenticated):
        tokens_of(SECRET).check(new.issue(1, 2, "user"))
    with pytest.raises(Unauthenticated):
        tokens_of("x" * 40, "y" * 40).check(new.issue(1, 2, "user"))
    expired = Tokens(SECRET, -_NOW, Revoked(_NOW)).issue(1, 2, "user")
    with pytest.raises(Unauthenticated, match="expired"):
        new.check(expired)


async def test_what_is_encrypted_is_encrypted_anew(servers: Embedded, database_url: str) -> None:
    """While both are known it is read; after `run.py reseal` the new one is enough, and what
    neither opens is left as it is."""
    user_id = await sealed_under(database_url, tokens_of(SECRET))
    everything: list[Any] = [b"codes", b"hook", b"old hook"]
    assert await opened(database_url, tokens_of(NEW)) == [None] * 3
    assert await opened(database_url, tokens_of(NEW, SECRET)) == everything
    settings = Settings(_env_file=None, jwt_secret_previous=SECRET)  # type: ignore[call-arg]
    instance = await open_instance(settings, database_url, servers.redis_url, NEW)
    hook = await instance.db.fetchval("select secret from webhooks")
    assert open_secret(instance.services, user_id, hook) == "hook"
    await instance.close()
    addresses = Addresses(database_url, servers.redis_url, NEW)
    unknown = settings.model_copy(update={"jwt_secret_previous": "z" * 40})
    assert [await reseal_now(unknown, addresses), await reseal_now(settings, addresses)] == [0, 3]
    assert await reseal_now(settings, addresses) == 0
    assert await opened(database_url, tokens_of(NEW)) == everything
    assert await opened(database_url, tokens_of(SECRET)) == [None] * 3
