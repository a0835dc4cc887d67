-- name: tracked (user_id, from_on, to_on, project_id, unit, by_project)
-- Tracked seconds of somebody's own days: by day, week (its Monday), month (its first), or without
-- `unit` all together; by project, or all together. Days have no zone. A deleted project is none,
-- and so is project 0.
select
    case $5::text
        when 'day' then t.day
        when 'week' then t.day - (extract(isodow from t.day)::integer - 1)
        when 'month' then t.day - (extract(day from t.day)::integer - 1)
    end as first_on,
    case when $6::boolean then p.id end as project_id,
    sum(t.seconds)::bigint as seconds
from tracked_days t left join projects p on p.id = t.project_id and p.deleted_at is null
where t.user_id = $1
    and t.day between coalesce($2::date, '-infinity') and coalesce($3::date, 'infinity')
    and ($4::bigint is null or coalesce(p.id, 0) = $4)
group by 1, 2

-- name: entries (user_id, from_at, to_at, project_id, tag, words, source)
-- What reports count of somebody's closed entries that overlap [from, to). No entry is longer than
-- 31 days: the index on the start serves both ends.
select p.id as project_id, e.tags, e.started_at, e.ended_at, e.timezone, e.day_starts_at
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null and e.ended_at is not null
    and e.started_at >= coalesce($2::timestamptz - interval '31 days 1 second', '-infinity')
    and ($2 is null or e.ended_at > $2)
    and e.started_at < coalesce($3::timestamptz, 'infinity')
    and ($4::bigint is null or coalesce(p.id, 0) = $4)
    and ($5::text is null or $5 = any(e.tags))
    and ($6::text is null or strpos(lower(e.description), lower($6)) > 0)
    and ($7::text is null or e.source = $7)

-- name: names (reader_id, project_ids)
-- The names of those of these projects that the reader may read.
select id, name from projects
where id = any($2::bigint[]) and may_read_project($1, id)
