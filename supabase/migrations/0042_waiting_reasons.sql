-- Why a run has no machine yet is kept as facts, for people of any language; and since when it waits for one, whatever it
-- waits for meanwhile.

-- Each is noted anew at the next look at its run.
update training_jobs set waiting = null where waiting is not null;

drop function note_waiting_run(uuid, text, text, text);

-- Why a job has no machine yet: {wants, code, reason, since, at}; null: it waits for nothing. One that was paused meanwhile
-- waits anew.
create function note_waiting_run(p_job_id uuid, p_wants text, p_code text, p_reason jsonb) returns jsonb
language sql set search_path = public as $$
  update training_jobs set waiting = jsonb_build_object(
    'wants', p_wants, 'code', p_code, 'reason', p_reason, 'at', clock_timestamp(),
    'since', case when (waiting ->> 'at')::timestamptz > clock_timestamp() - interval '1 hour' then waiting -> 'since'
                  else to_jsonb(clock_timestamp()) end)
  where id = p_job_id and status in ('planned', 'running')
    and not exists (select from gpu_sessions g where g.job_id = p_job_id and g.status <> 'closed')
  returning waiting;
$$;
