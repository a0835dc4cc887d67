-- name: lock_catalogue ()
-- One instance at a time brings the catalogue up to date.
select pg_advisory_xact_lock(hashtext('focushub.badges'))

-- name: put_built_in (keys, names, descriptions, criteria, families, tiers)
-- The built-in badges as this version has them; what an admin deleted stays deleted.
insert into badges (key, name, description, criteria, family, tier, built_in)
select x.key, x.name, x.description, x.criteria::json, x.family, x.tier, true
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    as x (key, name, description, criteria, family, tier)
where not exists (select from badges b where b.key = x.key)

-- name: all ()
-- The badges that there are, in the order they were made.
select id, key, name, description, criteria, family, tier, image_url, built_in, created_at
from badges where deleted_at is null order by id

-- name: by_id (badge_id)
select id, key, name, description, criteria, family, tier, image_url, built_in, created_at
from badges where id = $1 and deleted_at is null

-- name: insert (key, name, description, criteria, family, tier, image_url)
insert into badges (key, name, description, criteria, family, tier, image_url)
values ($1, $2, $3, $4::text::json, $5, $6, $7)
returning id, key, name, description, criteria, family, tier, image_url, built_in, created_at

-- name: update (badge_id, name, description, criteria, family, tier, image_url)
-- With other criteria, everybody's past is looked at again.
update badges set name = $2, description = $3, criteria = $4::text::json, family = $5, tier = $6,
    image_url = $7,
    backfilled_at = case when criteria::text = $4::text then backfilled_at end
where id = $1 and deleted_at is null
returning id, key, name, description, criteria, family, tier, image_url, built_in, created_at

-- name: delete (badge_id)
-- Who has it keeps it, but it is not shown any more.
update badges set deleted_at = now() where id = $1 and deleted_at is null returning id

-- name: to_backfill ()
select id from badges where backfilled_at is null and deleted_at is null

-- name: set_backfilled (badge_ids)
update badges set backfilled_at = now() where id = any($1::bigint[])

-- name: of_user (user_id, before_at, before_id, limit)
-- Somebody's badges, the latest first.
select b.id, b.key, b.name, b.description, b.criteria, b.family, b.tier, b.image_url, b.built_in,
    b.created_at, a.awarded_at
from user_badges a join badges b on b.id = a.badge_id and b.deleted_at is null
where a.user_id = $1
    and ($2::timestamptz is null or (a.awarded_at, a.badge_id) < ($2, $3))
order by a.awarded_at desc, a.badge_id desc limit $4
