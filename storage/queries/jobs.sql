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

-- name: end_lost (heartbeat, pauses)
-- Attempts whose process has given no sign of life for so long count as failed ones. A job waits
-- for the pause that stands in its place, or, when there is none left, is a dead letter.
update pgqueuer j
set status = case when lost.pause is null then 'failed' else 'queued' end::pgqueuer_status,
    execute_after = now() + coalesce(lost.pause, '0'),
    attempts = j.attempts + 1,
    updated = now(),
    queue_manager_id = null,
    slot = null
from (
    select id, ($2::interval[])[attempts + 1] as pause from pgqueuer
    where status = 'picked' and heartbeat < now() - $1::interval
    order by id for update skip locked
) lost
where j.id = lost.id
returning j.id, j.entrypoint as kind, j.attempts, lost.pause
