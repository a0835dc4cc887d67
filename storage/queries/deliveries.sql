-- name: behind (hooks, most_waiting)
-- Webhooks whose channel has gone on, locked, with how far; those that another instance holds are
-- left out. One for which too much waits lets the log keep it. `entitled` is whether the owner
-- may read the channel: a webhook of a project ends with the membership. `since`: what came
-- before they joined is not theirs, nor what came before the webhook was made; in whole
-- milliseconds, as events are dated.
select w.id, w.channel, w.project_id is not null as of_project, w.events, w.seq, c.seq as head,
    c.floor, w.project_id is null or m.user_id is not null as entitled,
    date_trunc('milliseconds', coalesce(m.joined_at, w.created_at)) as since
from webhooks w
join channels c on c.channel = w.channel and c.seq > w.seq
join users u on u.id = w.user_id and u.deleted_at is null and u.suspended_at is null
left join projects p on p.id = w.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = w.user_id
where w.active and $2 > (
    -- c is named once more so that this is asked only of those whose channel has gone on.
    select count(*) from webhook_deliveries d
    where d.webhook_id = w.id and d.state = 'waiting' and c.seq > w.seq
)
order by w.id limit $1
for update of w skip locked

-- name: events (ids, channels, afters, up_tos, types, sinces)
-- What the log has of each stretch, in order. `types` are those wanted, parted by spaces; only
-- they bring their data along.
select x.id, e.seq, e.at, e.type,
    case when e.type = any(string_to_array(x.types, ' ')) and e.at >= x.since
    then e.data::text end as data
from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[])
    as x (id, channel, after, up_to, types, since)
join channel_events e on e.channel = x.channel and e.seq > x.after and e.seq <= x.up_to
order by x.id, e.seq

-- name: add (webhook_ids, events, seqs, ats, datas)
insert into webhook_deliveries (webhook_id, event, seq, at, data)
select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::timestamptz[], $5::json[])
on conflict (webhook_id, seq) do nothing

-- name: advance (ids, seqs, anything)
-- They have been looked through up to there, and perhaps there is something to send.
update webhooks w set seq = x.seq, due_at = case when x.anything
    then least(w.due_at, greatest(clock_timestamp(), w.rest_until)) else w.due_at end
from unnest($1::bigint[], $2::bigint[], $3::boolean[]) as x (id, seq, anything) where w.id = x.id

-- name: due (limit)
-- Webhooks for which something is due, and no job is there that looks after them. One that has just
-- been done with stays for a moment, and its key would keep another one out.
select w.id, w.failures from webhooks w
join users u on u.id = w.user_id and u.deleted_at is null and u.suspended_at is null
where w.due_at <= clock_timestamp() and not exists (
    select from pgqueuer q
    where q.dedupe_key = 'webhook:' || w.id::text and q.status in ('queued', 'picked')
)
order by w.due_at limit $1

-- name: next_due (webhook_id)
-- What is to be sent next, and with what; `entitled` as in `behind`, `served` is whether the data
-- may still be shown. A test is sent whatever becomes of the rest.
select d.id, d.webhook_id, w.user_id, w.channel, w.url, w.secret,
    case when w.old_secret_until > clock_timestamp() then w.old_secret end as old_secret,
    w.failures, d.event, d.seq, d.at, d.data::text as data, d.attempts,
    w.project_id is null or m.user_id is not null as entitled,
    d.data is not null and (d.seq > coalesce(c.floor, 0)) is not false as served
from webhook_deliveries d
join webhooks w on w.id = d.webhook_id
join users u on u.id = w.user_id and u.deleted_at is null and u.suspended_at is null
left join channels c on c.channel = w.channel
left join projects p on p.id = w.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = w.user_id
where d.webhook_id = $1 and d.state = 'waiting' and d.next_at <= clock_timestamp()
    and (d.event = 'ping'
        or w.active and (w.rest_until is null or w.rest_until <= clock_timestamp()))
order by d.next_at, d.id limit 1

-- name: drop (id)
-- Nothing is sent, and nothing kept, of what may not be read any more.
update webhook_deliveries set state = 'dropped', data = null, ended_at = clock_timestamp()
where id = $1 and state = 'waiting'

-- name: note_success (id, try, most_tries)
with hook as (
    update webhooks set failing_since = null, failures = 0, rest_until = null
    where id = (select webhook_id from webhook_deliveries where id = $1)
)
update webhook_deliveries set state = 'delivered', attempts = attempts + 1,
    tries = (case when jsonb_array_length(tries) >= $3 then tries - 0 else tries end) || $2::jsonb,
    ended_at = clock_timestamp()
where id = $1

-- name: note_failure (id, try, most_tries, pause, rest)
-- Without a pause it was the last attempt. Answers how its webhook does.
with delivery as (
    update webhook_deliveries set attempts = attempts + 1,
        state = case when $4::interval is null then 'failed' else state end,
        ended_at = case when $4::interval is null then clock_timestamp() end,
        next_at = coalesce(clock_timestamp() + $4::interval, next_at),
        tries = (case when jsonb_array_length(tries) >= $3 then tries - 0 else tries end)
            || $2::jsonb
    where id = $1 and state = 'waiting' returning webhook_id
)
update webhooks set failing_since = coalesce(failing_since, clock_timestamp()),
    failures = failures + 1, rest_until = clock_timestamp() + $5::interval
where id = (select webhook_id from delivery)
returning failing_since, failures, clock_timestamp() as now

-- name: settle (id)
-- When there is something to send next. Behind the lock, so that what was added meanwhile counts.
update webhooks w set due_at = greatest(
    (select min(d.next_at) from webhook_deliveries d
        where d.webhook_id = w.id and d.state = 'waiting'),
    case when exists (select from webhook_deliveries d
        where d.webhook_id = w.id and d.state = 'waiting') then w.rest_until end
)
where id = $1

-- name: add_test (webhook_id, data)
insert into webhook_deliveries (webhook_id, event, at, data)
values ($1, 'ping', date_trunc('milliseconds', clock_timestamp()), $2::json) returning id

-- name: redeliver (webhook_id, id)
-- Begin again with what has ended and is still kept, under the same id.
update webhook_deliveries d set state = 'waiting', attempts = 0, next_at = clock_timestamp(),
    ended_at = null
from webhooks w left join channels c on c.channel = w.channel
where d.webhook_id = $1 and d.id = $2 and d.state <> 'waiting' and d.data is not null
    and w.id = d.webhook_id and (d.seq > coalesce(c.floor, 0)) is not false
returning d.id

-- name: list (user_id, webhook_id, state, before_id, limit)
select d.id, d.webhook_id, d.event, d.seq, d.at, d.state, d.attempts, d.tries::text as tries,
    d.created_at, case when d.state = 'waiting' then d.next_at end as next_at, d.ended_at,
    w.channel, null::text as data
from webhook_deliveries d join webhooks w on w.id = d.webhook_id and w.user_id = $1
where d.webhook_id = $2 and ($3::text is null or d.state = $3)
    and ($4::bigint is null or d.id < $4)
order by d.id desc limit $5

-- name: read (user_id, webhook_id, id)
-- With its data while that may be shown to its owner.
select d.id, d.webhook_id, d.event, d.seq, d.at, d.state, d.attempts, d.tries::text as tries,
    d.created_at, case when d.state = 'waiting' then d.next_at end as next_at, d.ended_at,
    w.channel, case when (d.seq > coalesce(c.floor, 0)) is not false
        and (w.project_id is null or m.user_id is not null) then d.data::text end as data
from webhook_deliveries d
join webhooks w on w.id = d.webhook_id and w.user_id = $1
left join channels c on c.channel = w.channel
left join projects p on p.id = w.project_id and p.deleted_at is null
left join project_members m on m.project_id = p.id and m.user_id = w.user_id
where d.webhook_id = $2 and d.id = $3

-- name: forget_data (before)
-- What has ended long ago is kept without its data, and at once what may not be shown any more.
update webhook_deliveries d set data = null
from webhooks w left join channels c on c.channel = w.channel
where w.id = d.webhook_id and d.state <> 'waiting' and d.data is not null
    and (d.created_at < $1 or d.seq <= c.floor)

-- name: forget_old (before)
delete from webhook_deliveries where created_at < $1 and state <> 'waiting'

-- name: forget_many (kept)
-- Of each webhook the latest are kept.
delete from webhook_deliveries d using (
    select w.id, (
        select x.id from webhook_deliveries x where x.webhook_id = w.id
        order by x.id desc offset $1 limit 1
    ) as last from webhooks w
) old
where d.webhook_id = old.id and d.id <= old.last and d.state <> 'waiting'
