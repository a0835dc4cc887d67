-- Focus rooms: their shared timer, who belongs to them, and the two logs that credit comes from.

create table rooms (
    id bigint generated always as identity primary key,
    -- ends in 64 random bits: whoever knows it was given it
    slug text collate "C" not null unique check (length(slug) between 12 and 80),
    name text not null check (length(name) between 1 and 80),
    owner_id bigint not null references users,
    host_id bigint not null references users,
    project_id bigint references projects,
    visibility text not null default 'link' check (visibility in ('public', 'link', 'project')),
    -- settings
    work_s integer not null check (work_s between 1 and 86400),
    short_break_s integer not null check (short_break_s between 1 and 86400),
    long_break_s integer not null check (long_break_s between 1 and 86400),
    cycles smallint not null check (cycles between 1 and 100),
    auto_start_breaks boolean not null,
    auto_start_work boolean not null,
    capacity smallint not null check (capacity between 1 and 1000),
    chat text not null check (chat in ('always', 'breaks', 'off')),
    -- the timer: a function of the last transition, the settings and now
    state text not null default 'idle' check (state in ('idle', 'running', 'paused')),
    phase text check (phase in ('work', 'short_break', 'long_break')),
    cycle smallint not null default 0,
    -- when the phase began; when it began to run for the last time; how long it ran before that
    phase_started_at timestamptz,
    running_since timestamptz,
    spent interval not null default '0',
    ends_at timestamptz,
    remaining interval,
    idle_since timestamptz not null default now(),
    -- the number of the last round, which is under way while there is a phase
    round integer not null default 0,
    -- raised by transitions, settings, host, roles and kicks
    version integer not null default 1,
    member_count integer not null default 0,
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    constraint rooms_timer_is_whole check (case state
        when 'running' then phase is not null and phase_started_at is not null
            and running_since is not null and ends_at is not null and remaining is null
        when 'paused' then phase is not null and phase_started_at is not null
            and remaining is not null and running_since is null and ends_at is null
        else phase_started_at is null and running_since is null and ends_at is null
            and remaining is null end),
    constraint rooms_of_a_project check (visibility <> 'project' or project_id is not null
        or closed_at is not null)
);
create index rooms_to_end_idx on rooms (ends_at) where state = 'running' and closed_at is null;
create index rooms_in_a_round_idx on rooms (idle_since)
    where state = 'idle' and phase is not null and closed_at is null;
create index rooms_public_idx on rooms (id) where visibility = 'public' and closed_at is null;
create index rooms_project_id_idx on rooms (project_id) where project_id is not null;
create index rooms_owner_id_idx on rooms (owner_id) where closed_at is null;

create table room_members (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    role text not null default 'member' check (role in ('cohost', 'member')),
    joined_at timestamptz not null default clock_timestamp(),
    primary key (room_id, user_id)
);
create index room_members_user_id_idx on room_members (user_id);

-- Kicked: not let in before the round of this number has ended.
create table room_bans (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    until_round integer not null,
    primary key (room_id, user_id)
);

-- A round: one started-to-stopped run of a room's timer.
create table room_rounds (
    room_id bigint not null references rooms on delete cascade,
    round integer not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    primary key (room_id, round)
);

-- What each member meant to do in a round, and how it went. A round may not have begun yet.
create table room_intentions (
    room_id bigint not null references rooms on delete cascade,
    round integer not null,
    user_id bigint not null references users on delete cascade,
    intention text not null default '' check (length(intention) <= 200),
    outcome text check (outcome in ('done', 'partly', 'not')),
    primary key (room_id, round, user_id)
);

-- The room's log of phases: each stretch of time in which one ran, written when it ends. What runs
-- now stands in `rooms`. A pause makes two stretches of one phase.
create table room_stretches (
    room_id bigint not null references rooms on delete cascade,
    from_at timestamptz not null,
    to_at timestamptz not null check (to_at >= from_at),
    round integer not null,
    phase text not null check (phase in ('work', 'short_break', 'long_break')),
    cycle smallint not null,
    phase_started_at timestamptz not null,
    -- null while a member's credit for it is not yet settled
    credited_at timestamptz,
    constraint room_stretches_key primary key (room_id, from_at, phase_started_at, cycle, phase)
);
create index room_stretches_to_credit_idx on room_stretches (to_at)
    where phase = 'work' and credited_at is null;
create index room_stretches_round_idx on room_stretches (room_id, round);

-- The log of presence: from joining to leaving, per instance. `gone_at` is when an end by a crash
-- was noticed; null for an end that the member made.
create table room_presence (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    instance uuid not null,
    from_at timestamptz not null,
    to_at timestamptz check (to_at >= from_at),
    gone_at timestamptz
);
create unique index room_presence_one_open on room_presence (room_id, user_id, instance)
    where to_at is null;
create index room_presence_by_instance on room_presence (instance) where to_at is null;
create index room_presence_by_room on room_presence (room_id, to_at);
create index room_presence_by_user on room_presence (room_id, user_id, coalesce(gone_at, to_at));

-- Each instance that serves, and when it was last heard of.
create table instances (
    id uuid primary key,
    started_at timestamptz not null default clock_timestamp(),
    beat_at timestamptz not null default clock_timestamp()
);

-- What was credited already: once per stretch, member and beginning. The entry may be edited or
-- deleted by its owner afterwards.
create table room_credits (
    room_id bigint not null references rooms on delete cascade,
    phase_started_at timestamptz not null,
    user_id bigint not null references users on delete cascade,
    from_at timestamptz not null,
    to_at timestamptz not null,
    round integer not null,
    entry_id bigint,
    primary key (room_id, phase_started_at, user_id, from_at)
);
create index room_credits_user_id_idx on room_credits (user_id);
create index room_credits_round_idx on room_credits (room_id, round);

-- What was said, for those who come later; kept for a day.
create table room_messages (
    room_id bigint not null references rooms on delete cascade,
    id bigint generated always as identity,
    user_id bigint not null references users on delete cascade,
    text text not null check (length(text) between 1 and 500),
    at timestamptz not null,
    primary key (room_id, id)
);
create index room_messages_at_idx on room_messages (at);

alter table time_entries add constraint time_entries_room_id_fkey
    foreign key (room_id) references rooms not valid;
create index time_entries_by_room on time_entries (room_id, user_id) where room_id is not null;

-- What a room credits ends with the phase, or with the member's stay. What is there satisfies the
-- narrower check that this one replaces, so nobody has to look.
alter table time_entries drop constraint time_entries_ended_by_check;
alter table time_entries add constraint time_entries_ended_by_check
    check (ended_by in ('stop', 'switch', 'edit', 'discard', 'limit', 'log', 'room')) not valid;
