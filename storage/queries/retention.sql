-- name: timeline (before, limit)
delete from timeline where ctid = any(array(
    select ctid from timeline where at < $1 limit $2))

-- name: notifications (before, limit)
delete from notifications where ctid = any(array(
    select ctid from notifications where at < $1 limit $2))

-- name: room_messages (before, limit)
delete from room_messages where ctid = any(array(
    select ctid from room_messages where at < $1 limit $2))

-- name: presence (before, limit)
-- Stays that ended long ago. What somebody is credited, and what they took part in, stands
-- elsewhere by now; but of each room the first stay says that they have been in it, and what may
-- still have to be credited is kept.
delete from room_presence where ctid = any(array(
    select p.ctid from room_presence p
    where p.to_at < $1
        and exists (select from room_presence o where o.room_id = p.room_id
            and o.user_id = p.user_id and (o.from_at, o.instance) < (p.from_at, p.instance))
        and not exists (select from room_stretches s where s.room_id = p.room_id
            and s.phase = 'work' and s.credited_at is null and s.from_at < p.to_at)
    limit $2))

-- name: bans (limit)
-- Of rounds that are over.
delete from room_bans where ctid = any(array(
    select b.ctid from room_bans b join rooms r on r.id = b.room_id
    where r.closed_at is not null or b.until_round < r.round
        or b.until_round = r.round and r.phase is null
    limit $1))

-- name: rounds (before, limit)
-- Rounds that ended long ago, with what stood for them; the first of each room stays, since badges
-- are dated by it.
with old as (
    select room_id, round from room_rounds where ended_at < $1 and round > 1 limit $2
), stretches as (
    delete from room_stretches s using old where s.room_id = old.room_id and s.round = old.round
), intentions as (
    delete from room_intentions i using old where i.room_id = old.room_id and i.round = old.round
), credits as (
    delete from room_credits c using old where c.room_id = old.room_id and c.round = old.round
)
delete from room_rounds r using old where r.room_id = old.room_id and r.round = old.round

-- name: used_tokens (before, limit)
delete from refresh_tokens where token_hash in (
    select token_hash from refresh_tokens where used_at < $1 limit $2)

-- name: invites (before, limit)
delete from project_invites where code_hash in (
    select code_hash from project_invites where expires_at < $1 limit $2)

-- name: admin_log (before, limit)
delete from admin_log where id in (select id from admin_log where at < $1 order by id limit $2)
