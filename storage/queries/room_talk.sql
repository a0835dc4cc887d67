-- name: intend (room_id, round, user_id, intention)
insert into room_intentions (room_id, round, user_id, intention) values ($1, $2, $3, $4)
on conflict (room_id, round, user_id) do update set intention = excluded.intention
returning intention, outcome

-- name: report (room_id, round, user_id, outcome)
insert into room_intentions (room_id, round, user_id, outcome) values ($1, $2, $3, $4)
on conflict (room_id, round, user_id) do update set outcome = excluded.outcome
returning intention, outcome

-- name: say (room_id, user_id, text)
insert into room_messages (room_id, user_id, text, at)
values ($1, $2, $3, date_trunc('milliseconds', clock_timestamp()))
returning id, at

-- name: messages (room_id, limit)
-- The last messages, oldest first.
select * from (
    select g.id, g.user_id, u.username, g.text, g.at
    from room_messages g join users u on u.id = g.user_id
    where g.room_id = $1 order by g.id desc limit $2
) latest order by id

-- name: rounds (room_id, before_round, limit)
select round, started_at, ended_at from room_rounds
where room_id = $1 and ($2::integer is null or round < $2) order by round desc limit $3

-- name: round_phases (room_id, rounds)
-- The phases of rounds: when each ran first and last, and its whole seconds on the clock's grid.
select round, phase, cycle, phase_started_at, max(to_at) as ended_at,
    sum(floor(extract(epoch from to_at)) - floor(extract(epoch from from_at)))::bigint as seconds
from room_stretches where room_id = $1 and round = any($2::integer[])
group by round, phase, cycle, phase_started_at order by round, phase_started_at

-- name: round_members (room_id, rounds)
-- Who took part in rounds: whoever was there, meant to do something or was credited.
select t.round, t.user_id, u.username, u.avatar_url, u.privacy_show_activity as show_activity,
    u.privacy_hide_descriptions as hide_descriptions, i.intention, i.outcome,
    coalesce(c.seconds, 0)::bigint as credited_seconds
from (
    select i.round, i.user_id from room_intentions i
    where i.room_id = $1 and i.round = any($2::integer[])
    union
    select c.round, c.user_id from room_credits c
    where c.room_id = $1 and c.round = any($2::integer[])
    union
    select d.round, p.user_id from room_rounds d
    join room_presence p on p.room_id = d.room_id and p.from_at < coalesce(d.ended_at, 'infinity')
        and coalesce(p.to_at, 'infinity') > d.started_at
    where d.room_id = $1 and d.round = any($2::integer[])
) t
join users u on u.id = t.user_id
left join room_intentions i on i.room_id = $1 and i.round = t.round and i.user_id = t.user_id
left join (
    select round, user_id,
        sum(floor(extract(epoch from to_at)) - floor(extract(epoch from from_at))) as seconds
    from room_credits where room_id = $1 and round = any($2::integer[]) group by round, user_id
) c on c.round = t.round and c.user_id = t.user_id
order by t.round, t.user_id
