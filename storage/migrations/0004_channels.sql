-- The log that live clients follow. Postgres is the log; Redis only hurries it along.

-- `floor`: events up to it are served no more (something in them was hidden or deleted).
create table channels (
    channel text collate "C" primary key,
    seq bigint not null default 0,
    floor bigint not null default 0,
    check (floor <= seq)
) with (fillfactor = 70);

create table channel_events (
    channel text collate "C" not null,
    seq bigint not null,
    at timestamptz not null,
    type text not null,
    data json not null,
    primary key (channel, seq, at)
) partition by range (at);

-- One row. The epoch is made anew when the database beside it is not the one it was made in.
create table channel_epoch (
    the_only boolean primary key default true check (the_only),
    epoch text not null,
    system_identifier text not null,
    timeline integer not null,
    database_oid bigint not null
);
