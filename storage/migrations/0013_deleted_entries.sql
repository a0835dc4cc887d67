-- Deleted entries are listed, so that they can be restored after the page was loaded anew, and are
-- removed when nobody can restore them any more.
create index time_entries_deleted_by_start on time_entries (user_id, started_at desc, id desc)
    where deleted_at is not null;
create index time_entries_deleted_at on time_entries (deleted_at) where deleted_at is not null;
