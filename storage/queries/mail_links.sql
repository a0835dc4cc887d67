-- name: recent (user_id, kind, id)
-- How many links of a kind somebody was sent in the last minute, and in the last hour; without
-- the one of this id, which is being sent again.
select count(*) filter (where created_at > now() - interval '1 minute') as in_minute,
    count(*) as in_hour
from mail_links
where user_id = $1 and kind = $2 and id <> $3 and created_at > now() - interval '1 hour'

-- name: put (id, user_id, kind, email, token_hash, lifetime)
insert into mail_links (id, user_id, kind, email, token_hash, expires_at)
values ($1, $2, $3, $4, $5, clock_timestamp() + $6)
on conflict (id) do nothing

-- name: arm (id, token_hash, lifetime)
-- The secret that goes into the mail; a former one of the same mail holds no more.
update mail_links set token_hash = $2, expires_at = clock_timestamp() + $3
where id = $1 returning id, user_id, kind, email

-- name: read (token_hash, kinds)
select id, user_id, kind, email from mail_links
where token_hash = $1 and kind = any($2::text[]) and expires_at > now()

-- name: use (token_hash)
-- Behind the lock of its user: of two uses at once the second finds nothing.
delete from mail_links where token_hash = $1 and expires_at > clock_timestamp()
returning id, user_id, kind, email

-- name: forget_of_user (user_id, kinds)
delete from mail_links where user_id = $1 and kind = any($2::text[])

-- name: forget_old (limit)
-- An hour longer than they hold, because they are counted.
delete from mail_links where id in (
    select id from mail_links where expires_at < now() - interval '1 hour' limit $1)
