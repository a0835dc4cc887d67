-- The peer's tables: what equal work needs, with the same rule of one running entry.
create table users (id bigint primary key, username text not null);
create table projects (id bigint primary key, name text not null);
create table project_members (
    project_id bigint not null references projects, user_id bigint not null references users,
    role text not null, primary key (project_id, user_id));
create table time_entries (
    id bigint generated always as identity primary key,
    user_id bigint not null references users, project_id bigint references projects,
    description text not null default '', tags text[] not null default '{}',
    started_at timestamptz not null, ended_at timestamptz, version integer not null default 1);
create unique index on time_entries (user_id) where ended_at is null;
create index on time_entries (user_id, started_at desc);
create table command_results (
    user_id bigint not null, command_id uuid not null, result jsonb not null,
    at timestamptz not null default now(), primary key (user_id, command_id));
create table timeline (
    id bigint generated always as identity primary key, user_id bigint not null,
    event_type text not null, event_data jsonb not null, at timestamptz not null default now());
create index on timeline (user_id, id desc);
