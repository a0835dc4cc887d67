-- name: hold (user_ids)
-- Suspended ones too, in the order of the ids, like the first locks of any transaction.
select id from users where id = any($1::bigint[]) and deleted_at is null
order by id for no key update

-- name: hold_deleted (user_id)
select id from users where id = $1 and deleted_at is not null for no key update

-- name: other_users (user_id)
select exists (select from users where id <> $1 and deleted_at is null) as any_left

-- name: lock_projects (user_id)
-- The projects somebody belongs to, locked in the order of their ids.
select p.id from projects p
join project_members m on m.project_id = p.id and m.user_id = $1
where p.deleted_at is null order by p.id for no key update of p

-- name: memberships (user_id)
-- Read behind the locks: somebody else's going may have made them an owner.
select m.project_id, m.role from project_members m
join projects p on p.id = m.project_id and p.deleted_at is null
where m.user_id = $1 order by m.project_id

-- name: project_heirs (project_id, user_id)
select m.user_id, m.role, m.joined_at from project_members m
join users u on u.id = m.user_id and u.deleted_at is null and u.suspended_at is null
where m.project_id = $1 and m.user_id <> $2

-- name: lock_rooms (user_id, project_ids)
-- The open rooms that somebody is in, owns or hosts, and those of some projects; locked in order.
select r.id from rooms r
where r.closed_at is null and (r.owner_id = $1 or r.host_id = $1
    or r.project_id = any($2::bigint[])
    or exists (select from room_members m where m.room_id = r.id and m.user_id = $1))
order by r.id for no key update of r

-- name: rooms_of (user_id)
select r.id from rooms r
where r.closed_at is null and (r.owner_id = $1 or r.host_id = $1
    or exists (select from room_members m where m.room_id = r.id and m.user_id = $1))
order by r.id

-- name: room_heirs (room_id, user_id)
select m.user_id, m.role, m.joined_at from room_members m
join users u on u.id = m.user_id and u.deleted_at is null and u.suspended_at is null
where m.room_id = $1 and m.user_id <> $2

-- name: set_room_owner (room_id, owner_id)
update rooms set owner_id = $2 where id = $1

-- name: dead_letters (user_id)
-- What could not be mailed to somebody, and is kept for operators to look at. What still waits is
-- sent: it may say that it was not them who is leaving.
delete from pgqueuer j using users u
where u.id = $1 and j.status = 'failed' and j.entrypoint in ('account_link', 'account_news')
    and (strpos(lower(convert_from(j.payload, 'UTF8')), lower(to_json(u.email)::text)) > 0
        or strpos(lower(convert_from(j.payload, 'UTF8')), lower(to_json(u.username)::text)) > 0)

-- name: remember (user_id)
-- What has to be looked for, until it has been found everywhere.
insert into erasures (user_id, username) select id, username from users where id = $1
on conflict do nothing

-- name: anonymise (user_id)
-- Nobody is behind this row any more. It stays for the history that others have part in.
update users set email = 'deleted-' || id || '@invalid', username = 'deleted-' || id, name = '',
    password_hash = null, role = 'user', timezone = 'UTC', day_starts_at = 0, avatar_url = null,
    privacy_leaderboards = false, privacy_profile = 'private', privacy_show_activity = false,
    privacy_hide_descriptions = true, board_version = board_version + 1, last_seen_at = null,
    email_verified_at = null, suspended_at = null, suspended_reason = null,
    language = null, daily_goal_seconds = null, pomodoro = null, deleted_at = clock_timestamp()
where id = $1

-- name: blank_logins (user_id)
-- They stay for a while, ended, so that other instances learn that they have.
update logins set user_agent = '', address = '', revoked_at = coalesce(revoked_at, clock_timestamp())
where user_id = $1 returning id

-- name: refresh_tokens (user_id)
delete from refresh_tokens where login_id in (select id from logins where user_id = $1)

-- name: blank_api_tokens (user_id)
update api_tokens set name = 'deleted', revoked_at = coalesce(revoked_at, clock_timestamp())
where user_id = $1 returning id

-- name: push_subscriptions (user_id)
delete from push_subscriptions where user_id = $1

-- name: identities (user_id)
delete from identities where user_id = $1

-- name: mail_links (user_id)
delete from mail_links where user_id = $1

-- name: totp (user_id)
delete from totp where user_id = $1

-- name: recovery_codes (user_id)
delete from recovery_codes where user_id = $1

-- name: follows (user_id)
delete from follows where follower_id = $1 or user_id = $1

-- name: notification_choices (user_id)
delete from notification_choices where user_id = $1

-- name: project_invites (user_id)
delete from project_invites where created_by = $1

-- name: room_bans (user_id)
delete from room_bans where user_id = $1

-- name: webhooks (user_id)
-- With their deliveries.
delete from webhooks where user_id = $1

-- name: calendars (user_id)
delete from calendars where user_id = $1

-- name: running (user_id)
-- What ran: (project_id, entry_id).
delete from time_entries where user_id = $1 and ended_at is null returning project_id, id

-- name: marks (user_id)
delete from dirty_users where user_id = $1

-- name: earnings (user_id)
delete from dirty_earnings where user_id = $1

-- name: boards (user_id)
delete from dirty_boards where user_id = $1

-- name: time_entries (user_id, limit)
delete from time_entries where ctid = any(array(
    select ctid from time_entries where user_id = $1 limit $2))

-- name: timeline (user_id, limit)
delete from timeline where ctid = any(array(
    select ctid from timeline where user_id = $1 limit $2))

-- name: notifications (user_id, limit)
delete from notifications where ctid = any(array(
    select ctid from notifications where user_id = $1 limit $2))

-- name: command_results (user_id, limit)
delete from command_results where ctid = any(array(
    select ctid from command_results where user_id = $1 limit $2))

-- name: tags (user_id, limit)
delete from tags where ctid = any(array(
    select ctid from tags where user_id = $1 limit $2))

-- name: imported_entries (user_id, limit)
delete from imported_entries where ctid = any(array(
    select ctid from imported_entries where user_id = $1 limit $2))

-- name: imports (user_id, limit)
delete from imports where ctid = any(array(
    select ctid from imports where user_id = $1 limit $2))

-- name: tracked_days (user_id, limit)
delete from tracked_days where ctid = any(array(
    select ctid from tracked_days where user_id = $1 limit $2))

-- name: focus_days (user_id, limit)
delete from focus_days where ctid = any(array(
    select ctid from focus_days where user_id = $1 limit $2))

-- name: focus_project_days (user_id, limit)
delete from focus_project_days where ctid = any(array(
    select ctid from focus_project_days where user_id = $1 limit $2))

-- name: board_days (user_id, limit)
delete from board_days where ctid = any(array(
    select ctid from board_days where user_id = $1 limit $2))

-- name: board_scores (user_id, limit)
delete from board_scores where ctid = any(array(
    select ctid from board_scores where user_id = $1 limit $2))

-- name: user_badges (user_id, limit)
delete from user_badges where ctid = any(array(
    select ctid from user_badges where user_id = $1 limit $2))

-- name: user_streaks (user_id, limit)
delete from user_streaks where ctid = any(array(
    select ctid from user_streaks where user_id = $1 limit $2))

-- name: digests (user_id, limit)
delete from digests where ctid = any(array(
    select ctid from digests where user_id = $1 limit $2))

-- name: room_messages (user_id, limit)
-- No index leads to a user's; there is a day of them (RETENTION_ROOM_MESSAGES_DAYS).
delete from room_messages where ctid = any(array(
    select ctid from room_messages where user_id = $1 limit $2))

-- name: room_intentions (user_id, limit)
-- What they meant to do was in their words; that they took part stays.
update room_intentions set intention = '' where ctid = any(array(
    select ctid from room_intentions where user_id = $1 and intention <> '' limit $2))

-- name: admin_log (user_id, limit)
update admin_log set detail = '' where id in (
    select id from admin_log where user_id = $1 and detail <> '' limit $2)

-- name: own_projects (user_id, limit)
-- Projects that went with their owner: their entries are detached, and the words were the owner's.
update projects set name = 'deleted', description = '' where id in (
    select id from projects where owner_id = $1 and deleted_at is not null
        and (name, description) <> ('deleted', '') limit $2)

-- name: erasure (user_id)
select user_id, username, asked_at, stage, position from erasures where user_id = $1

-- name: keep_erasure (user_id, stage, position)
update erasures set stage = $2, position = $3 where user_id = $1

-- name: erasures (older_than)
-- Those whose job may be lost.
select user_id from erasures where asked_at < clock_timestamp() - $1::interval order by asked_at

-- name: erased (user_id)
delete from erasures where user_id = $1

-- name: next_channels (after, limit)
-- The last of the next channels by name, on which others may be told of somebody.
select max(channel) from (
    select channel from channels where channel > $1 order by channel limit $2) batch

-- name: naming_channels (after, up_to, pattern, before)
-- Of these channels, those whose kept events name somebody. Later ones mean somebody else, who has
-- taken the name.
select distinct e.channel from channel_events e join channels c on c.channel = e.channel
where e.channel > $1 and e.channel <= $2 and e.seq > c.floor and e.at <= $4
    and e.data::text ~ $3
order by e.channel

-- name: delete_events (user_id)
-- Of somebody's own channel, what is served no more.
delete from channel_events e using channels c
where c.channel = 'user:' || $1::bigint and e.channel = c.channel and e.seq <= c.floor

-- name: delete_naming (after, up_to, pattern, before)
-- Of others, what names somebody and is served no more.
delete from channel_events e using channels c
where e.channel > $1 and e.channel <= $2 and c.channel = e.channel and e.seq <= c.floor
    and e.at <= $4 and e.data::text ~ $3

-- name: next_users (after_id, limit)
select max(id) from (select id from users where id > $1 order by id limit $2) batch

-- name: rename_in_notifications (after_id, up_to_id, pattern, replacement, before)
-- In what others were told, the name becomes that of nobody.
update notifications set data = regexp_replace(data::text, $3, $4, 'g')::json
where user_id > $1 and user_id <= $2 and at <= $5 and data::text ~ $3

-- name: rename_in_results (after_id, up_to_id, pattern, replacement, before)
update command_results set result = regexp_replace(result::text, $3, $4, 'g')::json
where user_id > $1 and user_id <= $2 and at <= $5 and result::text ~ $3

-- name: rename_in_deliveries (after_id, up_to_id, pattern, replacement, before)
-- In what is still to be sent to others, or is kept of what was.
update webhook_deliveries d set data = regexp_replace(d.data::text, $3, $4, 'g')::json
from webhooks w
where w.id = d.webhook_id and w.user_id > $1 and w.user_id <= $2 and d.at <= $5
    and d.data::text ~ $3
