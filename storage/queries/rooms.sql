-- name: insert (slug, name, owner_id, project_id, visibility, work_s, short_break_s, long_break_s, cycles, auto_start_breaks, auto_start_work, capacity, chat)
insert into rooms (slug, name, owner_id, host_id, project_id, visibility, work_s, short_break_s,
    long_break_s, cycles, auto_start_breaks, auto_start_work, capacity, chat, idle_since)
values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
    date_trunc('milliseconds', clock_timestamp()))
returning id

-- name: find (slug, idle_limit)
-- The room with this slug, and whether something is due in it by the database's clock.
select id, closed_at is not null as closed, closed_at is null and (
    state = 'running' and ends_at <= clock_timestamp()
    or state = 'idle' and phase is not null and idle_since <= clock_timestamp() - $2::interval
) as due
from rooms where slug = $1

-- name: lock (room_id)
-- The room, locked until commit; what is read after it cannot change.
select 1 from rooms where id = $1 for no key update

-- name: lock_due (idle_limit, stale, limit)
-- Rooms whose phase has ended, or whose round has been idle for too long, locked. Those which
-- somebody else has in hand are left to them; so are, for a while, those of whose presence an
-- instance would have to tell that has not been heard of: it may be dead, or just be cut off.
select r.id from rooms r
where r.closed_at is null
    and (r.state = 'running' and r.ends_at <= clock_timestamp()
        or r.state = 'idle' and r.phase is not null
            and r.idle_since <= clock_timestamp() - $1::interval)
    and not exists (
        select from room_presence p
        left join instances i on i.id = p.instance and i.beat_at > clock_timestamp() - $2::interval
        where p.room_id = r.id and p.to_at is null and i.id is null)
order by r.id limit $3 for no key update of r skip locked

-- name: read (room_ids)
-- Rooms as they are, with the instant of the reading.
select id, slug, name, owner_id, host_id, project_id, visibility, work_s, short_break_s,
    long_break_s, cycles, auto_start_breaks, auto_start_work, capacity, chat, state, phase, cycle,
    phase_started_at, running_since, spent, ends_at, remaining, idle_since, round, version,
    member_count, created_at, closed_at, date_trunc('milliseconds', clock_timestamp()) as now
from rooms where id = any($1::bigint[]) order by id

-- name: write_timers (room_ids, states, phases, cycles, phase_started_ats, running_sinces, spents, ends_ats, remainings, idle_sinces, rounds, versions)
update rooms r set state = x.state, phase = x.phase, cycle = x.cycle,
    phase_started_at = x.phase_started_at, running_since = x.running_since, spent = x.spent,
    ends_at = x.ends_at, remaining = x.remaining, idle_since = coalesce(x.idle_since, r.idle_since),
    round = x.round, version = x.version
from unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[],
    $6::timestamptz[], $7::interval[], $8::timestamptz[], $9::interval[], $10::timestamptz[],
    $11::integer[], $12::integer[])
    as x (id, state, phase, cycle, phase_started_at, running_since, spent, ends_at, remaining,
        idle_since, round, version)
where r.id = x.id

-- name: write_settings (room_id, work_s, short_break_s, long_break_s, cycles, auto_start_breaks, auto_start_work, capacity, chat)
update rooms set work_s = $2, short_break_s = $3, long_break_s = $4, cycles = $5,
    auto_start_breaks = $6, auto_start_work = $7, capacity = $8, chat = $9
where id = $1

-- name: write_particulars (room_id, name, visibility, project_id)
update rooms set name = $2, visibility = $3, project_id = $4 where id = $1

-- name: write_host (room_id, host_id)
-- Who was the host before is a co-host.
with gave as (
    update room_members m set role = 'cohost' from rooms r
    where r.id = $1 and m.room_id = r.id and m.user_id = r.host_id
)
update rooms set host_id = $2 where id = $1

-- name: close (room_id)
update rooms set closed_at = clock_timestamp(), member_count = 0, state = 'idle', phase = null,
    cycle = 0, phase_started_at = null, running_since = null, ends_at = null, remaining = null,
    version = version + 1
where id = $1

-- name: add_stretches (room_ids, from_ats, to_ats, rounds, phases, cycles, phase_started_ats)
insert into room_stretches (room_id, from_at, to_at, round, phase, cycle, phase_started_at)
select * from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::integer[], $5::text[],
    $6::smallint[], $7::timestamptz[])
on conflict do nothing

-- name: begin_rounds (room_ids, rounds, ats)
insert into room_rounds (room_id, round, started_at)
select * from unnest($1::bigint[], $2::integer[], $3::timestamptz[])
on conflict do nothing

-- name: end_rounds (room_ids, rounds, ats)
update room_rounds r set ended_at = x.at
from unnest($1::bigint[], $2::integer[], $3::timestamptz[]) as x (room_id, round, at)
where r.room_id = x.room_id and r.round = x.round

-- name: presence_since (room_ids, since, stale)
-- Who was in these rooms at any time since. What an instance says that has not been heard of for
-- `stale` ends when it was.
select p.room_id, p.from_at, coalesce(p.to_at, case
        when i.id is null then p.from_at
        when i.beat_at <= clock_timestamp() - $3::interval then greatest(i.beat_at, p.from_at)
    end) as to_at,
    p.gone_at is not null or p.to_at is null as crashed
from room_presence p left join instances i on i.id = p.instance
where p.room_id = any($1::bigint[]) and (p.to_at is null or p.to_at >= $2)

-- name: right (room_id, user_id)
-- What somebody is to a room. A banned one is let in when the round has ended for which it is said.
select r.id, r.slug, r.visibility, r.owner_id = $2 as owns, r.host_id = $2 as hosts,
    r.closed_at is not null as closed, m.role,
    p.user_id is not null as in_project,
    b.user_id is not null and (b.until_round > r.round
        or b.until_round = r.round and r.phase is not null) as banned
from rooms r
left join room_members m on m.room_id = r.id and m.user_id = $2
left join project_members p on p.project_id = r.project_id and p.user_id = $2
left join room_bans b on b.room_id = r.id and b.user_id = $2
where r.id = $1

-- name: list (user_id, mine, project_id, before_id, limit)
-- Rooms that somebody may find: their own, those they are in, their projects' and public ones.
select r.id from rooms r
where r.closed_at is null and ($4::bigint is null or r.id < $4)
    and ($3::bigint is null or r.project_id = $3)
    and (r.owner_id = $1
        or exists (select from room_members m where m.room_id = r.id and m.user_id = $1)
        or not $2 and (r.visibility = 'public' or r.visibility = 'project' and exists (
            select from project_members p where p.project_id = r.project_id and p.user_id = $1)))
order by r.id desc limit $5

-- name: rooms_of_project (project_id)
-- The open rooms of a project, locked in the order of their ids.
select id from rooms where project_id = $1 and closed_at is null order by id for no key update

-- name: project_rooms_of_member (project_id, user_id)
-- The rooms for members of the project only, in which the user is; locked in order.
select r.id from rooms r
where r.project_id = $1 and r.visibility = 'project' and r.closed_at is null
    and exists (select from room_members m where m.room_id = r.id and m.user_id = $2)
order by r.id for no key update
