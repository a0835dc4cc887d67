-- Webhooks: addresses that users have events sent to, and what became of each event.

create table webhooks (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    -- null: what happens to its owner themselves
    project_id bigint references projects on delete cascade,
    channel text collate "C" not null generated always as (
        case when project_id is null
        then 'user:' || user_id::text else 'project:' || project_id::text end
    ) stored,
    url text not null check (length(url) between 1 and 2000),
    events text[] not null check (cardinality(events) between 1 and 100),
    -- encrypted under a key that is not in the database
    secret bytea not null,
    -- the one before, which signs as well until then
    old_secret bytea,
    old_secret_until timestamptz,
    -- up to where the channel's log has been looked through
    seq bigint not null,
    active boolean not null default true,
    created_at timestamptz not null default now(),
    -- since when nothing but failures has come, and how many; null and 0 after a success
    failing_since timestamptz,
    failures integer not null default 0,
    -- an address that fails again and again is left alone until then
    rest_until timestamptz,
    -- when a job is to look for something to send; null: there is nothing
    due_at timestamptz,
    disabled_at timestamptz,
    disabled_reason text
);
create index webhooks_user_id_idx on webhooks (user_id);
create index webhooks_project_id_idx on webhooks (project_id) where project_id is not null;
create index webhooks_due_at_idx on webhooks (due_at) where due_at is not null;

create table webhook_deliveries (
    id bigint generated always as identity primary key,
    webhook_id bigint not null references webhooks on delete cascade,
    event text not null,
    -- null: of no event in the log (a test, a gap)
    seq bigint,
    at timestamptz not null,
    -- null once it is kept no longer, or may not be sent any more
    data json,
    state text not null default 'waiting'
        check (state in ('waiting', 'delivered', 'failed', 'dropped')),
    attempts integer not null default 0,
    -- the latest attempts, the first one first: [{at, status, duration_ms, error}]
    tries jsonb not null default '[]',
    created_at timestamptz not null default clock_timestamp(),
    next_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    -- each event once, however many instances look at the log
    unique (webhook_id, seq)
) with (fillfactor = 80);
create index webhook_deliveries_of_hook on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, next_at, id)
    where state = 'waiting';
create index webhook_deliveries_created_at_brin on webhook_deliveries using brin (created_at);
