-- name: users (after_id, limit)
-- The next users by id, and who of them has something that is still to be worked off.
select u.id, u.timezone, u.day_starts_at,
    u.privacy_leaderboards and u.suspended_at is null, u.suspended_at is not null,
    exists (select from dirty_users d where d.user_id = u.id)
        or exists (select from dirty_earnings d where d.user_id = u.id)
        or exists (select from dirty_boards d where d.user_id = u.id) as marked
from users u where u.id > $1 and u.deleted_at is null order by u.id limit $2

-- name: tracked (user_ids)
select user_id, day, project_id, seconds from tracked_days where user_id = any($1::bigint[])

-- name: focus (user_ids)
select user_id, day, seconds, entries, longest_seconds, early_entries, late_entries
from focus_days where user_id = any($1::bigint[])

-- name: projects (user_ids)
select user_id, project_id, day, seconds from focus_project_days where user_id = any($1::bigint[])

-- name: boards (user_ids)
select user_id, scope, scope_id, day, seconds, reached_at from board_days
where user_id = any($1::bigint[])

-- name: scores (user_ids, periods, starts_ons)
-- The scores by time of the periods that are on.
select s.user_id, s.period, s.starts_on, s.scope, s.scope_id, s.score, s.reached_at
from unnest($2::text[], $3::date[]) as p (period, starts_on)
join board_scores s on s.period = p.period and s.starts_on = p.starts_on
where s.user_id = any($1::bigint[]) and s.measure = 'time'

-- name: streaks (user_ids)
select user_id, current, longest, freezes, today, today_done, expires_at from user_streaks
where user_id = any($1::bigint[])

-- name: lock (user_ids)
-- Suspended or not: whoever asks for something to be counted anew holds the users.
select id from users where id = any($1::bigint[]) order by id for no key update

-- name: score_again (user_ids, scopes, scope_ids)
insert into dirty_boards (user_id, scope, scope_id)
select * from unnest($1::bigint[], $2::text[], $3::bigint[]) on conflict do nothing
