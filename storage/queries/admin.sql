-- name: users (words, state, before_id, limit)
-- Accounts that contain some words in their name, username or e-mail, the newest first. Nobody who
-- has left is among them.
select id, username, email, name, role, avatar_url, created_at, last_seen_at, suspended_at,
    suspended_reason
from users
where deleted_at is null and ($3::bigint is null or id < $3)
    and ($1::text is null or strpos(lower(username), lower($1)) > 0
        or strpos(lower(email), lower($1)) > 0 or strpos(lower(name), lower($1)) > 0)
    and ($2::text is null or case $2 when 'suspended' then suspended_at is not null
        when 'admin' then role = 'admin' else suspended_at is null end)
order by id desc limit $4

-- name: user (user_id)
select id, username, email, name, role, avatar_url, created_at, last_seen_at, suspended_at,
    suspended_reason
from users where id = $1 and deleted_at is null

-- name: particulars (user_id)
-- What there is of somebody, in numbers, and how they sign in.
select u.password_hash is not null as has_password, u.email_verified_at is not null as verified,
    exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null) as totp,
    array(select issuer from identities i where i.user_id = u.id order by 1) as issuers,
    (select count(*) from logins l where l.user_id = u.id and l.revoked_at is null
        and l.expires_at > now()) as logins,
    (select count(*) from time_entries e where e.user_id = u.id and e.deleted_at is null)
        as entries,
    (select coalesce(sum(seconds), 0)::bigint from tracked_days d where d.user_id = u.id)
        as tracked_seconds,
    (select count(*) from project_members m join projects p on p.id = m.project_id
        and p.deleted_at is null where m.user_id = u.id) as projects,
    (select count(*) from rooms r where r.owner_id = u.id and r.closed_at is null) as rooms
from users u where u.id = $1 and u.deleted_at is null

-- name: admins ()
-- Who may do what administrators may.
select id from users
where role = 'admin' and deleted_at is null and suspended_at is null order by id

-- name: suspend (user_id, reason)
update users set suspended_at = clock_timestamp(), suspended_reason = $2
where id = $1 and suspended_at is null returning id

-- name: restore (user_id)
update users set suspended_at = null, suspended_reason = null
where id = $1 and suspended_at is not null returning id

-- name: set_role (user_id, role)
update users set role = $2 where id = $1 and role <> $2 returning id

-- name: running (user_id)
select id from time_entries where user_id = $1 and ended_at is null and deleted_at is null

-- name: add_to_log (admin_id, action, user_id, detail)
insert into admin_log (admin_id, action, user_id, detail) values ($1, $2, $3, $4)

-- name: log (user_id, before_id, limit)
select l.id, l.at, l.admin_id, a.username as admin, l.action, l.user_id, u.username, l.detail
from admin_log l join users a on a.id = l.admin_id join users u on u.id = l.user_id
where ($1::bigint is null or l.user_id = $1) and ($2::bigint is null or l.id < $2)
order by l.id desc limit $3

-- name: counts ()
-- What there is on the server. The entries are estimated: there may be very many.
select
    (select count(*) from users where deleted_at is null) as users,
    (select count(*) from users where deleted_at is null and suspended_at is not null)
        as suspended,
    (select count(*) from users where deleted_at is null
        and last_seen_at > now() - interval '1 day') as seen_today,
    (select count(*) from projects where deleted_at is null) as projects,
    (select count(*) from rooms where closed_at is null) as rooms,
    (select count(*) from time_entries where ended_at is null and deleted_at is null) as running,
    (select greatest(reltuples, 0)::bigint from pg_class where oid = 'time_entries'::regclass)
        as entries,
    pg_database_size(current_database()) as database_bytes,
    current_setting('server_version') as postgres
