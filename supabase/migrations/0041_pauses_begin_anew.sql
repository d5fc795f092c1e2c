-- What a pause cancelled begins again with all its starts, and with all its patience for machines that do not come up.

-- A paused or stopped competition's jobs; their machines are released by whoever sees the status. The token
-- rises, so that a machine that was not released in time cannot end the job that begins again later.
create or replace function cancel_training(p_competition_id uuid) returns jsonb language sql set search_path = public as $$
  with cancelled as (
    update training_jobs set status = 'cancelled', token = token + 1, misstarts = 0, ended_at = clock_timestamp()
    where competition_id = p_competition_id and status in ('planned', 'running') returning id
  )
  select coalesce(jsonb_agg(id), '[]') from cancelled;
$$;
