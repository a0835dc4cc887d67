-- name: zones (kind)
-- The zones of those who want the digest.
select distinct u.timezone from notification_choices c
join users u on u.id = c.user_id and u.deleted_at is null and u.suspended_at is null
where c.kind = $1 and c.channel = 'email' and c.wanted

-- name: ask (kind, timezones, week_ons, limit)
-- Those in these zones who want the digest of the week, and have not been asked for yet.
insert into digests (user_id, week_on)
select u.id, z.week_on from notification_choices c
join users u on u.id = c.user_id and u.deleted_at is null and u.suspended_at is null
join unnest($2::text[], $3::date[]) as z (timezone, week_on) on z.timezone = u.timezone
where c.kind = $1 and c.channel = 'email' and c.wanted
    and not exists (select from digests d where d.user_id = u.id and d.week_on = z.week_on)
order by u.id limit $4
on conflict do nothing returning user_id, week_on

-- name: week (user_id, week_on, from_at, to_at, streak_min_s, kind)
-- What a digest tells of, and to whom; nothing for an account that is gone, or wants it no more.
select u.email, u.name, u.username, coalesce(f.seconds, 0)::bigint as seconds,
    coalesce(f.days, 0)::bigint as active_days,
    coalesce((select current from user_streaks s
        where s.user_id = u.id and s.expires_at > now()), 0) as streak,
    array(select b.name from user_badges a join badges b on b.id = a.badge_id
        where a.user_id = u.id and a.awarded_at >= $3 and a.awarded_at < $4
        order by a.awarded_at, b.id limit 20) as badges,
    (select 1 + count(*) from board_scores o join board_scores mine on mine.user_id = u.id
            and mine.measure = 'time' and mine.period = 'week' and mine.starts_on = $2
            and mine.scope = 'global' and mine.scope_id = 0
        where o.measure = 'time' and o.period = 'week' and o.starts_on = $2
            and o.scope = 'global' and o.scope_id = 0 and o.score > mine.score
        having exists (select from board_scores m where m.user_id = u.id and m.measure = 'time'
            and m.period = 'week' and m.starts_on = $2 and m.scope = 'global'
            and m.scope_id = 0)) as rank
from users u
left join lateral (
    select sum(d.seconds) as seconds, count(*) filter (where d.seconds >= $5) as days
    from focus_days d where d.user_id = u.id and d.day >= $2 and d.day < $2 + 7
) f on true
where u.id = $1 and u.deleted_at is null and u.suspended_at is null
    and exists (select from notification_choices c where c.user_id = u.id and c.kind = $6
        and c.channel = 'email' and c.wanted)

-- name: forget (before)
delete from digests where asked_at < $1
