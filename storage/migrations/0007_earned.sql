-- What focus earns. All of it is derived from the entries, but for awards and notifications, which
-- stay once they are made.

-- Focus time (C0: the union of the intervals) of one of a user's own days, and what else of it
-- badges and metrics count: entries that started that day, the longest of them, those begun before
-- 09:00 and after 22:00.
create table focus_days (
    user_id bigint not null references users on delete cascade,
    day date not null,
    seconds integer not null check (seconds >= 0),
    entries integer not null check (entries >= 0),
    longest_seconds integer not null default 0,
    early_entries integer not null default 0,
    late_entries integer not null default 0,
    primary key (user_id, day)
);

-- Focus time within one project.
create table focus_project_days (
    user_id bigint not null references users on delete cascade,
    project_id bigint not null,
    day date not null,
    seconds integer not null check (seconds > 0),
    primary key (user_id, project_id, day)
);

-- What counts on boards: days of the server's BOARD_TIMEZONE from midnight, at most 16 h each [C3].
-- `scope_id` is 0 on the global board.
create table board_days (
    user_id bigint not null references users on delete cascade,
    scope text not null check (scope in ('global', 'project', 'room')),
    scope_id bigint not null,
    day date not null,
    seconds integer not null check (seconds > 0),
    -- the latest end of an entry that counts here
    reached_at timestamptz not null,
    primary key (user_id, scope, scope_id, day)
);

-- The scores of the boards that are on: absolute numbers. Postgres answers from here while Redis
-- has not got them, and Redis is filled from here. Hidden users have none.
create table board_scores (
    user_id bigint not null references users on delete cascade,
    measure text not null check (measure in ('time', 'badges')),
    period text not null check (period in ('day', 'week', 'month', 'all')),
    starts_on date not null,
    scope text not null check (scope in ('global', 'project', 'room')),
    scope_id bigint not null,
    score bigint not null check (score > 0),
    reached_at timestamptz not null,
    primary key (user_id, measure, period, starts_on, scope, scope_id)
);
create index board_scores_ranked on board_scores
    (measure, scope, scope_id, period, starts_on, score desc, reached_at, user_id);

create table badges (
    id bigint generated always as identity primary key,
    key text not null check (key ~ '^[a-z0-9_]{1,60}$'),
    name text not null check (length(name) between 1 and 80),
    description text not null default '' check (length(description) <= 500),
    criteria json not null,
    -- badges of one family are tiers of each other: the highest is shown first
    family text,
    tier text check (tier in ('bronze', 'silver', 'gold')),
    image_url text,
    built_in boolean not null default false,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    -- null while everybody's past has not been looked at
    backfilled_at timestamptz
);
create unique index badges_key on badges (key) where deleted_at is null;

create table user_badges (
    user_id bigint not null references users on delete cascade,
    badge_id bigint not null references badges,
    awarded_at timestamptz not null,
    noted_at timestamptz not null default now(),
    primary key (user_id, badge_id)
);
create index user_badges_badge_id_idx on user_badges (badge_id);
create index user_badges_awarded_at_idx on user_badges (awarded_at);

create table follows (
    follower_id bigint not null references users on delete cascade,
    user_id bigint not null references users on delete cascade,
    at timestamptz not null default now(),
    primary key (follower_id, user_id),
    check (follower_id <> user_id)
);
create index follows_user_id_idx on follows (user_id);

-- In the application exactly once: by the key, which names the fact.
create table notifications (
    user_id bigint not null references users on delete cascade,
    id bigint generated always as identity,
    kind text not null,
    key text not null,
    data json not null,
    at timestamptz not null default now(),
    read_at timestamptz,
    primary key (user_id, id)
);
create unique index notifications_once on notifications (user_id, key);
create index notifications_unread on notifications (user_id, id) where read_at is null;

-- Which kinds somebody wants where; what is not said here is as the kind's default.
create table notification_choices (
    user_id bigint not null references users on delete cascade,
    kind text not null,
    channel text not null check (channel in ('in_app', 'email', 'push')),
    wanted boolean not null,
    primary key (user_id, kind, channel)
);

create table push_subscriptions (
    user_id bigint not null references users on delete cascade,
    id bigint generated always as identity,
    endpoint text not null,
    p256dh text not null,
    auth text not null,
    created_at timestamptz not null default now(),
    failed_at timestamptz,
    primary key (user_id, id)
);
create unique index push_subscriptions_endpoint on push_subscriptions (endpoint);

-- Made once for the whole installation, and never shown: keys for web push and the like.
create table server_keys (
    name text primary key,
    value text not null,
    made_at timestamptz not null default now()
);
