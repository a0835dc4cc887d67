-- name: one (user_id, entry_id)
-- An entry of the user's own that is not deleted. A deleted project is none.
select e.id, e.user_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone, e.day_starts_at, e.version
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.id = $2 and e.deleted_at is null

-- name: running (user_id)
select e.id, e.user_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone, e.day_starts_at, e.version
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.ended_at is null and e.deleted_at is null

-- name: running_in_project (project_id, limit)
-- Who is tracking on a project now, without what its owners hide [V2].
select e.id, e.user_id, e.project_id, e.room_id,
    case when u.privacy_hide_descriptions then '' else e.description end as description,
    case when u.privacy_hide_descriptions then '{}' else e.tags end as tags,
    e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from,
    e.timezone, e.day_starts_at, e.version, u.username
from time_entries e join users u on u.id = e.user_id and u.deleted_at is null
where e.project_id = $1 and e.ended_at is null and e.deleted_at is null and u.privacy_show_activity
order by e.started_at, e.user_id limit $2

-- name: list (user_id, from_at, to_at, project_id, tag, words, source, before_at, before_id, limit)
-- The user's entries that overlap [from, to), newest first, from a cursor on. No entry is longer
-- than 31 days, so the start of one that overlaps `from` lies at most that much before it: the
-- index on the start serves both ends.
select e.id, e.user_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone, e.day_starts_at, e.version
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null
    and ($2::timestamptz is null or (e.started_at >= $2 - interval '31 days 1 second'
        and (e.ended_at is null or e.ended_at > $2 or e.started_at >= $2)))
    and ($3::timestamptz is null or e.started_at < $3)
    and ($4::bigint is null or p.id = $4)
    and ($5::text is null or $5 = any(e.tags))
    and ($6::text is null or strpos(lower(e.description), lower($6)) > 0)
    and ($7::text is null or e.source = $7)
    and ($8::timestamptz is null or (e.started_at, e.id) < ($8, $9::bigint))
order by e.started_at desc, e.id desc limit $10

-- name: overlapping_days (user_ids, from_ats, to_ats)
-- The closed entries of some users that touch a span each, for counting their days.
select e.user_id, e.id, case when p.id is not null then e.project_id end as project_id,
    e.room_id, e.started_at, e.ended_at, e.source, e.claimed, e.doubtful_from, e.timezone,
    e.day_starts_at
from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) as x (user_id, from_at, to_at)
join time_entries e on e.user_id = x.user_id and e.deleted_at is null
    and e.started_at < x.to_at and e.started_at >= x.from_at - interval '31 days'
    and e.ended_at > x.from_at
left join projects p on p.id = e.project_id and p.deleted_at is null

-- name: to_detach (project_id, limit)
-- Entries that still point at a deleted project, some users at a time.
select distinct user_id from time_entries where project_id = $1 limit $2

-- name: lock_owners (user_ids)
-- Suspended or not: whoever writes somebody's entries holds the user's row.
select id from users where id = any($1::bigint[]) order by id for no key update

-- name: detach (project_id, user_ids)
update time_entries set project_id = null, version = version + 1
where project_id = $1 and user_id = any($2::bigint[])
returning id, user_id, project_id, room_id, description, tags, started_at, ended_at, ended_by,
    deleted_at, source, claimed, doubtful_from, timezone, day_starts_at, version

-- name: tags (user_id, limit)
select name from tags where user_id = $1 order by used_at desc, name limit $2
