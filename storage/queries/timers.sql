-- name: lock_users (user_ids)
-- The users of a batch, locked until commit. Whoever writes somebody's entries holds this lock, so
-- what is read after it cannot change. Those whom somebody else holds are left for another batch:
-- one user must not keep all others waiting, and who never waits is in nobody's deadlock.
select id, username, timezone, day_starts_at, privacy_show_activity, privacy_hide_descriptions
from users where id = any($1::bigint[]) and deleted_at is null and suspended_at is null
order by id for no key update skip locked

-- name: there (user_ids)
-- Which of these exist; if they could not be locked, somebody else holds them.
select id from users
where id = any($1::bigint[]) and deleted_at is null and suspended_at is null

-- name: set_patience (lock_timeout)
select set_config('lock_timeout', $1, true)

-- name: wait_for_user (user_id)
select id from users where id = $1 for no key update

-- name: load (user_ids, entry_ids, command_ids, project_ids, needs_id)
-- What each command of a batch must know, one or two rows a command: its running entry and the
-- one it names, an earlier answer to the same command, the project it names. A statement of its
-- own: after a wait for the locks only a new snapshot sees what the others wrote. `now` is the
-- instant of the whole batch. A deleted project is none.
with clock as materialized (select date_trunc('milliseconds', clock_timestamp()) as now)
select q.place, clock.now, case when q.needs_id then nextval('time_entry_ids') end as new_id,
    c.fingerprint, c.result,
    p.id as named_project_id, p.visibility = 'public' as public, p.archived_at is not null as archived,
    m.role,
    e.id, e.user_id,
    (select id from projects where id = e.project_id and deleted_at is null) as project_id,
    e.room_id, e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source,
    e.claimed, e.doubtful_from, e.timezone, e.day_starts_at, e.version
from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::boolean[])
    with ordinality as q (user_id, entry_id, command_id, project_id, needs_id, place)
cross join clock
left join command_results c on c.user_id = q.user_id and c.command_id = q.command_id
left join projects p on p.id = q.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = q.user_id
left join lateral (
    select * from time_entries r
    where r.user_id = q.user_id and r.ended_at is null and r.deleted_at is null
    union all
    select * from time_entries n
    where n.user_id = q.user_id and n.id = q.entry_id
        and (n.ended_at is not null or n.deleted_at is not null)
) e on true

-- name: load_several (user_ids, entry_ids)
-- The entries that a command for many names, deleted or not, each with its project's access. Only
-- batches that have such a command ask for it.
select e.id, e.user_id, p.id as project_id, e.room_id, e.description, e.tags, e.started_at,
    e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from, e.timezone,
    e.day_starts_at, e.version, p.visibility = 'public' as public,
    p.archived_at is not null as archived, m.role
from unnest($1::bigint[], $2::bigint[]) as q (user_id, entry_id)
join time_entries e on e.user_id = q.user_id and e.id = q.entry_id
left join projects p on p.id = e.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = e.user_id

-- name: write (12 arrays of changed, 14 of new entries, 4 results, 3 marks, 5 timeline, 2 tags, 6 events)
-- All that a batch decided, in one statement. New entries wait for the changed ones, or else the
-- index of running entries would refuse a switch: sibling parts of one statement have no order.
with changed as (
    update time_entries e set project_id = x.project_id, description = x.description,
        tags = string_to_array(x.tags, E'\x1f'), started_at = x.started_at, ended_at = x.ended_at,
        ended_by = x.ended_by, deleted_at = x.deleted_at, claimed = x.claimed,
        doubtful_from = x.doubtful_from, version = x.version,
        kept_at = case when e.doubtful_from is not null and x.doubtful_from is null
            then clock_timestamp() else e.kept_at end
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[],
        $6::timestamptz[], $7::timestamptz[], $8::text[], $9::timestamptz[], $10::boolean[],
        $11::timestamptz[], $12::integer[])
        as x (user_id, id, project_id, description, tags, started_at, ended_at, ended_by,
            deleted_at, claimed, doubtful_from, version)
    where e.user_id = x.user_id and e.id = x.id
    returning 1
), created as (
    insert into time_entries (user_id, id, project_id, room_id, description, tags, started_at,
        ended_at, ended_by, source, claimed, doubtful_from, timezone, day_starts_at)
    select x.user_id, x.id, x.project_id, x.room_id, x.description,
        string_to_array(x.tags, E'\x1f'), x.started_at, x.ended_at, x.ended_by, x.source,
        x.claimed, x.doubtful_from, x.timezone, x.day_starts_at
    from unnest($13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[],
        $18::text[], $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[],
        $23::boolean[], $24::timestamptz[], $25::text[], $26::smallint[])
        as x (user_id, id, project_id, room_id, description, tags, started_at, ended_at, ended_by,
            source, claimed, doubtful_from, timezone, day_starts_at)
    where (select count(*) from changed) >= 0
    returning 1
), answered as (
    insert into command_results (user_id, command_id, fingerprint, result)
    select * from unnest($27::bigint[], $28::uuid[], $29::bytea[], $30::json[])
), marked as (
    insert into dirty_users as d (user_id, from_on, to_on)
    select * from unnest($31::bigint[], $32::date[], $33::date[])
    on conflict (user_id) do update set version = d.version + 1, since = clock_timestamp(),
        from_on = least(d.from_on, excluded.from_on), to_on = greatest(d.to_on, excluded.to_on)
), told as (
    insert into timeline (user_id, event_type, event_data, project_id, at)
    select * from unnest($34::bigint[], $35::text[], $36::json[], $37::bigint[], $38::timestamptz[])
), tagged as (
    insert into tags (user_id, name)
    select * from unnest($39::bigint[], $40::text[])
    on conflict (user_id, name) do update set used_at = now()
), heads as (
    insert into channels as c (channel, seq)
    select * from unnest($41::text[], $42::bigint[])
    on conflict (channel) do update set seq = c.seq + excluded.seq
    returning c.channel, c.seq
)
insert into channel_events (channel, seq, at, type, data)
select h.channel, h.seq - e.back, date_trunc('milliseconds', clock_timestamp()), e.type, e.data
from unnest($43::text[], $44::bigint[], $45::text[], $46::json[])
    with ordinality as e (channel, back, type, data, place)
join heads h on h.channel = e.channel
order by e.place
returning channel, seq, at, type, data

-- name: overlong (span, limit)
-- Who has had a timer running for so long [T8]. By the clock that dates the entries. Who is
-- suspended can be sent no command; their timer ends when they are back.
select e.user_id, e.id from time_entries e
join users u on u.id = e.user_id and u.deleted_at is null and u.suspended_at is null
where e.ended_at is null and e.deleted_at is null and e.started_at <= clock_timestamp() - $1::interval
order by e.started_at limit $2

-- name: forgotten (user_ids, forgotten_after, unseen_after, limit)
-- Whose timer has been running for so long, or who has not been seen for so long, and since when it
-- is in doubt [T7]; of these users, or of all. Who started it, or said that it is right, was there.
-- Without `unseen_after` nobody is missed.
select e.user_id, e.id,
    date_trunc('milliseconds', least(x.too_long_from, case when x.unseen then x.seen_at end)) as from_at
from time_entries e
join users u on u.id = e.user_id and u.deleted_at is null and u.suspended_at is null
cross join lateral (
    select greatest(e.started_at, e.kept_at) + $2::interval as too_long_from,
        greatest(u.last_seen_at, e.created_at, e.kept_at) as seen_at,
        greatest(u.last_seen_at, e.created_at, e.kept_at) <= clock_timestamp() - $3::interval
            as unseen
) x
where e.ended_at is null and e.deleted_at is null and e.doubtful_from is null
    and ($1::bigint[] is null or e.user_id = any($1::bigint[]))
    and (x.too_long_from <= clock_timestamp() or x.unseen)
order by e.user_id limit $4
