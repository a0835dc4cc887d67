-- name: arrive (room_id, user_id, instance, rejoin)
-- Somebody is in a room by this instance, from now on; from the end of an earlier stay, if that
-- ended by a crash so lately that the two are one. Who is there already, stays.
insert into room_presence (room_id, user_id, instance, from_at)
select $1, $2, $3, coalesce((
        select max(p.to_at) from room_presence p
        where p.room_id = $1 and p.user_id = $2 and p.gone_at is not null
            and p.to_at > clock_timestamp() - $4::interval
    ), date_trunc('milliseconds', clock_timestamp()))
on conflict (room_id, user_id, instance) where to_at is null do nothing

-- name: depart (room_id, user_id)
-- Somebody is in the room no more, whatever instances they are connected to.
update room_presence
set to_at = greatest(from_at, date_trunc('milliseconds', clock_timestamp()))
where room_id = $1 and user_id = $2 and to_at is null

-- name: depart_all (room_id)
update room_presence
set to_at = greatest(from_at, date_trunc('milliseconds', clock_timestamp()))
where room_id = $1 and to_at is null

-- name: successor (room_id, host_id)
-- Who hosts when the host has gone: of those who are there the co-host, else the member, who has
-- been there longest [R5].
select m.user_id from room_members m
join room_presence p on p.room_id = m.room_id and p.user_id = m.user_id and p.to_at is null
where m.room_id = $1 and m.user_id <> $2
order by m.role = 'cohost' desc, p.from_at, m.user_id limit 1

-- name: close_presence (instance, slugs, user_ids, ages)
-- Users whose last connection to this instance ended some time ago have been out of these rooms
-- since then. In one order, like every statement that writes many of these rows.
with ended as (
    select p.room_id, p.user_id, x.age
    from unnest($2::text[], $3::bigint[], $4::interval[]) as x (slug, user_id, age)
    join rooms r on r.slug = x.slug
    join room_presence p on p.room_id = r.id and p.user_id = x.user_id and p.instance = $1
        and p.to_at is null
    order by p.room_id, p.user_id for update of p
)
update room_presence p
set to_at = greatest(p.from_at, date_trunc('milliseconds', clock_timestamp() - e.age))
from ended e
where p.room_id = e.room_id and p.user_id = e.user_id and p.instance = $1 and p.to_at is null

-- name: close_all (instance)
-- The instance ends: nobody is in any room by it. It was not they who went, so a return joins.
with ended as (
    select p.room_id, p.user_id from room_presence p
    where p.instance = $1 and p.to_at is null
    order by p.room_id, p.user_id for update of p
)
update room_presence p
set to_at = greatest(p.from_at, date_trunc('milliseconds', clock_timestamp())),
    gone_at = clock_timestamp()
from ended e
where p.room_id = e.room_id and p.user_id = e.user_id and p.instance = $1 and p.to_at is null

-- name: forget_instance (instance)
delete from instances i
where i.id = $1 and not exists (
    select from room_presence p where p.instance = i.id and p.to_at is null)

-- name: beat (instance, behind)
-- The instance is alive, and what it knew `behind` ago stands in the log. Answers when it was
-- heard of before this. Its row stays locked until commit, so that nobody declares it dead.
with before as (
    select beat_at, clock_timestamp() as now from instances where id = $1 for update
), beaten as (
    insert into instances (id, beat_at) values ($1, clock_timestamp() - $2::interval)
    on conflict (id) do update set beat_at = greatest(instances.beat_at, excluded.beat_at)
)
select beat_at, now - beat_at as lapse from before

-- name: close_dead (instance, silence)
-- End the stays by instances that have not been heard of for so long at their last heartbeat. One
-- that beats at this moment is locked, and lives.
with dead as (
    select i.id, i.beat_at from instances i
    where i.id <> $1 and i.beat_at <= clock_timestamp() - $2::interval
        and exists (select from room_presence p where p.instance = i.id and p.to_at is null)
    order by i.id for update of i skip locked
), ended as (
    select p.room_id, p.user_id, p.instance, d.beat_at
    from dead d join room_presence p on p.instance = d.id and p.to_at is null
    order by p.room_id, p.user_id, p.instance for update of p skip locked
)
update room_presence p
set to_at = greatest(p.from_at, date_trunc('milliseconds', e.beat_at)), gone_at = clock_timestamp()
from ended e
where p.room_id = e.room_id and p.user_id = e.user_id and p.instance = e.instance
    and p.to_at is null

-- name: reopen (instance, since, room_ids, user_ids)
-- The instance was declared dead after its heartbeat of `since`, and was only cut off: those who
-- are still connected to it, and still members, have been there all the time. A stay that they
-- began since goes on; the old one then ends where it begins. Answers what time is theirs again.
with lost as (
    select distinct on (p.room_id, p.user_id) p.room_id, p.user_id, p.from_at, p.to_at,
        (select o.from_at from room_presence o where o.room_id = p.room_id
            and o.user_id = p.user_id and o.instance = $1 and o.to_at is null) as open_from
    from unnest($3::bigint[], $4::bigint[]) as x (room_id, user_id)
    join room_members m on m.room_id = x.room_id and m.user_id = x.user_id
    join room_presence p on p.room_id = x.room_id and p.user_id = x.user_id
    where p.instance = $1 and p.gone_at is not null
        and p.to_at >= date_trunc('milliseconds', $2::timestamptz)
    order by p.room_id, p.user_id, p.to_at desc, p.from_at desc
)
update room_presence p set gone_at = null,
    to_at = case when l.open_from is not null then greatest(l.to_at, l.open_from) end
from lost l
where p.room_id = l.room_id and p.user_id = l.user_id and p.instance = $1
    and p.from_at = l.from_at and p.to_at = l.to_at and p.gone_at is not null
returning p.room_id, l.to_at as lost_from

-- name: credit_again (room_ids, lost_froms)
-- Work phases that ended in time which turned out not to be lost: to be looked at again. Those
-- that are being credited right now are waited for.
update room_stretches s set credited_at = null
from (
    select room_id, min(lost_from) as lost_from
    from unnest($1::bigint[], $2::timestamptz[]) as x (room_id, lost_from) group by room_id
) x
where s.room_id = x.room_id and s.phase = 'work' and s.to_at > x.lost_from

-- name: forget_instances (silence)
-- Instances that have been silent for so long, and that nobody was left open by.
delete from instances i
where i.beat_at < clock_timestamp() - $1::interval and not exists (
    select from room_presence p where p.instance = i.id and p.to_at is null)

-- name: lock_left (grace, limit)
-- Rooms with members who have been gone for so long [R7], locked in order; those that somebody
-- has in hand are left for the next look. An end by a crash counts from when it was noticed.
-- Few are absent, and only for them the last end is looked up, by its index.
with absent as materialized (
    select m.room_id, m.user_id from room_members m
    where m.joined_at <= clock_timestamp() - $1::interval and not exists (
        select from room_presence p
        where p.room_id = m.room_id and p.user_id = m.user_id and p.to_at is null)
)
select r.id from rooms r
where r.closed_at is null and r.id in (
    select a.room_id from absent a
    cross join lateral (
        select max(coalesce(p.gone_at, p.to_at)) as at from room_presence p
        where p.room_id = a.room_id and p.user_id = a.user_id
    ) last
    where last.at is null or last.at <= clock_timestamp() - $1::interval)
order by r.id limit $2 for no key update of r skip locked

-- name: remove_left (room_ids, grace)
-- Who has been gone for so long is a member no more. The rooms are locked, and looked at anew.
with gone as (
    delete from room_members m
    where m.room_id = any($1::bigint[]) and m.joined_at <= clock_timestamp() - $2::interval
        and not exists (
            select from room_presence p
            where p.room_id = m.room_id and p.user_id = m.user_id and p.to_at is null)
        and not exists (
            select from room_presence p
            where p.room_id = m.room_id and p.user_id = m.user_id
                and coalesce(p.gone_at, p.to_at) > clock_timestamp() - $2::interval)
    returning m.room_id, m.user_id
), counted as (
    update rooms r set member_count = r.member_count - c.count
    from (select room_id, count(*) from gone group by room_id) c where r.id = c.room_id
)
select room_id, user_id from gone order by room_id, user_id

-- name: lock_hostless (grace, limit, room_ids)
-- Rooms whose host has been gone for so long while a member is there who could follow [R5],
-- locked in order; those that somebody has in hand are left for the next look. With `room_ids`,
-- which of these that are locked are still such rooms.
select r.id from rooms r
where r.closed_at is null and ($3::bigint[] is null or r.id = any($3::bigint[]))
    and r.created_at <= clock_timestamp() - $1::interval
    and not exists (
        select from room_presence p
        where p.room_id = r.id and p.user_id = r.host_id and p.to_at is null)
    and not exists (
        select from room_presence p
        where p.room_id = r.id and p.user_id = r.host_id
            and coalesce(p.gone_at, p.to_at) > clock_timestamp() - $1::interval)
    and not exists (
        select from room_members m
        where m.room_id = r.id and m.user_id = r.host_id
            and m.joined_at > clock_timestamp() - $1::interval)
    and exists (
        select from room_members m
        join room_presence p on p.room_id = m.room_id and p.user_id = m.user_id and p.to_at is null
        where m.room_id = r.id and m.user_id <> r.host_id)
order by r.id limit $2 for no key update of r skip locked
