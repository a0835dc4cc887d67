-- name: lock_stretches (after_to, after_room, after_from, limit)
-- Stretches of work phases that are not credited, the earliest end first, after a position; those
-- that another instance has in hand are left to it.
select s.room_id, s.from_at, s.to_at, s.round, s.cycle, s.phase_started_at
from room_stretches s
where s.phase = 'work' and s.credited_at is null
    and (s.to_at, s.room_id, s.from_at) > ($1::timestamptz, $2::bigint, $3::timestamptz)
order by s.to_at, s.room_id, s.from_at limit $4 for update of s skip locked

-- name: stays (room_ids, from_ats, to_ats, rejoin)
-- Who was in these rooms while the stretches ran, and until when each instance was heard of. Also
-- those whom a crash ended before, if they may still come back and have been there all along.
with clock as materialized (select clock_timestamp() - $4::interval as lost_before)
select x.place, p.user_id, p.from_at, p.to_at, p.gone_at is not null as crashed, i.beat_at,
    c.lost_before
from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[])
    with ordinality as x (room_id, from_at, to_at, place)
cross join clock c
cross join lateral (
    select * from room_presence o where o.room_id = x.room_id and o.to_at is null
    union all
    select * from room_presence o
    where o.room_id = x.room_id and o.to_at > least(x.from_at, c.lost_before)
) p
left join instances i on i.id = p.instance and p.to_at is null
where p.from_at < x.to_at

-- name: credited (room_ids, phase_started_ats)
-- What was credited for these phases already.
select distinct c.room_id, c.phase_started_at, c.user_id, c.from_at, c.to_at
from unnest($1::bigint[], $2::timestamptz[]) as x (room_id, phase_started_at)
join room_credits c on c.room_id = x.room_id and c.phase_started_at = x.phase_started_at

-- name: lock_owners (user_ids)
-- Who gets entries, locked until commit; whom somebody else holds is left for the next look.
select id, timezone, day_starts_at from users
where id = any($1::bigint[]) and deleted_at is null
order by id for no key update skip locked

-- name: there (user_ids)
-- Which of these there are; if they could not be locked, somebody else holds them.
select id from users where id = any($1::bigint[]) and deleted_at is null

-- name: particulars (room_ids, user_ids, rounds)
-- What entries are made of: the room's name, what the user meant to do, and what they are in the
-- room's project. A deleted project is none.
select x.place, r.name, coalesce(i.intention, '') as intention, p.id as project_id,
    p.visibility = 'public' as public, p.archived_at is not null as archived, m.role
from unnest($1::bigint[], $2::bigint[], $3::integer[])
    with ordinality as x (room_id, user_id, round, place)
join rooms r on r.id = x.room_id
left join room_intentions i on i.room_id = x.room_id and i.round = x.round
    and i.user_id = x.user_id
left join projects p on p.id = r.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = x.user_id
order by x.place

-- name: write (room_ids, phase_started_ats, user_ids, from_ats, to_ats, rounds, project_ids, descriptions, timezones, day_starts_ats)
-- Credits that were not written before, each with its entry [C2].
with x as (
    select * from unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::timestamptz[],
        $5::timestamptz[], $6::integer[], $7::bigint[], $8::text[], $9::text[], $10::smallint[])
        as x (room_id, phase_started_at, user_id, from_at, to_at, round, project_id, description,
            timezone, day_starts_at)
), credited as (
    insert into room_credits (room_id, phase_started_at, user_id, from_at, to_at, round, entry_id)
    select room_id, phase_started_at, user_id, from_at, to_at, round, nextval('time_entry_ids')
    from x
    on conflict (room_id, phase_started_at, user_id, from_at) do nothing
    returning room_id, phase_started_at, user_id, from_at, entry_id
)
insert into time_entries (user_id, id, project_id, room_id, description, started_at, ended_at,
    ended_by, source, timezone, day_starts_at)
select x.user_id, c.entry_id, x.project_id, x.room_id, x.description, x.from_at, x.to_at, 'room',
    'room', x.timezone, x.day_starts_at
from credited c join x using (room_id, phase_started_at, user_id, from_at)
returning *

-- name: settle (room_ids, from_ats, phase_started_ats, cycles)
-- These work phases are credited.
update room_stretches s set credited_at = clock_timestamp()
from unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::smallint[])
    as x (room_id, from_at, phase_started_at, cycle)
where s.room_id = x.room_id and s.from_at = x.from_at
    and s.phase_started_at = x.phase_started_at and s.cycle = x.cycle and s.phase = 'work'
