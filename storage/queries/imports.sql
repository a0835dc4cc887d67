-- name: begin (user_id, format, total)
-- An import of the user's; the index refuses a second one that runs.
insert into imports (user_id, format, total) values ($1, $2, $3) returning id

-- name: break_silent (user_id, silence)
-- Imports that have died with their process, so that another one may begin.
update imports set state = 'broken', ended_at = clock_timestamp()
where user_id = $1 and state = 'running' and beat_at < clock_timestamp() - $2::interval
returning id, from_at, to_at, created

-- name: beat (user_id, import_id, created, skipped, refused, seconds, from_at, to_at)
-- How far it has come. No row: it was taken for dead.
update imports set created = $3, skipped = $4, refused = $5, seconds = $6, from_at = $7, to_at = $8,
    beat_at = clock_timestamp()
where user_id = $1 and id = $2 and state = 'running'
returning id

-- name: end (user_id, import_id, state)
update imports set state = $3, ended_at = clock_timestamp()
where user_id = $1 and id = $2 and state = 'running'
returning id

-- name: one (user_id, import_id)
select id, format, state, total, created, skipped, refused, seconds, from_at, to_at, started_at,
    ended_at
from imports where user_id = $1 and id = $2

-- name: list (user_id, before_id, limit)
select id, format, state, total, created, skipped, refused, seconds, from_at, to_at, started_at,
    ended_at
from imports where user_id = $1 and ($2::bigint is null or id < $2)
order by id desc limit $3

-- name: all (user_id)
select id, format, state, total, created, skipped, refused, seconds, from_at, to_at, started_at,
    ended_at
from imports where user_id = $1 order by id

-- name: known (user_id, keys)
-- Which of these were imported before, and perhaps changed or deleted since.
select key from imported_entries where user_id = $1 and key = any($2::bytea[])

-- name: alike (user_id, started_ats)
-- The entries that begin when these do, to be compared. One look for all of them, so that a plan
-- which was made while the table was small reads it once and not for every line. A deleted project
-- is none, as it is in exports.
select e.started_at, e.ended_at, e.description, p.id as project_id, e.tags
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null and e.started_at = any($2::timestamptz[])

-- name: write (user_id, import_id, keys, project_ids, descriptions, tags, started_ats, ended_ats, timezones, day_starts_ats, doubtful_froms)
-- New entries with their keys, in this order, so that ids rise with it. The user is locked.
with x as materialized (
    select x.*, nextval('time_entry_ids') as id
    from unnest($3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
        $8::timestamptz[], $9::text[], $10::smallint[], $11::timestamptz[])
        as x (key, project_id, description, tags, started_at, ended_at, timezone, day_starts_at,
            doubtful_from)
), kept as (
    insert into imported_entries (user_id, key, import_id, entry_id)
    select $1, key, $2, id from x on conflict (user_id, key) do nothing
    returning entry_id
), tagged as (
    insert into tags (user_id, name)
    select distinct $1::bigint, t.name
    from x cross join lateral unnest(string_to_array(x.tags, E'\x1f')) as t (name)
    on conflict (user_id, name) do nothing
)
insert into time_entries (user_id, id, project_id, description, tags, started_at, ended_at,
    ended_by, source, claimed, timezone, day_starts_at, doubtful_from)
select $1, x.id, x.project_id, x.description, string_to_array(x.tags, E'\x1f'), x.started_at,
    x.ended_at, 'log', 'import', true, x.timezone, x.day_starts_at, x.doubtful_from
from x join kept k on k.entry_id = x.id
order by x.id
returning id, user_id, project_id, room_id, description, tags, started_at, ended_at, ended_by,
    deleted_at, source, claimed, doubtful_from, timezone, day_starts_at, version

-- name: undo (user_id, import_id, limit)
-- Some entries of an import, deleted so that each can be restored, and let go of: the same file
-- makes them again. One that was deleted before stays as it is, and so does one that runs again.
with released as (
    delete from imported_entries where user_id = $1 and key in (
        select key from imported_entries where user_id = $1 and import_id = $2 limit $3)
    returning entry_id
)
update time_entries e set deleted_at = x.now, version = e.version + 1
from released s cross join (select date_trunc('milliseconds', clock_timestamp()) as now) x
where e.user_id = $1 and e.id = s.entry_id and e.deleted_at is null and e.ended_at is not null
returning e.id, e.user_id, e.project_id, e.room_id, e.description, e.tags, e.started_at, e.ended_at,
    e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from, e.timezone, e.day_starts_at,
    e.version

-- name: left_to_undo (user_id, import_id)
select exists (select from imported_entries where user_id = $1 and import_id = $2)

-- name: mark_undone (user_id, import_id)
update imports set state = 'undone', ended_at = clock_timestamp()
where user_id = $1 and id = $2 and state <> 'running' returning id

-- name: projects (user_id)
-- Where somebody may add time of the past: where they may track, and what they could take out of
-- the archive themselves.
select p.id, p.name
from project_members m join projects p on p.id = m.project_id and p.deleted_at is null
where m.user_id = $1 and m.role in ('owner', 'admin', 'contributor')
    and (p.archived_at is null or m.role in ('owner', 'admin'))
order by p.archived_at is not null, p.id

-- name: award (user_id, keys, awarded_ats)
-- Badges of the built-in catalogue that somebody brought along [B2]; none that is not due yet.
insert into user_badges (user_id, badge_id, awarded_at)
select $1, b.id, x.awarded_at
from unnest($2::text[], $3::timestamptz[]) as x (key, awarded_at)
join badges b on b.key = x.key and b.built_in and b.deleted_at is null
where x.awarded_at <= clock_timestamp()
on conflict do nothing

-- name: is_empty (user_id)
-- Whether somebody has not tracked anything here yet.
select not exists (select from time_entries where user_id = $1)
