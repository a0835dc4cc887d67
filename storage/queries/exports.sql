-- name: page (user_id, from_at, to_at, project_id, tag, words, source, after_at, after_id, limit)
-- Some of the user's entries that overlap [from, to), in the order of their start, behind a
-- position. The first position is so far before `from` as an entry may be long: a second lower
-- bound beside it could be the one that the index is entered by, and each page would read
-- everything before it again. No bound is null, so that every plan uses the index. A deleted
-- project is none.
select e.id, e.user_id, p.id as project_id, e.room_id, e.description, e.tags, e.started_at,
    e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from, e.timezone,
    e.day_starts_at, e.version, p.name as project_name
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is null
    and (e.started_at, e.id) > ($8::timestamptz, $9::bigint)
    and e.started_at < $3::timestamptz
    and (e.ended_at is null or e.ended_at > $2::timestamptz or e.started_at >= $2)
    and ($4::bigint is null or coalesce(p.id, 0) = $4)
    and ($5::text is null or $5 = any(e.tags))
    and ($6::text is null or strpos(lower(e.description), lower($6)) > 0)
    and ($7::text is null or e.source = $7)
order by e.started_at, e.id limit $10

-- name: deleted (user_id, after_id, limit)
-- What can still be restored.
select e.id, e.user_id, p.id as project_id, e.room_id, e.description, e.tags, e.started_at,
    e.ended_at, e.ended_by, e.deleted_at, e.source, e.claimed, e.doubtful_from, e.timezone,
    e.day_starts_at, e.version, p.name as project_name
from time_entries e left join projects p on p.id = e.project_id and p.deleted_at is null
where e.user_id = $1 and e.deleted_at is not null and e.id > $2
order by e.id limit $3

-- name: projects (user_id)
-- The projects that somebody belongs to, and of the others that their entries are on the name.
select p.id, p.name, case when m.user_id is not null then p.description end as description,
    p.visibility, p.color, p.created_at, p.archived_at, m.role, m.joined_at
from projects p left join project_members m on m.project_id = p.id and m.user_id = $1
where p.deleted_at is null and (m.user_id is not null or p.id in (
    select project_id from time_entries
    where user_id = $1 and deleted_at is null and project_id is not null))
order by p.id

-- name: tags (user_id)
select name, used_at from tags where user_id = $1 order by name

-- name: badges (user_id)
select b.key, b.name, a.awarded_at
from user_badges a join badges b on b.id = a.badge_id
where a.user_id = $1 order by a.awarded_at, b.id

-- name: timeline (user_id, before_at, before_id, limit)
select id, event_type, event_data, project_id, at from timeline
where user_id = $1 and (at, id) < ($2::timestamptz, $3::bigint)
order by at desc, id desc limit $4

-- name: notifications (user_id, after_id, limit)
select id, kind, data, at, read_at from notifications
where user_id = $1 and id > $2 order by id limit $3

-- name: choices (user_id)
select kind, channel, wanted from notification_choices where user_id = $1 order by kind, channel

-- name: rooms (user_id)
-- The rooms that somebody owns or belongs to.
select r.id, r.slug, r.name, r.visibility, r.project_id, r.work_s, r.short_break_s, r.long_break_s,
    r.cycles, r.auto_start_breaks, r.auto_start_work, r.capacity, r.chat, r.created_at, r.closed_at,
    case when r.owner_id = $1 then 'owner' else m.role end as role, m.joined_at
from rooms r left join room_members m on m.room_id = r.id and m.user_id = $1
where r.owner_id = $1 or m.user_id is not null
order by r.id

-- name: stays (user_id)
-- When somebody was in which room.
select p.room_id, r.name as room_name, p.from_at, p.to_at
from room_presence p join rooms r on r.id = p.room_id
where p.user_id = $1 order by p.from_at, p.room_id

-- name: intentions (user_id)
select i.room_id, i.round, d.started_at, d.ended_at, i.intention, i.outcome
from room_intentions i left join room_rounds d on d.room_id = i.room_id and d.round = i.round
where i.user_id = $1 order by i.room_id, i.round

-- name: credits (user_id)
select room_id, round, from_at, to_at, entry_id from room_credits
where user_id = $1 order by from_at, room_id

-- name: messages (user_id)
select room_id, text, at from room_messages where user_id = $1 order by at

-- name: follows (user_id)
-- Whom somebody follows, by the name that everybody sees.
select f.user_id, u.username, f.at
from follows f join users u on u.id = f.user_id and u.deleted_at is null
where f.follower_id = $1 order by f.at

-- name: logins (user_id)
-- The devices. No secret, nor the hash of one, leaves the database.
select id, user_agent, address, created_at, last_seen_at, expires_at, revoked_at
from logins where user_id = $1 order by id
