-- name: follow (follower_id, user_id)
insert into follows (follower_id, user_id) values ($1, $2) on conflict do nothing

-- name: unfollow (follower_id, user_id)
delete from follows where follower_id = $1 and user_id = $2

-- name: read (follower_id, user_id)
-- Nothing for an account that is not there.
select exists (select from follows where follower_id = $1 and user_id = $2) as following,
    exists (select from follows where follower_id = $2 and user_id = $1) as follows_you,
    (select count(*) from follows f join users o on o.id = f.follower_id and o.deleted_at is null
        where f.user_id = $2) as followers,
    (select count(*) from follows f join users o on o.id = f.user_id and o.deleted_at is null
        where f.follower_id = $2) as follows
from users where id = $2 and deleted_at is null and suspended_at is null

-- name: count (follower_id)
select count(*) from follows where follower_id = $1

-- name: followed (follower_id)
select user_id from follows where follower_id = $1

-- name: followers (user_id, after_id, limit)
select f.follower_id from follows f
join users o on o.id = f.follower_id and o.deleted_at is null and o.suspended_at is null
where f.user_id = $1 and f.follower_id > $2 order by f.follower_id limit $3
