-- Confirmed e-mail addresses, links that are sent by mail, API tokens, one-time codes.

-- null: nobody has shown yet that mails to this address reach the account's owner.
alter table users add column email_verified_at timestamptz;

-- Links that were sent by mail. Only hashes of their secrets are kept; what is here counts.
create table mail_links (
    -- of what asked for it, so that a mail that is written twice replaces its own link
    id uuid primary key,
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('reset', 'verify', 'change')),
    -- where it was sent to, and so what it confirms
    email text not null,
    token_hash bytea not null unique,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null
);
create index mail_links_user_id_idx on mail_links (user_id, kind);
create index mail_links_expires_at_idx on mail_links (expires_at);

-- Ids come from the sequence of logins, so that an id that has ended means one or the other.
create table api_tokens (
    id bigint primary key default nextval('logins_id_seq'),
    user_id bigint not null references users on delete cascade,
    token_hash bytea not null unique,
    name text not null check (length(name) between 1 and 80),
    scopes text[] not null check (cardinality(scopes) > 0),
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_tokens_user_id_idx on api_tokens (user_id) where revoked_at is null;
create index api_tokens_revoked_at_idx on api_tokens (revoked_at) where revoked_at is not null;
create index api_tokens_expires_at_idx on api_tokens (expires_at) where expires_at is not null;

-- One-time codes at signing in. The secret is encrypted under a key that is not in the database.
create table totp (
    user_id bigint primary key references users on delete cascade,
    secret bytea not null,
    -- null: shown, and not yet confirmed by a code
    confirmed_at timestamptz,
    -- the last step whose code was accepted: none up to it is accepted again
    last_step bigint not null default 0,
    failures integer not null default 0,
    locked_until timestamptz
);

-- What is kept of recovery codes that have not been used.
create table recovery_codes (
    user_id bigint not null references users on delete cascade,
    code_hash bytea not null,
    primary key (user_id, code_hash)
);

-- A browser is pushed to while the login that subscribed it lives. Older ones have none.
alter table push_subscriptions add column login_id bigint references logins on delete cascade;
create index push_subscriptions_login_id_idx on push_subscriptions (login_id);
