-- name: lock_marked (limit)
-- Some marked users, locked; those whom somebody else holds right now are left for later. The
-- mark is read behind the lock, by the second statement.
select u.id from dirty_users d join users u on u.id = d.user_id
order by d.since limit $1 for no key update of u skip locked

-- name: marks (user_ids)
select user_id, version, from_on, to_on from dirty_users where user_id = any($1::bigint[])
order by user_id

-- name: delete_days (user_ids, from_ons, to_ons)
delete from tracked_days t using unnest($1::bigint[], $2::date[], $3::date[]) as x (user_id, from_on, to_on)
where t.user_id = x.user_id and t.day between x.from_on and x.to_on

-- name: insert_days (user_ids, days, project_ids, seconds)
insert into tracked_days (user_id, day, project_id, seconds)
select * from unnest($1::bigint[], $2::date[], $3::bigint[], $4::bigint[])

-- name: clear_marks (user_ids)
-- The users are locked, so nobody has marked them again since the marks were read.
delete from dirty_users where user_id = any($1::bigint[])

-- name: mark (user_ids, from_ons, to_ons)
insert into dirty_users as d (user_id, from_on, to_on)
select * from unnest($1::bigint[], $2::date[], $3::date[])
on conflict (user_id) do update set version = d.version + 1,
    from_on = least(d.from_on, excluded.from_on), to_on = greatest(d.to_on, excluded.to_on)

-- name: days (user_id, from_on, to_on)
select day, project_id, seconds from tracked_days
where user_id = $1 and day between $2 and $3 order by day, project_id
