-- name: counts ()
-- The jobs that there are, by kind and state; what waits for later is not counted as waiting.
select entrypoint as kind, status::text as status, count(*) as count from pgqueuer
where status <> 'queued' or execute_after <= now()
group by entrypoint, status

-- name: done (key)
select exists (select from job_effects where key = $1)

-- name: note_done (key)
insert into job_effects (key) values ($1) on conflict do nothing

-- name: forget_effects (before)
delete from job_effects where done_at < $1

-- name: forget_failed (before)
delete from pgqueuer where status = 'failed' and updated < $1

-- name: forget_log (before)
delete from pgqueuer_log where created < $1
