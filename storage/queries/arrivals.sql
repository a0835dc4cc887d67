-- name: read (user_ids)
-- What new connections are told: the account, the running entry, and where the user's channel
-- stands. One statement, so that all three are of one moment.
select u.id, u.email, u.username, u.name, u.role, u.timezone, u.day_starts_at, u.avatar_url,
    u.privacy_leaderboards, u.privacy_profile, u.privacy_show_activity,
    u.privacy_hide_descriptions, u.created_at, u.email_verified_at is not null as email_verified,
    u.password_hash is not null as has_password, u.language, u.daily_goal_seconds, u.pomodoro,
    coalesce(c.seq, 0) as seq,
    e.id as entry_id, case when p.id is not null then e.project_id end as project_id, e.room_id,
    e.description, e.tags, e.started_at, e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed,
    e.doubtful_from, e.timezone as entry_timezone, e.day_starts_at as entry_day_starts_at, e.version
from users u
left join channels c on c.channel = 'user:' || u.id
left join time_entries e on e.user_id = u.id and e.ended_at is null and e.deleted_at is null
left join projects p on p.id = e.project_id and p.deleted_at is null
where u.id = any($1::bigint[]) and u.deleted_at is null and u.suspended_at is null
