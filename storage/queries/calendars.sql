-- name: put (user_id, secret_hash, descriptions)
-- One calendar a user: a new link ends the one before.
insert into calendars as c (user_id, secret_hash, descriptions) values ($1, $2, $3)
on conflict (user_id) do update set secret_hash = excluded.secret_hash,
    descriptions = excluded.descriptions, created_at = now(), last_read_at = null
returning created_at

-- name: read (user_id)
select descriptions, created_at, last_read_at from calendars where user_id = $1

-- name: remove (user_id)
delete from calendars where user_id = $1 returning user_id

-- name: feed (secret_hash)
-- Whose calendar it is, if they are there. What it shows follows their privacy, unless they said so.
select u.id as user_id, u.created_at,
    coalesce(c.descriptions, not u.privacy_hide_descriptions) as descriptions
from calendars c join users u on u.id = c.user_id
where c.secret_hash = $1 and u.deleted_at is null and u.suspended_at is null

-- name: note_read (secret_hash)
-- Once a minute is often enough.
update calendars set last_read_at = now()
where secret_hash = $1 and (last_read_at is null or last_read_at < now() - interval '1 minute')

-- name: mark (user_id, from_at)
-- A number that changes with whatever the calendar shows: every change of an entry raises its
-- version.
select count(*) as count, coalesce(sum(hashtextextended(
    concat_ws(':', e.id, e.version, p.name), 0)::numeric), 0)::text as mark
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null and e.ended_at is not null and e.started_at >= $2

-- name: page (user_id, after_at, after_id, limit)
-- Closed entries behind a position.
select e.id, e.description, e.tags, e.started_at, e.ended_at, e.version, p.name as project_name,
    coalesce(e.changed_at, e.created_at) as changed_at
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null and e.ended_at is not null
    and (e.started_at, e.id) > ($2::timestamptz, $3::bigint)
order by e.started_at, e.id limit $4
