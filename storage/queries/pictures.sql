-- name: swap_user (user_id, url)
-- The row is locked by the caller or by this; answers what it had before.
with before as (select id, avatar_url as url from users where id = $1 and deleted_at is null for no key update)
update users u set avatar_url = $2 from before b where u.id = b.id returning b.url

-- name: swap_badge (badge_id, url)
with before as (select id, image_url as url from badges where id = $1 for no key update)
update badges x set image_url = $2 from before b where x.id = b.id returning b.url

-- name: user_uses (user_id, name)
select exists (select from users where id = $1 and strpos(avatar_url, '/' || $2::text || '/') > 0)

-- name: badge_uses (badge_id, name)
select exists (select from badges where id = $1 and strpos(image_url, '/' || $2::text || '/') > 0)
