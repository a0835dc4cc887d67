-- Projects, who belongs to them, and how one is invited.

create table projects (
    id bigint generated always as identity primary key,
    owner_id bigint not null references users,
    name text not null check (length(name) between 1 and 80),
    description text not null default '' check (length(description) <= 2000),
    visibility text not null default 'private' check (visibility in ('private', 'public')),
    color text not null check (color ~ '^#[0-9a-f]{6}$'),
    created_at timestamptz not null default now(),
    archived_at timestamptz,
    -- Deleting only marks; a job detaches the entries, then sets detached_at.
    deleted_at timestamptz,
    detached_at timestamptz
);
create index projects_to_detach_idx on projects (id)
    where deleted_at is not null and detached_at is null;

create table project_members (
    project_id bigint not null references projects on delete cascade,
    user_id bigint not null references users on delete cascade,
    role text not null check (role in ('owner', 'admin', 'contributor', 'viewer')),
    joined_at timestamptz not null default now(),
    primary key (project_id, user_id)
);
create index project_members_user_id_idx on project_members (user_id);
create unique index project_members_one_owner on project_members (project_id)
    where role = 'owner';

create table project_invites (
    code_hash bytea primary key,
    project_id bigint not null references projects on delete cascade,
    role text not null check (role in ('admin', 'contributor', 'viewer')),
    created_by bigint not null references users on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    max_uses integer check (max_uses >= 1),
    uses integer not null default 0,
    constraint project_invites_used_up check (max_uses is null or uses <= max_uses)
);
create index project_invites_project_id_idx on project_invites (project_id);
