-- name: insert (user_id, project_id, url, events, secret)
-- It begins where its channel stands now: nothing that came before is sent.
insert into webhooks (user_id, project_id, url, events, secret, seq)
select $1, $2, $3, $4::text[], $5, coalesce((
    select seq from channels where channel = case when $2::bigint is null
        then 'user:' || $1::bigint::text else 'project:' || $2::bigint::text end
), 0)
returning id

-- name: count (user_id)
select count(*) from webhooks where user_id = $1

-- name: list (user_id, after_id, limit)
select id, user_id, project_id, channel, url, events, active, created_at, failing_since, failures,
    old_secret_until, disabled_at, disabled_reason
from webhooks where user_id = $1 and id > $2 order by id limit $3

-- name: read (user_id, id)
select id, user_id, project_id, channel, url, events, active, created_at, failing_since, failures,
    old_secret_until, disabled_at, disabled_reason
from webhooks where user_id = $1 and id = $2

-- name: lock (user_id, id)
-- Until commit; whoever looks through the log, or notes an attempt, waits.
select project_id from webhooks where user_id = $1 and id = $2 for update

-- name: remove (user_id, id)
delete from webhooks where user_id = $1 and id = $2 returning id

-- name: edit (user_id, id, url, events)
-- Null leaves a field as it is.
update webhooks set url = coalesce($3, url), events = coalesce($4::text[], events)
where user_id = $1 and id = $2

-- name: switch_on (user_id, id)
-- From now on: what came while it was off is not sent.
update webhooks w set active = true, failing_since = null, failures = 0, rest_until = null,
    disabled_at = null, disabled_reason = null,
    seq = coalesce((select c.seq from channels c where c.channel = w.channel), 0)
where user_id = $1 and id = $2 and not active

-- name: switch_off (id, reason)
-- By its owner without a reason, by the server with one. Answers whether it was on.
update webhooks set active = false, due_at = null,
    disabled_at = case when $2::text is not null then clock_timestamp() end, disabled_reason = $2
where id = $1 and active returning disabled_at

-- name: drop_waiting (webhook_id)
update webhook_deliveries set state = 'dropped', ended_at = clock_timestamp()
where webhook_id = $1 and state = 'waiting'

-- name: set_secret (user_id, id, secret, overlap)
-- The one before holds for a while, so that receivers can be told of the new one in peace.
update webhooks set old_secret = secret, old_secret_until = clock_timestamp() + $4::interval,
    secret = $3
where user_id = $1 and id = $2 returning old_secret_until

-- name: lock_any (id)
-- For jobs, which are nobody's.
select id from webhooks where id = $1 for update

-- name: owner (id)
select user_id from webhooks where id = $1

-- name: ask_now (id)
update webhooks set rest_until = null, due_at = clock_timestamp() where id = $1
