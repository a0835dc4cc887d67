-- When a backup was last made, for whoever watches: no row before the first.
create table last_backup (
    the_only boolean primary key default true check (the_only),
    made_at timestamptz not null
);
