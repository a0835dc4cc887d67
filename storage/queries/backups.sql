-- name: export_snapshot ()
-- The name under which pg_dump sees exactly what this transaction sees.
select pg_export_snapshot()

-- name: server ()
-- Which server this is, the schema that its tables are in, and about how large it all is.
select current_setting('server_version_num')::integer / 10000 as major,
    current_setting('server_version') as version, current_schema() as schema,
    pg_database_size(current_database()) as bytes

-- name: tables (schema)
-- The tables of a schema, each with its name as SQL writes it; a partition counts as its parent's.
select c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname

-- name: migrations ()
select version, name, checksum from schema_migrations order by version

-- name: has_accounts ()
select exists (select from users) as any

-- name: visitors ()
-- How many sessions of running instances there are. Those that a pooler keeps open after its
-- clients have gone are idle; an instance asks something every few seconds.
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'focushub' and pid <> pg_backend_pid()
    and (state <> 'idle' or state_change > clock_timestamp() - interval '20 seconds')

-- name: clear_schema ()
-- Remove all that is in the current schema, except for what belongs to an extension. What hangs on
-- something else (a partition, the sequence of a column) goes with it.
do $$
declare
    statements text;
begin
    select string_agg(format('drop %s if exists %I.%I cascade', case c.relkind when 'v' then 'view'
        when 'm' then 'materialized view' when 'S' then 'sequence' when 'c' then 'type'
        when 'f' then 'foreign table' else 'table' end, current_schema(), c.relname), '; ')
    into statements
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace
        and c.relkind in ('r', 'p', 'v', 'm', 'S', 'c', 'f')
        and not exists (
            -- A partitioned table hangs on its own columns, too.
            select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                and d.deptype in ('e', 'i', 'a') and d.refobjid <> c.oid);
    execute coalesce(statements, '');
    select string_agg(format('drop routine if exists %s cascade', p.oid::regprocedure), '; ')
    into statements
    from pg_proc p
    where p.pronamespace = current_schema()::regnamespace
        and not exists (
            select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                and d.deptype = 'e');
    execute coalesce(statements, '');
    select string_agg(format('drop type if exists %s cascade', t.oid::regtype), '; ')
    into statements
    from pg_type t
    where t.typnamespace = current_schema()::regnamespace and t.typtype in ('e', 'd')
        and not exists (
            select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid
                and d.deptype = 'e');
    execute coalesce(statements, '');
end $$

-- name: lacks_schema (schema)
select to_regnamespace(quote_ident($1)) is null

-- name: forget_epoch ()
-- The next instance that starts makes the name of the log anew.
delete from channel_epoch

-- name: analyze ()
-- What was loaded has no statistics yet, and the first plans would be made without.
analyze

-- name: note_backup ()
-- A backup has just been made. The clock is the one that instances compare it with.
insert into last_backup (made_at) values (now())
on conflict (the_only) do update set made_at = excluded.made_at

-- name: last_backup ()
select made_at from last_backup
