-- name: marks (limit)
-- Those that have been left alone longest. Nobody is locked by looking.
select d.user_id, d.version, d.since, d.from_on, d.to_on
from dirty_users d join users u on u.id = d.user_id
order by d.since limit $1

-- name: lock_late (asked_before, limit)
-- Those who have been waiting for long, because they never pause, locked. Their marks are read
-- behind the locks.
select u.id from dirty_users d join users u on u.id = d.user_id
where d.asked_at < clock_timestamp() - $1::interval
order by d.asked_at limit $2 for no key update of u skip locked

-- name: marks_of (user_ids)
-- Behind the users' locks. Locked, too: who settles many may hold a mark for a moment although it
-- had to leave its user alone, and would then be passed over.
select user_id, version, since, from_on, to_on from dirty_users where user_id = any($1::bigint[])
order by user_id for no key update

-- name: is_marked (user_id)
select exists (select from dirty_users where user_id = $1)

-- name: lock_own (user_id)
select id from users where id = $1 for no key update

-- name: settle (5 arrays of marks, 4 of tracked days, 7 of focus days, 4 of projects' days, 6 of board days)
-- The marked days of some users, written whole, as they were counted from what was read together
-- with the marks. In one statement, because the users' commands wait meanwhile. Left for later are
-- those whom somebody else holds, and those whose mark is not the one that was read: made anew, or
-- gone because another instance settled it. Whoever writes days takes the mark away with them, so
-- nobody has written any that this statement, whose snapshot is older than its locks, cannot see.
-- Focus time and boards are counted two days further on both sides, since entries of other zones
-- share seconds with those of the marked days.
with marks as (
    select x.*, x.from_on - 2 as wide_from, x.to_on + 2 as wide_to
    from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::date[], $5::date[])
        as x (user_id, version, since, from_on, to_on)
), held as (
    select d.user_id from marks m
    join dirty_users d on d.user_id = m.user_id and d.version = m.version and d.since = m.since
    join users u on u.id = d.user_id
    for no key update of u, d skip locked
), spans as (
    select m.* from marks m join held h on h.user_id = m.user_id
), tracked as (
    select c.* from unnest($6::bigint[], $7::date[], $8::bigint[], $9::bigint[])
        as c (user_id, day, project_id, seconds)
    join held h on h.user_id = c.user_id
), focus as (
    select c.* from unnest($10::bigint[], $11::date[], $12::integer[], $13::integer[],
        $14::integer[], $15::integer[], $16::integer[])
        as c (user_id, day, seconds, entries, longest_seconds, early_entries, late_entries)
    join held h on h.user_id = c.user_id
), projects as (
    select c.* from unnest($17::bigint[], $18::bigint[], $19::date[], $20::integer[])
        as c (user_id, project_id, day, seconds)
    join held h on h.user_id = c.user_id
), boards as (
    select c.* from unnest($21::bigint[], $22::text[], $23::bigint[], $24::date[], $25::integer[],
        $26::timestamptz[]) as c (user_id, scope, scope_id, day, seconds, reached_at)
    join held h on h.user_id = c.user_id
), tracked_gone as (
    delete from tracked_days t using spans s
    where t.user_id = s.user_id and t.day between s.from_on and s.to_on
        and not exists (select from tracked c where c.user_id = t.user_id and c.day = t.day
            and c.project_id is not distinct from t.project_id)
), tracked_put as (
    insert into tracked_days as t (user_id, day, project_id, seconds) select * from tracked
    on conflict on constraint tracked_days_key do update set seconds = excluded.seconds
    where t.seconds <> excluded.seconds
), focus_gone as (
    delete from focus_days t using spans s
    where t.user_id = s.user_id and t.day between s.wide_from and s.wide_to
        and not exists (select from focus c where c.user_id = t.user_id and c.day = t.day)
), focus_put as (
    insert into focus_days as t (user_id, day, seconds, entries, longest_seconds, early_entries,
        late_entries) select * from focus
    on conflict (user_id, day) do update set seconds = excluded.seconds,
        entries = excluded.entries, longest_seconds = excluded.longest_seconds,
        early_entries = excluded.early_entries, late_entries = excluded.late_entries
    where (t.seconds, t.entries, t.longest_seconds, t.early_entries, t.late_entries)
        is distinct from (excluded.seconds, excluded.entries, excluded.longest_seconds,
            excluded.early_entries, excluded.late_entries)
), projects_gone as (
    delete from focus_project_days t using spans s
    where t.user_id = s.user_id and t.day between s.wide_from and s.wide_to
        and not exists (select from projects c where c.user_id = t.user_id
            and c.project_id = t.project_id and c.day = t.day)
), projects_put as (
    insert into focus_project_days as t (user_id, project_id, day, seconds) select * from projects
    on conflict (user_id, project_id, day) do update set seconds = excluded.seconds
    where t.seconds <> excluded.seconds
), boards_gone as (
    delete from board_days t using spans s
    where t.user_id = s.user_id and t.day between s.wide_from and s.wide_to
        and not exists (select from boards c where c.user_id = t.user_id and c.scope = t.scope
            and c.scope_id = t.scope_id and c.day = t.day)
    returning t.user_id, t.scope, t.scope_id
), boards_put as (
    insert into board_days as t (user_id, scope, scope_id, day, seconds, reached_at)
    select * from boards
    on conflict (user_id, scope, scope_id, day) do update set seconds = excluded.seconds,
        reached_at = excluded.reached_at
    where (t.seconds, t.reached_at) is distinct from (excluded.seconds, excluded.reached_at)
    returning t.user_id, t.scope, t.scope_id
), scored as (
    insert into dirty_boards (user_id, scope, scope_id)
    select * from boards_gone union select * from boards_put on conflict do nothing
), earned as (
    insert into dirty_earnings as d (user_id) select user_id from held
    on conflict (user_id) do update set version = d.version + 1
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
