-- Signing in by OpenID Connect, what administrators do, and how accounts and old rows end.

-- Who somebody is at an OpenID provider. `subject` is the provider's own name for them, and is never
-- given to anybody else, as an e-mail may be.
create table identities (
    issuer text not null check (length(issuer) <= 500),
    subject text not null check (length(subject) between 1 and 255),
    user_id bigint not null references users on delete cascade,
    linked_at timestamptz not null default now(),
    used_at timestamptz,
    primary key (issuer, subject)
);
create unique index identities_one_each on identities (user_id, issuer);

-- Why somebody is suspended, in the words of whoever did it.
alter table users add column suspended_reason text check (length(suspended_reason) <= 500);

-- What administrators did, by ids only: names are looked up, and so are gone with their accounts.
create table admin_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    admin_id bigint not null references users,
    action text not null check (action in ('suspend', 'restore', 'role', 'delete')),
    user_id bigint not null references users,
    detail text not null default '' check (length(detail) <= 500)
);
create index admin_log_user_id_idx on admin_log (user_id);

-- Accounts that are deleted, whose traces are still being removed. The old names are what is looked
-- for, and go last.
create table erasures (
    user_id bigint primary key references users,
    username text not null,
    -- how far it has come
    stage text not null default 'rows' check (stage in ('rows', 'channels', 'users')),
    position text collate "C" not null default '',
    asked_at timestamptz not null default clock_timestamp()
);

-- For finding what is old in tables that are written in the order of time: small, and cheap to write.
create index timeline_at_brin on timeline using brin (at);
create index notifications_at_brin on notifications using brin (at);
create index room_presence_to_at_brin on room_presence using brin (to_at);
create index refresh_tokens_used_at_idx on refresh_tokens (used_at) where used_at is not null;
create index project_invites_expires_at_idx on project_invites (expires_at);
create index room_rounds_ended_at_idx on room_rounds (ended_at) where ended_at is not null;
