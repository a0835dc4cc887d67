-- Moving in and out: what was imported, and calendars that others subscribe to.

create table imports (
    user_id bigint not null references users on delete cascade,
    id bigint generated always as identity,
    format text not null,
    state text not null default 'running' check (state in ('running', 'done', 'broken', 'undone')),
    total integer not null,
    created integer not null default 0,
    skipped integer not null default 0,
    refused integer not null default 0,
    seconds bigint not null default 0,
    -- between which instants its entries lie
    from_at timestamptz,
    to_at timestamptz,
    started_at timestamptz not null default clock_timestamp(),
    -- when it was last heard of: one that fell silent has died with its process
    beat_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    primary key (user_id, id)
);
-- A user imports one file at a time.
create unique index imports_one_running on imports (user_id) where state = 'running';

-- By which a line that comes again is known: also when its entry was edited or deleted since.
create table imported_entries (
    user_id bigint not null references users on delete cascade,
    key bytea not null,
    import_id bigint not null,
    entry_id bigint not null,
    primary key (user_id, key)
);
create index imported_entries_of_import on imported_entries (user_id, import_id);

-- Only the hash of a calendar's secret link is kept.
create table calendars (
    user_id bigint primary key references users on delete cascade,
    secret_hash bytea not null unique,
    -- null: as the user's privacy says
    descriptions boolean,
    created_at timestamptz not null default now(),
    last_read_at timestamptz
);

-- When an entry was last changed, for calendars, which show it. The table notes it itself, so that
-- no writer can forget to.
alter table time_entries add column changed_at timestamptz;
create function note_entry_change() returns trigger language plpgsql as $$
begin
    new.changed_at := clock_timestamp();
    return new;
end $$;
create trigger time_entries_changed before update on time_entries
    for each row execute function note_entry_change();
