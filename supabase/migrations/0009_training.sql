-- Training jobs and the machines they run on. A start is fenced by a token that rises with every start.

create function plan_training(
  p_competition_id uuid, p_version integer, p_jobs jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  ids jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'training' then return null; end if;
  insert into training_jobs (competition_id, round, approach_id, code_id, purpose, seed, fold_assignment, object_prefix)
  select c.id, c.round, g.approach_id, g.id, j ->> 'purpose', (j ->> 'seed')::integer,
         (j ->> 'foldAssignment')::integer, j ->> 'objectPrefix'
  from jsonb_array_elements(p_jobs) j
  join generated_code g on g.id = (j ->> 'codeId')::uuid and g.competition_id = c.id
  on conflict (code_id, purpose, seed, fold_assignment) do update
    set status = case when training_jobs.status = 'cancelled' then 'planned' else training_jobs.status end,
        -- what was cancelled by a pause begins again, with all its starts; the token goes on rising
        starts = case when training_jobs.status = 'cancelled' then 0 else training_jobs.starts end,
        ended_at = case when training_jobs.status = 'cancelled' then null else training_jobs.ended_at end,
        error = case when training_jobs.status = 'cancelled' then null else training_jobs.error end,
        round = excluded.round;
  select coalesce(jsonb_agg(id order by created_at, id), '[]') into ids from training_jobs
  where competition_id = c.id and round = c.round and status in ('planned', 'running');
  perform announce_items('training_planned', c, ids, p_actor);
  return ids;
end $$;

create function get_training_job(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(t) || jsonb_build_object('approach', to_jsonb(a), 'code', to_jsonb(g))
  from training_jobs t join approaches a on a.id = t.approach_id join generated_code g on g.id = t.code_id
  where t.id = p_id;
$$;

create function list_training_jobs(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object('approach', to_jsonb(a)) order by t.created_at, a.rank, t.id), '[]')
  from training_jobs t join approaches a on a.id = t.approach_id where t.competition_id = p_competition_id;
$$;

-- Takes the next token and writes the intent to start a machine, with its worst-case cost reserved.
-- {outcome: opened, session, token} | {outcome: refused, cap} | {outcome: exhausted} | null (not startable)
create function open_gpu_session(
  p_job_id uuid, p_provider text, p_offer jsonb, p_micro_usd bigint, p_micro_usd_per_hour bigint, p_max_starts integer
) returns jsonb language plpgsql set search_path = public as $$
declare
  job training_jobs;
  session gpu_sessions;
  grant_answer jsonb;
  session_key text;
begin
  select * into job from training_jobs where id = p_job_id for update;
  if not found or job.status not in ('planned', 'running') then return null; end if;
  if job.starts >= p_max_starts then return jsonb_build_object('outcome', 'exhausted'); end if;
  select 'ka-' || left(replace(i.id::text, '-', ''), 8) || '-gpu-' || replace(job.id::text, '-', '') || '-' || (job.token + 1)
    into session_key from installation i;
  grant_answer := reserve_spend(session_key, 'gpu', job.competition_id, p_micro_usd, p_micro_usd_per_hour);
  if not (grant_answer ->> 'granted')::boolean then
    return jsonb_build_object('outcome', 'refused') || grant_answer;
  end if;
  update training_jobs set token = token + 1, starts = starts + 1, status = 'running',
    started_at = coalesce(started_at, clock_timestamp()), progress = null
  where id = p_job_id returning * into job;
  insert into gpu_sessions (key, job_id, token, provider, offer)
  values (session_key, p_job_id, job.token, p_provider, p_offer) returning * into session;
  return jsonb_build_object('outcome', 'opened', 'session', to_jsonb(session), 'token', job.token);
end $$;

create function mark_gpu_session_running(p_key text, p_instance_id text) returns jsonb
language sql set search_path = public as $$
  update gpu_sessions set status = 'running', instance_id = p_instance_id
  where key = p_key and status = 'planned' returning to_jsonb(gpu_sessions);
$$;

-- Closed only after the vendor confirmed that the machine is gone; the real cost is settled with it.
create function close_gpu_session(p_key text, p_micro_usd bigint) returns jsonb
language plpgsql set search_path = public as $$
declare
  closed gpu_sessions;
begin
  update gpu_sessions set status = 'closed', closed_at = clock_timestamp()
  where key = p_key and status <> 'closed' returning * into closed;
  perform settle_spend(p_key, p_micro_usd);
  if closed.id is null then return null; end if;
  return to_jsonb(closed);
end $$;

create function list_open_gpu_sessions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) || jsonb_build_object(
    'job_status', t.status, 'job_token', t.token, 'competition_id', t.competition_id) order by s.created_at), '[]')
  from gpu_sessions s join training_jobs t on t.id = s.job_id where s.status <> 'closed';
$$;

-- null: a newer start has taken over.
create function report_training_progress(p_id uuid, p_token integer, p_progress jsonb) returns jsonb
language sql set search_path = public as $$
  update training_jobs set progress = p_progress where id = p_id and token = p_token and status = 'running'
  returning to_jsonb(training_jobs);
$$;

create function end_training_job(
  p_id uuid, p_token integer, p_status text, p_result jsonb, p_scores jsonb, p_error text
) returns jsonb language plpgsql set search_path = public as $$
declare
  ended training_jobs;
begin
  update training_jobs set status = p_status, result = p_result, scores = p_scores, error = p_error,
    ended_at = clock_timestamp()
  where id = p_id and token = p_token and status in ('planned', 'running') returning * into ended;
  if not found then return null; end if;
  if ended.purpose = 'search' then
    -- one search run that succeeded is enough; a later failure beside it takes nothing away
    update approaches set status = case when p_status = 'succeeded' then 'trained' else 'failed' end, error = p_error
    where id = ended.approach_id and p_status <> 'cancelled' and (p_status = 'succeeded' or status <> 'trained');
  end if;
  return to_jsonb(ended);
end $$;

-- The provider surely started nothing (no room): the start does not count, the job waits for its turn.
create function cancel_gpu_session(p_key text) returns jsonb
language plpgsql set search_path = public as $$
declare
  cancelled gpu_sessions;
begin
  update gpu_sessions set status = 'closed', closed_at = clock_timestamp()
  where key = p_key and status = 'planned' returning * into cancelled;
  if not found then return null; end if;
  perform settle_spend(p_key, 0);
  update training_jobs set starts = starts - 1,
    status = case when status = 'running' then 'planned' else status end
  where id = cancelled.job_id and token = cancelled.token;
  return to_jsonb(cancelled);
end $$;

-- A paused or stopped competition's jobs; their machines are released by whoever sees the status. The token
-- rises, so that a machine that was not released in time cannot end the job that begins again later.
create function cancel_training(p_competition_id uuid) returns jsonb language sql set search_path = public as $$
  with cancelled as (
    update training_jobs set status = 'cancelled', token = token + 1, ended_at = clock_timestamp()
    where competition_id = p_competition_id and status in ('planned', 'running') returning id
  )
  select coalesce(jsonb_agg(id), '[]') from cancelled;
$$;
