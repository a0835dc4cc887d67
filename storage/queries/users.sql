-- name: insert (email, username, name, password_hash, timezone, avatar_url, show_on_boards, role, verified, language)
insert into users (email, username, name, password_hash, timezone, avatar_url,
    privacy_leaderboards, role, email_verified_at, language)
values ($1, $2, $3, $4, $5, $6, $7, $8, case when $9::boolean then now() end, $10)
returning id, email, username, name, role, timezone, day_starts_at, avatar_url,
    privacy_leaderboards, privacy_profile, privacy_show_activity, privacy_hide_descriptions,
    created_at, email_verified_at is not null as email_verified,
    password_hash is not null as has_password, language, daily_goal_seconds, pomodoro

-- name: by_id (user_id)
select id, email, username, name, role, timezone, day_starts_at, avatar_url,
    privacy_leaderboards, privacy_profile, privacy_show_activity, privacy_hide_descriptions,
    created_at, email_verified_at is not null as email_verified,
    password_hash is not null as has_password, language, daily_goal_seconds, pomodoro
from users where id = $1 and deleted_at is null and suspended_at is null

-- name: credentials (email)
select id, password_hash, suspended_at is not null as suspended
from users where lower(email) = lower($1) and deleted_at is null

-- name: password_hash (user_id)
select password_hash from users where id = $1 and deleted_at is null

-- name: set_password (user_id, password_hash)
update users set password_hash = $2 where id = $1

-- name: set_email (user_id, email)
-- An address that has been confirmed.
update users set email = $2, email_verified_at = now() where id = $1

-- name: verify_email (user_id, email)
-- Not where it is another address by now.
update users set email_verified_at = coalesce(email_verified_at, now())
where id = $1 and lower(email) = lower($2) returning id

-- name: update (user_id, name, timezone, day_starts_at, leaderboards, profile, show_activity, hide_descriptions, username, language, daily_goal_seconds, pomodoro)
-- Null leaves a field as it is.
update users set name = coalesce($2, name), timezone = coalesce($3, timezone),
    day_starts_at = coalesce($4, day_starts_at),
    privacy_leaderboards = coalesce($5, privacy_leaderboards),
    privacy_profile = coalesce($6, privacy_profile),
    privacy_show_activity = coalesce($7, privacy_show_activity),
    privacy_hide_descriptions = coalesce($8, privacy_hide_descriptions),
    username = coalesce($9, username), language = coalesce($10, language),
    daily_goal_seconds = coalesce($11, daily_goal_seconds),
    pomodoro = coalesce($12::jsonb, pomodoro),
    board_version = board_version + 1
where id = $1
returning id, email, username, name, role, timezone, day_starts_at, avatar_url,
    privacy_leaderboards, privacy_profile, privacy_show_activity, privacy_hide_descriptions,
    created_at, email_verified_at is not null as email_verified,
    password_hash is not null as has_password, language, daily_goal_seconds, pomodoro

-- name: lock (user_ids)
-- The first locks of any transaction, in the order of the ids.
select id from users where id = any($1::bigint[]) and deleted_at is null and suspended_at is null
order by id for no key update

-- name: command_result (user_id, command_id)
select fingerprint, result from command_results where user_id = $1 and command_id = $2

-- name: keep_result (user_id, command_id, fingerprint, result)
insert into command_results (user_id, command_id, fingerprint, result) values ($1, $2, $3, $4)

-- name: forget_results (older_than, limit)
delete from command_results where (user_id, command_id) in (
    select user_id, command_id from command_results where at < $1 order by at limit $2)

-- name: usernames (usernames)
-- Which of these usernames are taken, in lower case.
select lower(username) as username from users
where lower(username) = any($1::text[]) and deleted_at is null

-- name: seen (user_ids)
-- These are connected. Who is held just now is noted the next time.
update users set last_seen_at = clock_timestamp() where id in (
    select id from users where id = any($1::bigint[]) order by id for no key update skip locked)
