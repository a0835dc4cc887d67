-- name: add (user_id, kind, key, data, muted)
-- Once for each key; answers nothing where it was told already [N1].
insert into notifications (user_id, kind, key, data, muted) values ($1, $2, $3, $4::text::json, $5)
on conflict (user_id, key) do nothing returning id, at

-- name: unread (user_id)
select count(*) from notifications where user_id = $1 and read_at is null and not muted

-- name: list (user_id, unread, before_id, limit)
select id, kind, data, at, read_at from notifications
where user_id = $1 and not muted and ($2::boolean is null or (read_at is null) = $2)
    and ($3::bigint is null or id < $3)
order by id desc limit $4

-- name: read (user_id, ids)
update notifications set read_at = now()
where user_id = $1 and read_at is null and id = any($2::bigint[]) returning id

-- name: read_all (user_id)
update notifications set read_at = now() where user_id = $1 and read_at is null returning id

-- name: choices (user_id, kind)
-- What somebody has said about a kind, by channel, and where they have subscribed to be pushed.
select
    (select json_object_agg(channel, wanted)::text from notification_choices
    where user_id = $1 and kind = $2) as chosen,
    (select array_agg(id order by id) from push_subscriptions where user_id = $1) as subscriptions

-- name: all_choices (user_id)
select kind, channel, wanted from notification_choices where user_id = $1

-- name: choose (user_id, kinds, channels, wanteds)
insert into notification_choices (user_id, kind, channel, wanted)
select $1, * from unnest($2::text[], $3::text[], $4::boolean[])
on conflict (user_id, kind, channel) do update set wanted = excluded.wanted

-- name: to_tell (user_id, id, verified_only)
-- A notification, and where to write to; nothing for an account that is gone, or whose address
-- has not been confirmed where it must be.
select n.kind, n.key, n.data::text as data, n.at, u.email, u.name, u.username, u.language
from notifications n
join users u on u.id = n.user_id and u.deleted_at is null and u.suspended_at is null
where n.user_id = $1 and n.id = $2 and (not $3::boolean or u.email_verified_at is not null)
