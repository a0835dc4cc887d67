-- name: profile (reader_id, as_admin, user_id)
-- Somebody, if the reader may see their profile [V2].
select id, username, name, avatar_url, email, created_at, timezone, day_starts_at,
    privacy_show_activity, privacy_hide_descriptions
from users
where id = $3 and deleted_at is null and suspended_at is null
    and (id = $1 or $2::boolean or privacy_profile = 'public'
        or privacy_profile = 'members' and shares_with($1, id))

-- name: totals (user_id, today, week_on)
-- What somebody has done so far, today and this week.
select
    (select coalesce(sum(seconds), 0)::bigint from tracked_days where user_id = $1) as tracked,
    coalesce(sum(seconds), 0)::bigint as focus,
    coalesce(sum(entries), 0)::bigint as entries,
    coalesce(sum(seconds) filter (where day = $2), 0)::bigint as today,
    coalesce(sum(seconds) filter (where day between $3 and $2), 0)::bigint as week
from focus_days where user_id = $1

-- name: heat (user_id, from_on, to_on)
-- The focus seconds of somebody's own days, of those with any.
select day, seconds from focus_days
where user_id = $1 and day between $2 and $3 and seconds > 0 order by day

-- name: focus (user_id, from_on, to_on)
select day, seconds, entries from focus_days where user_id = $1 and day between $2 and $3

-- name: projects (reader_id, user_id, limit)
-- The projects on which somebody has tracked most; of others those that the reader may read.
select t.project_id, p.name, t.seconds
from (
    select project_id, sum(seconds)::bigint as seconds from tracked_days
    where user_id = $2 and project_id is not null group by project_id
) t join projects p on p.id = t.project_id and p.deleted_at is null
where $1::bigint = $2 or may_read_project($1, p.id)
order by t.seconds desc, t.project_id limit $3

-- name: recent (reader_id, user_id, limit)
-- Somebody's latest entries; of others those on projects that the reader may read.
select e.id, e.user_id, p.id as project_id, e.room_id, e.description, e.tags, e.started_at,
    e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from, e.timezone,
    e.day_starts_at, e.version
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $2 and e.deleted_at is null
    and ($1::bigint = $2 or may_read_project($1, p.id))
order by e.started_at desc, e.id desc limit $3
