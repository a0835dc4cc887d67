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

-- name: wanted (user_id, kind)
-- What somebody has said about a kind.
select channel, wanted from notification_choices where user_id = $1 and kind = $2
