-- name: take (limit)
-- Some of those of whom it is to be looked at what they have earned, oldest first. Nobody is locked
-- by it, for whoever settles or commands writes here as well, and holds users meanwhile.
select d.user_id, d.version, d.since from dirty_earnings d
join users u on u.id = d.user_id and u.deleted_at is null
order by d.since limit $1

-- name: put_back (user_ids, versions, sinces)
-- They have been looked at, unless something else came meanwhile. Versions begin at one again where
-- somebody else has put the row back already; by when it was made, two rows are told apart.
delete from dirty_earnings d
using unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) as x (user_id, version, since)
where d.user_id = x.user_id and d.version = x.version and d.since = x.since

-- name: ask (user_ids)
insert into dirty_earnings as d (user_id) select * from unnest($1::bigint[])
on conflict (user_id) do update set version = d.version + 1

-- name: ask_all (after_id, limit)
-- The next users by id who have done anything, and the last of them.
with asked as (
    insert into dirty_earnings as d (user_id)
    select u.id from users u
    where u.id > $1 and u.deleted_at is null
        and (exists (select from focus_days f where f.user_id = u.id)
            or exists (select from room_presence p where p.user_id = u.id)
            or exists (select from rooms r where r.owner_id = u.id))
    order by u.id limit $2
    on conflict (user_id) do update set version = d.version + 1
    returning user_id
)
select max(user_id) from asked

-- name: ask_boards (user_id)
-- All boards on which somebody has days are scored anew, and that of everybody for the badges.
insert into dirty_boards (user_id, scope, scope_id)
select user_id, scope, scope_id from board_days where user_id = $1
union select $1, 'global', 0
on conflict do nothing

-- name: lock (user_ids)
-- Whoever changes scores holds the users; those whom somebody else holds are left for later.
select id from users where id = any($1::bigint[]) and deleted_at is null
order by id for no key update skip locked

-- name: rescore (user_ids, periods, starts_ons, ends_ons)
-- The scores of the periods that are on, derived anew on the boards where days have changed. The
-- users were locked by an earlier statement, so what is read here cannot change. Hidden users have
-- no scores [L3].
with touched as (
    delete from dirty_boards where user_id = any($1::bigint[]) returning user_id, scope, scope_id
), periods as (
    select * from unnest($2::text[], $3::date[], $4::date[]) as p (period, starts_on, ends_on)
), fresh as (
    select t.user_id, p.period, p.starts_on, t.scope, t.scope_id, sum(b.seconds) as score,
        max(b.reached_at) as reached_at
    from touched t
    join users u on u.id = t.user_id and u.privacy_leaderboards and u.suspended_at is null
    cross join periods p
    join board_days b on b.user_id = t.user_id and b.scope = t.scope and b.scope_id = t.scope_id
        and b.day >= p.starts_on and b.day < p.ends_on
    group by 1, 2, 3, 4, 5
), gone as (
    delete from board_scores s using touched t, periods p
    where s.user_id = t.user_id and s.measure = 'time' and s.period = p.period
        and s.starts_on = p.starts_on and s.scope = t.scope and s.scope_id = t.scope_id
        and not exists (select from fresh f where f.user_id = s.user_id and f.period = s.period
            and f.scope = s.scope and f.scope_id = s.scope_id)
), put as (
    insert into board_scores as s (user_id, measure, period, starts_on, scope, scope_id, score,
        reached_at)
    select user_id, 'time', period, starts_on, scope, scope_id, score, reached_at from fresh
    on conflict (user_id, measure, period, starts_on, scope, scope_id)
    do update set score = excluded.score, reached_at = excluded.reached_at
    where (s.score, s.reached_at) is distinct from (excluded.score, excluded.reached_at)
), raised as (
    update users set board_version = board_version + 1
    where id in (select user_id from touched)
)
select distinct user_id from touched

-- name: rescore_badges (user_ids, periods, starts_ons, from_ats)
-- The same for badges awarded in the periods, on the boards where somebody stands by time too.
with periods as (
    select * from unnest($2::text[], $3::date[], $4::timestamptz[])
        as p (period, starts_on, from_at)
), boards as (
    select unnest($1::bigint[]) as user_id, 'global' as scope, 0::bigint as scope_id
    union
    select user_id, scope, scope_id from board_scores
    where user_id = any($1::bigint[]) and measure = 'time' and period = 'all'
), fresh as (
    select b.user_id, p.period, p.starts_on, b.scope, b.scope_id, count(*) as score,
        max(a.awarded_at) as reached_at
    from boards b
    join users u on u.id = b.user_id and u.privacy_leaderboards and u.suspended_at is null
    cross join periods p
    join user_badges a on a.user_id = b.user_id and a.awarded_at >= p.from_at
    join badges g on g.id = a.badge_id and g.deleted_at is null
    group by 1, 2, 3, 4, 5
), gone as (
    delete from board_scores s using periods p
    where s.user_id = any($1::bigint[]) and s.measure = 'badges' and s.period = p.period
        and s.starts_on = p.starts_on
        and not exists (select from fresh f where f.user_id = s.user_id and f.period = s.period
            and f.scope = s.scope and f.scope_id = s.scope_id)
    returning s.user_id
), put as (
    insert into board_scores as s (user_id, measure, period, starts_on, scope, scope_id, score,
        reached_at)
    select user_id, 'badges', period, starts_on, scope, scope_id, score, reached_at from fresh
    on conflict (user_id, measure, period, starts_on, scope, scope_id)
    do update set score = excluded.score, reached_at = excluded.reached_at
    where (s.score, s.reached_at) is distinct from (excluded.score, excluded.reached_at)
    returning s.user_id
)
update users set board_version = board_version + 1
where id in (select user_id from gone union select user_id from put)

-- name: summaries (user_ids, streak_min_s)
-- What somebody has reached so far, and the days that count for streaks.
select u.id as user_id, u.username, u.timezone, u.day_starts_at, u.privacy_show_activity,
    coalesce(f.seconds, 0)::bigint as total_seconds, coalesce(f.entries, 0)::bigint as entries,
    coalesce(f.longest, 0)::bigint as entry_seconds, coalesce(f.early, 0)::bigint as early_entries,
    coalesce(f.late, 0)::bigint as late_entries, coalesce(f.days, '{}') as days,
    coalesce((select max(p.seconds) from (
        select sum(d.seconds) as seconds from focus_project_days d
        where d.user_id = u.id group by d.project_id) p), 0)::bigint as project_seconds,
    (select count(distinct r.room_id) from room_presence r where r.user_id = u.id) as rooms_joined,
    (select count(*) from rooms r where r.owner_id = u.id and r.round > 0) as rooms_hosted,
    array(select a.badge_id from user_badges a where a.user_id = u.id) as badge_ids,
    s.current, s.longest, s.freezes, s.today, s.today_done, s.expires_at
from users u
left join lateral (
    select sum(d.seconds) as seconds, sum(d.entries) as entries,
        max(d.longest_seconds) as longest, sum(d.early_entries) as early,
        sum(d.late_entries) as late,
        array_agg(d.day order by d.day) filter (where d.seconds >= $2) as days
    from focus_days d where d.user_id = u.id
) f on true
left join user_streaks s on s.user_id = u.id
where u.id = any($1::bigint[]) and u.deleted_at is null

-- name: history (user_id)
-- All closed entries of somebody, for finding out when they reached something.
select e.id, e.started_at, e.ended_at, case when p.id is not null then e.project_id end as project_id,
    e.timezone, e.day_starts_at
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null and e.ended_at is not null
order by e.ended_at

-- name: dated (user_id)
-- When somebody first came into each room, first had a round in each of their own, and was awarded
-- each badge.
select 'rooms_joined' as metric, min(from_at) as at from room_presence where user_id = $1
group by room_id
union all
select 'rooms_hosted', min(d.started_at) from rooms r join room_rounds d on d.room_id = r.id
where r.owner_id = $1 group by r.id
union all
select 'badges', awarded_at from user_badges where user_id = $1

-- name: top_project (user_id)
-- The project on which somebody has focused longest.
select project_id from focus_project_days where user_id = $1
group by project_id order by sum(seconds) desc, project_id limit 1

-- name: award (user_id, badge_ids, awarded_ats)
insert into user_badges (user_id, badge_id, awarded_at)
select $1, * from unnest($2::bigint[], $3::timestamptz[])
on conflict do nothing returning badge_id, awarded_at

-- name: keep_streak (user_id, current, longest, freezes, today, today_done, expires_at)
insert into user_streaks (user_id, current, longest, freezes, today, today_done, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (user_id) do update set current = excluded.current, longest = excluded.longest,
    freezes = excluded.freezes, today = excluded.today, today_done = excluded.today_done,
    expires_at = excluded.expires_at

-- name: streak (user_id)
select current, longest, freezes, today, today_done, expires_at from user_streaks
where user_id = $1

-- name: focus_by_day (user_id)
-- The focus seconds of all of somebody's own days.
select day, seconds from focus_days where user_id = $1 order by day
