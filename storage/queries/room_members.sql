-- name: add_member (room_id, user_id)
with added as (
    insert into room_members (room_id, user_id) values ($1, $2)
    on conflict do nothing returning room_id
)
update rooms r set member_count = r.member_count + 1 from added a where r.id = a.room_id
returning r.member_count

-- name: remove_member (room_id, user_id)
with removed as (
    delete from room_members where room_id = $1 and user_id = $2 returning room_id
)
update rooms r set member_count = r.member_count - 1 from removed a where r.id = a.room_id
returning r.member_count

-- name: remove_members (room_id)
delete from room_members where room_id = $1 returning user_id

-- name: set_role (room_id, user_id, role)
update room_members set role = $3 where room_id = $1 and user_id = $2

-- name: members (room_id, round, limit)
-- The members, in the order they came, with what they mean to do in a round.
select m.user_id, u.username, m.role, m.joined_at, i.intention, i.outcome, u.avatar_url
from room_members m join users u on u.id = m.user_id
left join room_intentions i on i.room_id = m.room_id and i.round = $2 and i.user_id = m.user_id
where m.room_id = $1 order by m.joined_at, m.user_id limit $3

-- name: member (room_id, user_id, round)
select m.user_id, u.username, m.role, m.joined_at, i.intention, i.outcome, u.avatar_url
from room_members m join users u on u.id = m.user_id
left join room_intentions i on i.room_id = m.room_id and i.round = $3 and i.user_id = m.user_id
where m.room_id = $1 and m.user_id = $2

-- name: ban (room_id, user_id, until_round)
insert into room_bans (room_id, user_id, until_round) values ($1, $2, $3)
on conflict (room_id, user_id) do update set until_round = excluded.until_round
