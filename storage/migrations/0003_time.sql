-- Time entries, and what is derived from or written with them. All keys lead with user_id.

create sequence time_entry_ids as bigint;

create table time_entries (
    user_id bigint not null references users on delete cascade,
    id bigint not null default nextval('time_entry_ids'),
    project_id bigint references projects,
    room_id bigint,
    description text not null default '' check (length(description) <= 500),
    tags text[] not null default '{}' check (cardinality(tags) <= 10),
    started_at timestamptz not null check (started_at >= '1999-12-31' and started_at < '2100-01-02'),
    ended_at timestamptz,
    ended_by text check (ended_by in ('stop', 'switch', 'edit', 'discard', 'limit', 'log')),
    deleted_at timestamptz,
    source text not null check (source in ('timer', 'manual', 'room', 'import')),
    claimed boolean not null default false,
    doubtful_from timestamptz,
    timezone text not null,
    day_starts_at smallint not null check (day_starts_at between 0 and 6),
    version integer not null default 1,
    created_at timestamptz not null default now(),
    primary key (user_id, id),
    constraint time_entries_no_negative_time check (ended_at >= started_at),
    constraint time_entries_at_most_31_days check (ended_at <= started_at + interval '31 days'),
    constraint time_entries_end_has_a_reason check ((ended_at is null) = (ended_by is null)),
    constraint time_entries_deleted_is_closed check (deleted_at is null or ended_at is not null)
);
-- T1: at most one running entry per user. Not a check before an insert: this.
create unique index time_entries_one_running on time_entries (user_id)
    where ended_at is null and deleted_at is null;
create index time_entries_by_start on time_entries (user_id, started_at desc, id desc)
    where deleted_at is null;
create index time_entries_running_by_project on time_entries (project_id)
    where ended_at is null and deleted_at is null;
create index time_entries_running_by_start on time_entries (started_at)
    where ended_at is null and deleted_at is null;
create index time_entries_by_project on time_entries (project_id, user_id)
    where project_id is not null;

-- The tags somebody has used, for completion.
create table tags (
    user_id bigint not null references users on delete cascade,
    name text not null check (length(name) between 1 and 40),
    used_at timestamptz not null default now(),
    primary key (user_id, name)
);

-- T5: what an accepted command answered. No foreign key: the writer holds the user's row.
create table command_results (
    user_id bigint not null,
    command_id uuid not null,
    fingerprint bytea not null,
    result json not null,
    at timestamptz not null default now(),
    primary key (user_id, command_id)
);
create index command_results_at_idx on command_results (at);

-- Whose derived numbers must be made again, and for which days; worked off within a second.
create table dirty_users (
    user_id bigint primary key,
    version bigint not null default 1,
    since timestamptz not null default clock_timestamp(),
    from_on date not null,
    to_on date not null,
    check (from_on <= to_on)
);

-- Tracked time (C0) per user, project and day, in the entries' own days. Derived.
create table tracked_days (
    user_id bigint not null references users on delete cascade,
    day date not null,
    project_id bigint,
    seconds bigint not null check (seconds > 0),
    constraint tracked_days_key unique nulls not distinct (user_id, day, project_id)
);

-- What happened, for people to look back on. No foreign key: the writer holds the user's row.
create table timeline (
    user_id bigint not null,
    id bigint generated always as identity,
    event_type text not null,
    event_data json not null,
    project_id bigint,
    at timestamptz not null default now(),
    primary key (user_id, id)
);
