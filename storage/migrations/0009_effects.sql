-- The ways from a fact to what it earns: counting days, then scores, streaks and badges.

-- When a mark was made first, however often it is made anew: nobody waits longer than a moment.
alter table dirty_users add column asked_at timestamptz not null default clock_timestamp();

-- Whose days have been counted anew, and who has done something else that earns: what follows from
-- it is looked at within a second.
create table dirty_earnings (
    user_id bigint primary key references users on delete cascade,
    version bigint not null default 1,
    since timestamptz not null default clock_timestamp()
);
create index dirty_earnings_since_idx on dirty_earnings (since);

-- On which boards somebody's days have changed.
create table dirty_boards (
    user_id bigint not null references users on delete cascade,
    scope text not null,
    scope_id bigint not null,
    primary key (user_id, scope, scope_id)
);

-- The streak that somebody was told of last; `expires_at` is when it ends by itself.
create table user_streaks (
    user_id bigint primary key references users on delete cascade,
    current integer not null,
    longest integer not null,
    freezes smallint not null,
    today date not null,
    today_done boolean not null,
    expires_at timestamptz
);

-- Told to nobody, and in no list: its user does not want its kind, but it has happened.
alter table notifications add column muted boolean not null default false;
