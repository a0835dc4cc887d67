-- name: key (name)
select value from server_keys where name = $1

-- name: put_key (name, value)
-- Of two that make it at once the first one stays.
insert into server_keys (name, value) values ($1, $2) on conflict (name) do nothing

-- name: subscribe (user_id, endpoint, p256dh, auth, login_id)
-- A browser has one subscription: whoever signs in there last gets what is pushed to it, until
-- that login ends.
insert into push_subscriptions (user_id, endpoint, p256dh, auth, login_id)
values ($1, $2, $3, $4, (select id from logins where id = $5 and user_id = $1))
on conflict (endpoint) do update
    set user_id = $1, p256dh = $3, auth = $4, login_id = excluded.login_id, created_at = now(),
        failed_at = null
returning id

-- name: forget_oldest (user_id, kept)
delete from push_subscriptions where user_id = $1 and id in (
    select id from push_subscriptions where user_id = $1
    order by created_at desc, id desc offset $2
)

-- name: unsubscribe (user_id, endpoint)
delete from push_subscriptions where user_id = $1 and endpoint = $2 returning id

-- name: remove_of_logins (user_id, login_ids)
delete from push_subscriptions where user_id = $1 and login_id = any($2::bigint[])

-- name: remove (user_id, id)
delete from push_subscriptions where user_id = $1 and id = $2 returning id

-- name: subscription (user_id, id)
select id, endpoint, p256dh, auth from push_subscriptions where user_id = $1 and id = $2

-- name: note_failure (user_id, id)
update push_subscriptions set failed_at = now() where user_id = $1 and id = $2
