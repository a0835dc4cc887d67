-- People and their logins.

create table users (
    id bigint generated always as identity primary key,
    email text not null check (length(email) between 3 and 254),
    username text not null check (username ~ '^[A-Za-z0-9_.-]{3,32}$'),
    name text not null default '' check (length(name) <= 80),
    -- null: signs in by other means only
    password_hash text,
    role text not null default 'user' check (role in ('user', 'admin')),
    timezone text not null default 'UTC',
    day_starts_at smallint not null default 0 check (day_starts_at between 0 and 6),
    avatar_url text,
    privacy_leaderboards boolean not null default true,
    privacy_profile text not null default 'public'
        check (privacy_profile in ('public', 'members', 'private')),
    privacy_show_activity boolean not null default true,
    privacy_hide_descriptions boolean not null default false,
    -- raised under the row's lock by whatever changes entries or visibility: the guard of the boards
    board_version bigint not null default 0,
    last_seen_at timestamptz,
    created_at timestamptz not null default now(),
    suspended_at timestamptz,
    deleted_at timestamptz
);
-- Unique without case, and without an extension, so that managed servers will do.
create unique index users_email_key on users (lower(email)) where deleted_at is null;
create unique index users_username_key on users (lower(username)) where deleted_at is null;

-- A login is an authenticated device: the family of its refresh tokens.
create table logins (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    user_agent text not null default '',
    address text not null default '',
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);
create index logins_user_id_idx on logins (user_id) where revoked_at is null;
-- Every instance asks again and again which logins ended lately.
create index logins_revoked_at_idx on logins (revoked_at) where revoked_at is not null;

-- Only hashes are kept. A used one stays, because using it again ends the login.
create table refresh_tokens (
    token_hash bytea primary key,
    login_id bigint not null references logins on delete cascade,
    issued_at timestamptz not null default now(),
    used_at timestamptz
);
create index refresh_tokens_login_id_idx on refresh_tokens (login_id);
