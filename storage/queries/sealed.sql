-- name: totp (after_id, limit)
-- One a user, whose id is theirs.
select user_id, user_id, secret from totp where user_id > $1 order by user_id limit $2

-- name: webhooks (after_id, limit)
select id, user_id, secret from webhooks where id > $1 order by id limit $2

-- name: old_webhooks (after_id, limit)
-- The one before, as long as it holds.
select id, user_id, old_secret from webhooks
where id > $1 and old_secret is not null order by id limit $2

-- name: replace_totp (id, user_id, before, secret)
-- Only what is still the same, here and below: somebody may have asked for a new one.
update totp set secret = $4 where user_id = $1 and user_id = $2 and secret = $3 returning user_id

-- name: replace_webhooks (id, user_id, before, secret)
update webhooks set secret = $4 where id = $1 and user_id = $2 and secret = $3 returning id

-- name: replace_old_webhooks (id, user_id, before, secret)
update webhooks set old_secret = $4 where id = $1 and user_id = $2 and old_secret = $3 returning id
