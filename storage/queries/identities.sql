-- name: find (issuer, subject)
-- Whose identity it is; suspended ones too.
select i.user_id, u.suspended_at is not null as suspended
from identities i join users u on u.id = i.user_id and u.deleted_at is null
where i.issuer = $1 and i.subject = $2

-- name: add (issuer, subject, user_id)
insert into identities (issuer, subject, user_id, used_at) values ($1, $2, $3, now())

-- name: note_use (issuer, subject)
update identities set used_at = now() where issuer = $1 and subject = $2

-- name: of_user (user_id, issuer)
select linked_at, used_at from identities where user_id = $1 and issuer = $2

-- name: remove (user_id, issuer)
delete from identities where user_id = $1 and issuer = $2 returning user_id

-- name: by_email (email)
-- An account that may belong to whoever has shown that this address is theirs: whether its owner
-- has shown so too, and whether more than a password is asked of them.
select u.id, u.email_verified_at is not null as verified,
    exists (select from totp t where t.user_id = u.id and t.confirmed_at is not null) as totp
from users u where lower(u.email) = lower($1) and u.deleted_at is null
