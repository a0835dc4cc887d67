-- name: insert (user_id, token_hash, name, scopes, expires_at)
insert into api_tokens (user_id, token_hash, name, scopes, expires_at)
values ($1, $2, $3, $4, $5)
returning id, name, scopes, expires_at, created_at, last_used_at

-- name: count (user_id)
select count(*) from api_tokens
where user_id = $1 and revoked_at is null and (expires_at is null or expires_at > now())

-- name: list (user_id)
-- What has run out stays to be seen for a while, and can be deleted.
select id, name, scopes, expires_at, created_at, last_used_at from api_tokens
where user_id = $1 and revoked_at is null order by id desc limit 200

-- name: find (token_hash)
-- A token that holds, whose it is, and whether its use is to be noted.
select t.id, t.user_id, t.scopes, t.expires_at, u.role,
    t.last_used_at is null or t.last_used_at < now() - interval '1 minute' as unnoted
from api_tokens t
join users u on u.id = t.user_id and u.deleted_at is null and u.suspended_at is null
where t.token_hash = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())

-- name: note_use (id)
-- Once a minute, whoever comes first.
update api_tokens set last_used_at = now()
where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')

-- name: revoke (user_id, id)
update api_tokens set revoked_at = clock_timestamp()
where user_id = $1 and id = $2 and revoked_at is null returning id

-- name: revoke_all (user_id)
update api_tokens set revoked_at = clock_timestamp()
where user_id = $1 and revoked_at is null returning id

-- name: forget (older_than, limit)
-- Tokens that were deleted, or ran out, long ago.
delete from api_tokens where id in (
    select id from api_tokens where coalesce(revoked_at, expires_at) < $1 limit $2)
