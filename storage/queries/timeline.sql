-- name: add (user_id, event_type, event_data, project_id)
insert into timeline (user_id, event_type, event_data, project_id) values ($1, $2, $3, $4)
returning user_id, (select username from users where id = $1) as username, id, event_type,
    event_data, at

-- name: page (reader_id, as_admin, user_ids, before_at, before_id, limit)
-- What happened to these users, the latest first, from a position on: of others what the reader may
-- see [V2]. Of a timer its entry as it is now, so nothing of one that was deleted; of others only
-- where its project may be read.
select p.id as user_id, p.username, t.id, t.event_type, t.event_data, t.at, t.entry_id,
    t.project_id, t.project_name, t.description
from (
    select u.id, u.username, u.privacy_show_activity as shown,
        u.privacy_hide_descriptions as discreet, u.id = $1 as own
    from users u
    where u.id = any($3::bigint[]) and u.deleted_at is null and u.suspended_at is null
        and (u.id = $1 or $2::boolean or u.privacy_profile = 'public'
            or u.privacy_profile = 'members' and shares_with($1, u.id))
) p
cross join lateral (
    select i.id, i.event_type, i.event_data, i.at, e.id as entry_id, j.id as project_id,
        j.name as project_name,
        case when p.own or not p.discreet then e.description else '' end as description
    from timeline i
    left join time_entries e on i.event_type in ('timer_started', 'timer_stopped')
        and e.user_id = i.user_id and e.id = (i.event_data->>'entry_id')::bigint
        and e.deleted_at is null
    left join projects j on j.id = e.project_id and j.deleted_at is null
    where i.user_id = p.id
        and ($4::timestamptz is null or (i.at, i.id) < ($4, $5::bigint))
        and case
            when i.event_type in ('timer_started', 'timer_stopped') then e.id is not null
                and (p.own or p.shown and may_read_project($1, j.id))
            when p.own then true
            when i.event_type = 'room_joined'
                then may_read_room($1, (i.event_data->>'room_id')::bigint)
            else i.project_id is null or may_read_project($1, i.project_id) end
    order by i.at desc, i.id desc limit $6
) t
order by t.at desc, t.id desc limit $6
