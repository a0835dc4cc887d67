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
-- index on the start serves both ends. Ends that are not given are infinite rather than null, and
-- the page is made before anything is joined to it, so that a plan made for all values too begins
-- in the index where the page does, and ends with it. Project 0 is none, as a deleted one is.
with page as (
    select e.* from time_entries e
    where e.user_id = $1 and e.deleted_at is null
        and e.started_at >= coalesce($2::timestamptz - interval '31 days 1 second', '-infinity')
        and ($2 is null or e.ended_at is null or e.ended_at > $2 or e.started_at >= $2)
        and e.started_at < coalesce($3::timestamptz, 'infinity')
        and ($4::bigint is null or (case when $4 = 0
            then not exists (select from projects p where p.id = e.project_id and p.deleted_at is null)
            else e.project_id = $4 and exists (
                select from projects p where p.id = $4 and p.deleted_at is null) end))
        and ($5::text is null or $5 = any(e.tags))
        and ($6::text is null or strpos(lower(e.description), lower($6)) > 0)
        and ($7::text is null or e.source = $7)
        and (e.started_at, e.id) < (coalesce($8::timestamptz, 'infinity'), coalesce($9::bigint, 0))
    order by e.started_at desc, e.id desc limit $10
)
select e.id, e.user_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone, e.day_starts_at, e.version
from page e left join projects p on p.id = e.project_id and p.deleted_at is null
order by e.started_at desc, e.id desc

-- name: list_deleted (user_id, from_at, to_at, project_id, tag, words, source, before_at, before_id, limit, deleted_after)
-- The same of those that were deleted since.
with page as (
    select e.* from time_entries e
    where e.user_id = $1 and e.deleted_at is not null and e.deleted_at >= $11
        and e.started_at >= coalesce($2::timestamptz - interval '31 days 1 second', '-infinity')
        and ($2 is null or e.ended_at > $2 or e.started_at >= $2)
        and e.started_at < coalesce($3::timestamptz, 'infinity')
        and ($4::bigint is null or (case when $4 = 0
            then not exists (select from projects p where p.id = e.project_id and p.deleted_at is null)
            else e.project_id = $4 and exists (
                select from projects p where p.id = $4 and p.deleted_at is null) end))
        and ($5::text is null or $5 = any(e.tags))
        and ($6::text is null or strpos(lower(e.description), lower($6)) > 0)
        and ($7::text is null or e.source = $7)
        and (e.started_at, e.id) < (coalesce($8::timestamptz, 'infinity'), coalesce($9::bigint, 0))
    order by e.started_at desc, e.id desc limit $10
)
select e.id, e.user_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone, e.day_starts_at, e.version
from page e left join projects p on p.id = e.project_id and p.deleted_at is null
order by e.started_at desc, e.id desc

-- name: remove_deleted (deleted_before, limit)
-- Some entries that nobody can restore any more, of users whom nobody else holds.
with old as (
    select e.user_id, e.id from time_entries e
    join users u on u.id = e.user_id
    where e.deleted_at < $1
    order by e.deleted_at limit $2 for no key update of u skip locked
)
delete from time_entries e using old
where e.user_id = old.user_id and e.id = old.id and e.deleted_at < $1

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
