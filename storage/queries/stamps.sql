-- name: person (user_id)
-- What tells one state of somebody's numbers from another: the head of their own channel, which every
-- transaction raises that changes what is theirs; the rounds in their rooms, which are told elsewhere;
-- the catalogue of badges. And whether their days, and what they earn by them, are counted as yet:
-- not so while an import goes on, of which they are told all at once at its end.
select coalesce((select seq from channels where channel = 'user:' || $1::bigint), 0) as seq,
    (select count(*) || ':' || coalesce(sum(round), 0) from rooms
        where owner_id = $1 and closed_at is null) as rounds,
    (select coalesce(md5(string_agg(b::text, ',' order by b.id)), '') from badges b) as catalogue,
    not exists (select from dirty_users where user_id = $1)
        and not exists (select from imports where user_id = $1 and state = 'running') as counted,
    not exists (select from dirty_earnings where user_id = $1) as earned

-- name: project (project_id, user_id)
-- The right of a reader, and the head of the project's channel: every change of what it is and who
-- belongs to it raises that.
select p.visibility = 'public' as public, p.archived_at is not null as archived, m.role,
    coalesce((select seq from channels where channel = 'project:' || $1::bigint), 0) as seq
from projects p left join project_members m on m.project_id = p.id and m.user_id = $2
where p.id = $1 and p.deleted_at is null
