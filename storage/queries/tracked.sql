-- name: marks (limit)
-- Those that have been left alone longest. Nobody is locked by looking.
select d.user_id, d.version, d.since, d.from_on, d.to_on
from dirty_users d join users u on u.id = d.user_id
order by d.since limit $1

-- name: settle (user_ids, versions, sinces, from_ons, to_ons, 4 arrays of days)
-- The marked days of some users, written whole, as they were counted from what was read together
-- with the marks. In one statement, because the users' commands wait meanwhile. Left for later are
-- those whom somebody else holds, and those whose mark is not the one that was read: made anew, or
-- gone because another instance settled it. Whoever writes days takes the mark away with them, so
-- nobody has written any that this statement, whose snapshot is older than its locks, cannot see.
with marks as (
    select * from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::date[], $5::date[])
        as x (user_id, version, since, from_on, to_on)
), held as (
    select d.user_id from marks m
    join dirty_users d on d.user_id = m.user_id and d.version = m.version and d.since = m.since
    join users u on u.id = d.user_id
    for no key update of u, d skip locked
), cleared as (
    delete from tracked_days t using marks m join held h on h.user_id = m.user_id
    where t.user_id = m.user_id and t.day between m.from_on and m.to_on
    returning 1
), counted as (
    insert into tracked_days (user_id, day, project_id, seconds)
    select c.user_id, c.day, c.project_id, c.seconds
    from unnest($6::bigint[], $7::date[], $8::bigint[], $9::bigint[])
        as c (user_id, day, project_id, seconds)
    join held h on h.user_id = c.user_id
    where (select count(*) from cleared) >= 0
), settled as (
    delete from dirty_users d using held h where d.user_id = h.user_id
    returning 1
)
select count(*) from settled

-- name: mark (user_ids, from_ons, to_ons)
insert into dirty_users as d (user_id, from_on, to_on)
select * from unnest($1::bigint[], $2::date[], $3::date[])
on conflict (user_id) do update set version = d.version + 1, since = clock_timestamp(),
    from_on = least(d.from_on, excluded.from_on), to_on = greatest(d.to_on, excluded.to_on)

-- name: days (user_id, from_on, to_on)
select day, project_id, seconds from tracked_days
where user_id = $1 and day between $2 and $3 order by day, project_id
