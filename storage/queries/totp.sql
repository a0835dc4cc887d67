-- name: read (user_id)
-- What there is for somebody, confirmed or not. Who writes it holds their row.
select secret, confirmed_at, last_step, failures, locked_until from totp where user_id = $1

-- name: begin (user_id, secret)
-- A new secret, which replaces one that was not confirmed.
insert into totp (user_id, secret) values ($1, $2)
on conflict (user_id) do update
    set secret = excluded.secret, last_step = 0, failures = 0, locked_until = null
where totp.confirmed_at is null

-- name: confirm (user_id)
update totp set confirmed_at = now() where user_id = $1

-- name: note_attempt (user_id, last_step, failures, locked_until)
update totp set last_step = greatest(last_step, $2), failures = $3, locked_until = $4
where user_id = $1

-- name: remove (user_id)
delete from totp where user_id = $1

-- name: put_codes (user_id, code_hashes)
insert into recovery_codes (user_id, code_hash) select $1, * from unnest($2::bytea[])

-- name: use_code (user_id, code_hash)
delete from recovery_codes where user_id = $1 and code_hash = $2 returning user_id

-- name: remove_codes (user_id)
delete from recovery_codes where user_id = $1

-- name: count_codes (user_id)
select count(*) from recovery_codes where user_id = $1
