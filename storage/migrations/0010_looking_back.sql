-- Forgotten timers, looking back on what happened, and what others may see of somebody.

-- When somebody last said that an entry which was in doubt is right [T7]: it is asked about anew
-- only so long after.
alter table time_entries add column kept_at timestamptz;

-- The timeline is read by instants, and written with every timer: one index has to do.
alter table timeline drop constraint timeline_pkey;
alter table timeline add primary key (user_id, at, id);

-- V2: whether two belong to one project or one room.
create function shares_with(reader_id bigint, someone_id bigint) returns boolean
language sql stable return
    exists (select from project_members a
        join project_members b on b.project_id = a.project_id and b.user_id = someone_id
        join projects p on p.id = a.project_id and p.deleted_at is null
        where a.user_id = reader_id)
    or exists (select from room_members a
        join room_members b on b.room_id = a.room_id and b.user_id = someone_id
        join rooms r on r.id = a.room_id and r.closed_at is null
        where a.user_id = reader_id);

create function may_read_project(reader_id bigint, wanted_id bigint) returns boolean
language sql stable return
    exists (select from projects p where p.id = wanted_id and p.deleted_at is null
        and (p.visibility = 'public' or exists (select from project_members m
            where m.project_id = p.id and m.user_id = reader_id)));

-- R7: members and the owner, and of a public room anyone; nobody who was sent out.
create function may_read_room(reader_id bigint, wanted_id bigint) returns boolean
language sql stable return
    exists (select from rooms r where r.id = wanted_id and r.closed_at is null
        and (r.visibility = 'public' or r.owner_id = reader_id or exists (
            select from room_members m where m.room_id = r.id and m.user_id = reader_id))
        and not exists (select from room_bans b where b.room_id = r.id and b.user_id = reader_id
            and (b.until_round > r.round or b.until_round = r.round and r.phase is not null)));
