-- name: insert (owner_id, name, description, visibility, color)
with made as (
    insert into projects (owner_id, name, description, visibility, color)
    values ($1, $2, $3, $4, $5) returning id, owner_id
)
insert into project_members (project_id, user_id, role)
select id, owner_id, 'owner' from made returning project_id

-- name: access (project_id, user_id)
select p.id, p.visibility = 'public' as public, p.archived_at is not null as archived, m.role
from projects p left join project_members m on m.project_id = p.id and m.user_id = $2
where p.id = $1 and p.deleted_at is null

-- name: lock (project_id)
-- After the users' locks, before any channel's head.
select id from projects where id = $1 and deleted_at is null for no key update

-- name: read (project_id, user_id)
select p.id, p.name, p.description, p.visibility, p.color, p.owner_id, m.role, p.archived_at,
    p.created_at
from projects p left join project_members m on m.project_id = p.id and m.user_id = $2
where p.id = $1 and p.deleted_at is null

-- name: list (user_id, archived, after_id, limit)
-- The projects somebody belongs to, in the order they were made.
select p.id, p.name, p.description, p.visibility, p.color, p.owner_id, m.role, p.archived_at,
    p.created_at
from project_members m join projects p on p.id = m.project_id and p.deleted_at is null
where m.user_id = $1 and ($2::boolean is null or (p.archived_at is not null) = $2) and p.id > $3
order by p.id limit $4

-- name: members (project_ids)
select m.project_id, m.user_id, u.username, m.role, u.avatar_url
from project_members m join users u on u.id = m.user_id
where m.project_id = any($1::bigint[])
order by m.project_id, m.joined_at, m.user_id

-- name: update (project_id, name, description, color, visibility)
-- Null leaves a field as it is.
update projects set name = coalesce($2, name), description = coalesce($3, description),
    color = coalesce($4, color), visibility = coalesce($5, visibility)
where id = $1

-- name: archive (project_id, archived)
update projects set archived_at = case when $2 then coalesce(archived_at, now()) end where id = $1

-- name: mark_deleted (project_id)
update projects set deleted_at = now() where id = $1

-- name: member (project_id, user_id)
select m.user_id, u.username, m.role, u.avatar_url from project_members m join users u on u.id = m.user_id
where m.project_id = $1 and m.user_id = $2

-- name: add_member (project_id, user_id, role)
insert into project_members (project_id, user_id, role) values ($1, $2, $3)
on conflict (project_id, user_id) do nothing returning user_id

-- name: set_role (project_id, user_id, role)
update project_members set role = $3 where project_id = $1 and user_id = $2

-- name: set_owner (project_id, user_id)
update projects set owner_id = $2 where id = $1

-- name: remove_member (project_id, user_id)
delete from project_members where project_id = $1 and user_id = $2

-- name: insert_invite (code_hash, project_id, role, created_by, expires_at, max_uses)
insert into project_invites (code_hash, project_id, role, created_by, expires_at, max_uses)
values ($1, $2, $3, $4, $5, $6)

-- name: invite (code_hash)
select i.project_id, i.role, i.expires_at <= now() as expired,
    i.max_uses is not null and i.uses >= i.max_uses as used_up
from project_invites i join projects p on p.id = i.project_id and p.deleted_at is null
where i.code_hash = $1

-- name: use_invite (code_hash)
update project_invites set uses = uses + 1 where code_hash = $1

-- name: to_detach (limit)
select id from projects where deleted_at is not null and detached_at is null order by id limit $1

-- name: detached (project_id)
update projects set detached_at = now() where id = $1

-- name: project_ids_of (user_id)
-- The projects on whose channels a running timer of the user is to be seen.
select project_id, id from time_entries
where user_id = $1 and ended_at is null and deleted_at is null and project_id is not null

-- name: memberships (user_id)
select m.project_id, m.role from project_members m
join projects p on p.id = m.project_id and p.deleted_at is null
where m.user_id = $1 order by m.project_id

-- name: joined_by (user_id)
select project_id from project_members where user_id = $1
