-- name: position (user_id)
-- How far somebody's own facts have come: the head of their own channel, which every transaction
-- raises that changes what is theirs, and whether their days are still to be counted.
select coalesce((select seq from channels where channel = 'user:' || $1::bigint), 0) as seq,
    exists (select from dirty_users where user_id = $1) as marked

-- name: beat ()
-- When an instance was last known to be there, which each of them says every second.
select max(beat_at) from instances
