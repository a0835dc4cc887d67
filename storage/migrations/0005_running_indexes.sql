-- One index alone serves "the running entry of this user". While hardly anything runs, the planner
-- takes all partial indexes of running entries for equally good, and with one by start or project
-- it would read everybody's for every command of a batch.
drop index time_entries_running_by_start;
drop index time_entries_running_by_project;
create index time_entries_running_by_project on time_entries (project_id)
    where ended_at is null and deleted_at is null and project_id is not null;
