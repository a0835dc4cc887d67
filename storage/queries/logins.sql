-- name: insert (user_id, user_agent, address, expires_at)
insert into logins (user_id, user_agent, address, expires_at) values ($1, $2, $3, $4) returning id

-- name: insert_token (token_hash, login_id)
insert into refresh_tokens (token_hash, login_id) values ($1, $2)

-- name: lock_token (token_hash)
-- The token and its login, locked: of two uses at once the second sees the first.
select t.login_id, t.used_at, l.user_id, l.revoked_at, l.expires_at < now() as expired
from refresh_tokens t join logins l on l.id = t.login_id
join users u on u.id = l.user_id and u.deleted_at is null and u.suspended_at is null
where t.token_hash = $1 for no key update of l, t

-- name: use_token (token_hash)
update refresh_tokens set used_at = clock_timestamp() where token_hash = $1

-- name: prolong (login_id, expires_at, address)
update logins set last_seen_at = now(), expires_at = $2, address = $3 where id = $1

-- name: list (user_id)
select id, user_agent, address, created_at, last_seen_at from logins
where user_id = $1 and revoked_at is null and expires_at > now()
order by last_seen_at desc, id desc limit 200

-- name: devices (email, token_hash)
-- Where the logins of an account live, and to which of them a refresh token belongs.
select l.id, l.address,
    exists (select from refresh_tokens t where t.token_hash = $2 and t.login_id = l.id) as has_token
from users u join logins l on l.user_id = u.id and l.revoked_at is null
where lower(u.email) = lower($1) and u.deleted_at is null
order by l.last_seen_at desc limit 50

-- name: revoke (user_id, login_ids)
update logins set revoked_at = clock_timestamp()
where user_id = $1 and id = any($2::bigint[]) and revoked_at is null returning id

-- name: revoke_others (user_id, kept)
update logins set revoked_at = clock_timestamp()
where user_id = $1 and id <> $2 and revoked_at is null returning id

-- name: revoked_since (since)
-- Logins and API tokens, whose ids are of the same numbers.
select id, revoked_at from logins where revoked_at > $1
union all
select id, revoked_at from api_tokens where revoked_at > $1
order by revoked_at

-- name: forget (older_than, limit)
-- Logins that ended long ago, with their tokens.
delete from logins where id in (
    select id from logins where coalesce(revoked_at, expires_at) < $1 limit $2)

-- name: began_at (user_id, login_id)
select created_at from logins where user_id = $1 and id = $2 and revoked_at is null
