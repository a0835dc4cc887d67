-- name: append (channels, counts, event_channels, event_backs, event_types, event_datas)
-- Take the next numbers of each channel and write the events under them. `channels` are sorted
-- and distinct, so that all transactions lock heads in one order; `event_backs` says how far an
-- event lies before its channel's new head. `at` is read under the head's lock, so that time
-- grows with seq.
with heads as (
    insert into channels as c (channel, seq)
    select * from unnest($1::text[], $2::bigint[])
    on conflict (channel) do update set seq = c.seq + excluded.seq
    returning c.channel, c.seq
)
insert into channel_events (channel, seq, at, type, data)
select h.channel, h.seq - e.back, date_trunc('milliseconds', clock_timestamp()), e.type, e.data
from unnest($3::text[], $4::bigint[], $5::text[], $6::json[])
    with ordinality as e (channel, back, type, data, place)
join heads h on h.channel = e.channel
order by e.place
returning channel, seq, at, type, data

-- name: ahead (channels, seqs)
-- Which of these channels have a later number than the one beside them: of thousands as a rule none.
select x.channel
from unnest($1::text[], $2::bigint[]) as x (channel, seq)
join channels c on c.channel = x.channel
where c.seq > x.seq

-- name: head (channel)
select seq, floor from channels where channel = $1

-- name: events_after (channel, seq, up_to, limit)
-- What the log still has after a position, in order.
select seq, at, type, data from channel_events
where channel = $1 and seq > $2 and seq <= $3 order by seq limit $4

-- name: lagging (channels, seqs, limit)
-- What each of these channels has after the position beside it, at most `limit` events each.
select x.channel, e.seq, e.at, e.type, e.data
from unnest($1::text[], $2::bigint[]) as x (channel, seq)
cross join lateral (
    select seq, at, type, data from channel_events
    where channel = x.channel and seq > x.seq order by seq limit $3
) e
order by x.channel, e.seq

-- name: has_left (channel, user_id)
select 1 from channel_events
where channel = $1 and type = 'member:left' and (data ->> 'user_id')::bigint = $2 limit 1

-- name: raise_floors (channels, counts)
-- Nothing is served again that was said before the last `counts` events. The heads are locked.
update channels c set floor = c.seq - x.count
from unnest($1::text[], $2::bigint[]) as x (channel, count) where c.channel = x.channel

-- name: partitions ()
-- The days for which there is a partition of the log.
select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'channel_events'::regclass order by 1

-- name: epoch ()
select epoch, system_identifier, timeline, database_oid from channel_epoch

-- name: set_epoch (epoch, system_identifier, timeline, database_oid)
insert into channel_epoch (epoch, system_identifier, timeline, database_oid)
values ($1, $2, $3, $4)
on conflict (the_only) do update set epoch = excluded.epoch,
    system_identifier = excluded.system_identifier, timeline = excluded.timeline,
    database_oid = excluded.database_oid

-- name: identity ()
-- Which database this is: a restore, a promoted standby and a copy all differ in one of these.
select s.system_identifier::text as system_identifier, c.timeline_id as timeline,
    (select oid::bigint from pg_database where datname = current_database()) as database_oid,
    encode(sha256(gen_random_uuid()::text::bytea), 'hex') as fresh
from pg_control_system() s, pg_control_checkpoint() c
