-- name: page (measure, period, starts_on, scope, scope_id, score, reached_at, user_id, limit)
-- What follows a row on a board, from the top where its score is null. Each half is a range of the
-- index, however many share a score.
(select user_id, score, reached_at from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
    and score = $6 and (reached_at, user_id) > ($7, $8)
order by reached_at, user_id limit $9)
union all
(select user_id, score, reached_at from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
    and score < coalesce($6, 9223372036854775807)
order by score desc, reached_at, user_id limit $9)
order by score desc, reached_at, user_id limit $9

-- name: parts (measure, period, starts_on, scope, scope_id, score, reached_at, user_id, limit, size)
-- The same in parts that Redis takes in one call each, packed as `storage.boards.pack` does; who is
-- hidden has no score. Each part with where it ends.
select string_agg(concat('"', concat_ws('","', user_id, board_version,
        case when shown then -score else 0 end,
        lpad((extract(epoch from reached_at) * 1000)::bigint::text, 13, '0')), '"'), ',') as packed,
    count(*) as rows, min(score) as score,
    (array_agg(reached_at order by place desc))[1] as reached_at,
    (array_agg(user_id order by place desc))[1] as user_id
from (
    select r.*, u.board_version, u.shown,
        row_number() over (order by r.score desc, r.reached_at, r.user_id) as place
    from (
        (select user_id, score, reached_at from board_scores
        where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
            and score = $6 and (reached_at, user_id) > ($7, $8)
        order by reached_at, user_id limit $9)
        union all
        (select user_id, score, reached_at from board_scores
        where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
            and score < coalesce($6, 9223372036854775807)
        order by score desc, reached_at, user_id limit $9)
        order by score desc, reached_at, user_id limit $9
    ) r, lateral (
        select board_version,
            privacy_leaderboards and deleted_at is null and suspended_at is null as shown
        from users where id = r.user_id
        offset 0 -- a look-up for each: joined, all users would be read for every part of a board
    ) u
) placed
group by (place - 1) / $10
order by (place - 1) / $10

-- name: above (measure, period, starts_on, scope, scope_id, score, reached_at, user_id, limit)
-- What comes before a row, the nearest first.
(select user_id, score, reached_at from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
    and score = $6 and (reached_at, user_id) < ($7, $8)
order by reached_at desc, user_id desc limit $9)
union all
(select user_id, score, reached_at from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5 and score > $6
order by score, reached_at desc, user_id desc limit $9)
order by score, reached_at desc, user_id desc limit $9

-- name: before (measure, period, starts_on, scope, scope_id, score, reached_at, user_id)
-- How many have more than this row, and how many rows stand before it.
select count(*) filter (where score > $6) as higher, count(*) as before from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
    and score >= $6 and (score > $6 or (reached_at, user_id) < ($7, $8))

-- name: row (measure, period, starts_on, scope, scope_id, user_id)
select user_id, score, reached_at from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5
    and user_id = $6

-- name: total (measure, period, starts_on, scope, scope_id)
select count(*) from board_scores
where measure = $1 and period = $2 and starts_on = $3 and scope = $4 and scope_id = $5

-- name: people (user_ids)
-- Of these, who may be seen on boards.
select id, username, name, avatar_url from users
where id = any($1::bigint[])
    and privacy_leaderboards and deleted_at is null and suspended_at is null

-- name: circle_page (follower_id, measure, period, starts_on, score, reached_at, user_id, limit)
-- Those whom somebody follows, and they themselves, ranked among each other.
select * from (
    select s.user_id, s.score, s.reached_at, rank() over (order by s.score desc) as rank
    from board_scores s join users u on u.id = s.user_id and u.privacy_leaderboards
        and u.deleted_at is null and u.suspended_at is null
    where s.measure = $2 and s.period = $3 and s.starts_on = $4
        and s.scope = 'global' and s.scope_id = 0
        and s.user_id in (select user_id from follows where follower_id = $1 union all select $1)
) circle
where $5::bigint is null or score < $5 or (score = $5 and (reached_at, user_id) > ($6, $7))
order by score desc, reached_at, user_id limit $8

-- name: circle_mine (follower_id, measure, period, starts_on, around)
-- How many they are, in at least one row, and who is around the one who asks.
with circle as (
    select s.user_id, s.score, s.reached_at, rank() over (order by s.score desc) as rank,
        row_number() over (order by s.score desc, s.reached_at, s.user_id) as place
    from board_scores s join users u on u.id = s.user_id and u.privacy_leaderboards
        and u.deleted_at is null and u.suspended_at is null
    where s.measure = $2 and s.period = $3 and s.starts_on = $4
        and s.scope = 'global' and s.scope_id = 0
        and s.user_id in (select user_id from follows where follower_id = $1 union all select $1)
)
select (select count(*) from circle) as total, c.user_id, c.score, c.reached_at, c.rank
from (select place from circle where user_id = $1) mine
    right join (values (1)) one (one) on true
    left join circle c on c.place between mine.place - $5::integer and mine.place + $5::integer
order by c.place

-- name: project_readers (project_id, user_ids)
-- Who of these may read the project.
select u.id from unnest($2::bigint[]) u (id) join projects p on p.id = $1 and p.deleted_at is null
where p.visibility = 'public'
    or exists (select from project_members m where m.project_id = p.id and m.user_id = u.id)

-- name: pushes (user_ids, day, week, month)
-- All that Redis has to know of these users, in one moment: their version and their scores on the
-- boards that are on, and the boards that they were taken off. Who is hidden has no score.
select w.id as user_id, coalesce(u.board_version, 9007199254740991) as board_version, p.mark,
    coalesce(p.removed, '{}') as removed, s.measure, s.period, s.starts_on, s.scope, s.scope_id,
    case when u.privacy_leaderboards and u.deleted_at is null and u.suspended_at is null
        then s.score else 0 end as score,
    s.reached_at
from unnest($1::bigint[]) w (id) left join users u on u.id = w.id
    left join board_pushes p on p.user_id = w.id
    left join board_scores s on s.user_id = w.id and (s.period = 'all'
        or (s.period = 'day' and s.starts_on = $2) or (s.period = 'week' and s.starts_on = $3)
        or (s.period = 'month' and s.starts_on = $4))

-- name: pushed (user_ids, marks)
-- Redis knows. Whoever was marked anew meanwhile stays; a row that somebody holds is being marked.
delete from board_pushes where user_id in (
    select p.user_id from unnest($1::bigint[], $2::bigint[]) done (user_id, mark)
        join board_pushes p on p.user_id = done.user_id and p.mark = done.mark
    order by p.user_id for update of p skip locked)

-- name: unpushed (age, limit)
select user_id from board_pushes where at <= clock_timestamp() - $1::interval order by at limit $2

-- name: remove (user_id)
-- Off all boards, under a version that is greater than any that was written of them.
with raised as (update users set board_version = board_version + 1 where id = $1 returning id)
delete from board_scores where user_id in (select id from raised)

-- name: forget (day, week, month, limit)
-- Scores of periods that were over before those of these days; how many at most.
delete from board_scores where ctid = any(array(
    select ctid from board_scores
    where (period = 'day' and starts_on < $1) or (period = 'week' and starts_on < $2)
        or (period = 'month' and starts_on < $3)
    limit $4))
