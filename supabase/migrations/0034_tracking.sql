-- What runs report while they train, how far it was handed on to a tracking service, and hyper-parameters that are set
-- for a run.

-- The values that params.json puts in place of those that the script was written with, by model and name; null: none.
alter table generated_code add column params jsonb;
alter table training_jobs
  -- As they were when the run was planned.
  add column params jsonb,
  -- What the script said that it used.
  add column used_params jsonb;

-- A run of a tuned node gets the node's parameters, whatever it is planned for.
create or replace function plan_training(
  p_competition_id uuid, p_version integer, p_jobs jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  ids jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'training' then return null; end if;
  insert into training_jobs (competition_id, round, approach_id, code_id, purpose, seed, fold_assignment, object_prefix, params)
  select c.id, c.round, g.approach_id, g.id, j ->> 'purpose', (j ->> 'seed')::integer,
         (j ->> 'foldAssignment')::integer, j ->> 'objectPrefix', g.params
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

create function store_used_params(p_id uuid, p_token integer, p_params jsonb) returns jsonb
language sql set search_path = public as $$
  update training_jobs set used_params = p_params where id = p_id and token = p_token returning to_jsonb(id);
$$;

-- A node with its parent's script and parameters of its own, which is ready to be trained. The caller holds the
-- competition's row. null: its name is taken
create function insert_tuned_node(
  p_competition competitions, p_round integer, p_base generated_code, p_spec jsonb, p_params jsonb, p_generator text
) returns uuid language plpgsql set search_path = public as $$
declare
  parent approaches;
  node uuid;
  code uuid;
begin
  select * into parent from approaches where id = p_base.approach_id;
  node := insert_node(p_competition, p_competition.version, parent.rank, p_spec, 'improve', jsonb_build_array(parent.id), 0);
  if node is null then return null; end if;
  update approaches set round = p_round, status = 'coded' where id = node;
  insert into generated_code (competition_id, approach_id, round, status, generator, object_prefix, bundle, gate_report,
                              estimate_seconds, params, ended_at)
  values (p_competition.id, node, p_round, 'ready', p_generator, p_base.object_prefix, p_base.bundle, p_base.gate_report,
          p_base.estimate_seconds, p_params, clock_timestamp())
  returning id into code;
  return code;
end $$;

-- Somebody sets parameters of a node. What waits for a person goes on to train it; what works trains it with its round,
-- or with the next one where this one's training is over.
-- {outcome: stale | paused | ended | taken} | {outcome: set, code, trains: now | this_round | next_round}
create function set_parameters(
  p_competition_id uuid, p_version integer, p_base_code_id uuid, p_spec jsonb, p_params jsonb, p_by_name text, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  base generated_code;
  working_state text;
  trains text;
  code uuid;
  question human_interventions;
  moved jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version then return jsonb_build_object('outcome', 'stale'); end if;
  if c.state in ('completed', 'abandoned') then return jsonb_build_object('outcome', 'ended'); end if;
  if c.state = 'paused' then return jsonb_build_object('outcome', 'paused'); end if;
  select * into base from generated_code where id = p_base_code_id and competition_id = c.id and status = 'ready';
  if not found then return jsonb_build_object('outcome', 'stale'); end if;
  working_state := case when c.state = 'recovering' then c.resume_state else c.state end;
  trains := case
    when c.state in ('awaiting_decision', 'failed') then 'now'
    when working_state in ('training_completed', 'submitted', 'analyzing') then 'next_round'
    else 'this_round' end;
  code := insert_tuned_node(c, c.round + case when trains = 'next_round' then 1 else 0 end, base, p_spec, p_params, base.generator);
  if code is null then return jsonb_build_object('outcome', 'taken'); end if;
  perform audit(p_actor, 'parameters.set', c.id, jsonb_strip_nulls(jsonb_build_object(
    'approach', p_spec ->> 'name', 'codeId', code, 'params', p_params, 'name', p_by_name)));
  if trains = 'now' then
    select * into question from human_interventions
    where competition_id = c.id and status = 'open' and blocking
      and draft -> 'options' @> '[{"id": "adjust_parameters"}]' limit 1;
    if found then
      perform answer_decision(question.id, 'adjust_parameters', p_spec ->> 'title', false, p_by_name, p_actor);
    end if;
    -- what it waited for had no such option, or its deadline has just passed
    select * into c from competitions where id = p_competition_id;
    if c.state in ('awaiting_decision', 'failed') then
      moved := transition_competition(c.id, c.version, 'adjust_parameters',
        jsonb_build_object('reason', 'parameters were set', 'codeId', code), p_actor);
      if moved ->> 'outcome' <> 'moved' then
        raise exception 'parameters cannot move competition % from state %', c.slug, c.state using errcode = 'KA001';
      end if;
    end if;
  end if;
  return jsonb_build_object('outcome', 'set', 'code', code, 'trains', trains);
end $$;

-- The agent tries parameters itself, in the round that trains now: [{spec, params}].
-- How many there are now; null: the competition moved on
create function add_tuned_nodes(
  p_competition_id uuid, p_version integer, p_base_code_id uuid, p_nodes jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  base generated_code;
  node jsonb;
  made integer := 0;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'training' then return null; end if;
  select * into base from generated_code where id = p_base_code_id and competition_id = c.id and status = 'ready';
  if not found then return null; end if;
  for node in select value from jsonb_array_elements(p_nodes) loop
    if insert_tuned_node(c, c.round, base, node -> 'spec', node -> 'params', 'sweep') is not null then made := made + 1; end if;
  end loop;
  return to_jsonb(made);
end $$;

-- Numbers that a run told while it lived, in the order of their arrival: `metric` lines of its script, `system` samples of
-- its runner. A line never changes, so that handing it on again says the same.
create table run_metrics (
  job_id uuid not null references training_jobs (id) on delete cascade,
  token integer not null,
  kind text not null check (kind in ('metric', 'system')),
  line integer not null,
  -- As the runner counts.
  seq integer not null,
  name text not null,
  step bigint not null,
  -- null: not a number, or infinite
  value double precision,
  -- Since the run began.
  seconds double precision not null,
  at timestamptz not null default clock_timestamp(),
  primary key (job_id, token, kind, line),
  unique (job_id, token, kind, seq, name)
);
alter table run_metrics enable row level security;
create policy service_role_all on run_metrics for all to service_role using (true) with check (true);
grant select (job_id, kind, line, step, value, seconds, at) on run_metrics to authenticated;
create policy authenticated_reads on run_metrics for select to authenticated using (true);

-- p_rows: [{kind, seq, name, step, value, seconds}], in order. Of a start that another has followed nothing is taken.
-- How many lines are new
create function record_run_metrics(p_job_id uuid, p_token integer, p_rows jsonb, p_most_lines integer) returns jsonb
language plpgsql set search_path = public as $$
declare
  made integer;
begin
  perform from training_jobs where id = p_job_id and token = p_token for update;
  if not found then return '0'; end if;
  with fresh as (
    select r.value, r.place, r.value ->> 'kind' as kind from jsonb_array_elements(p_rows) with ordinality as r (value, place)
    where not exists (
      select from run_metrics m where m.job_id = p_job_id and m.token = p_token and m.kind = r.value ->> 'kind'
        and m.seq = (r.value ->> 'seq')::integer and m.name = r.value ->> 'name')
  ), numbered as (
    select f.*, (select coalesce(max(line) + 1, 0) from run_metrics m where m.job_id = p_job_id and m.token = p_token and m.kind = f.kind)
                + row_number() over (partition by f.kind order by f.place) - 1 as line
    from fresh f
  )
  insert into run_metrics (job_id, token, kind, line, seq, name, step, value, seconds)
  select p_job_id, p_token, kind, line, (value ->> 'seq')::integer, value ->> 'name', (value ->> 'step')::bigint,
         (value ->> 'value')::double precision, (value ->> 'seconds')::double precision
  from numbered where line < p_most_lines
  on conflict do nothing;
  get diagnostics made = row_count;
  return to_jsonb(made);
end $$;

create function list_run_metrics(p_job_id uuid, p_token integer, p_kind text, p_from_line integer, p_limit integer)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(m) order by m.line), '[]') from (
    select line, seq, name, step, value, seconds, at from run_metrics
    where job_id = p_job_id and token = p_token and kind = p_kind and line >= p_from_line
    order by line limit p_limit) m;
$$;

-- The newest value of each metric: {name: value}.
create function newest_metrics(p_job_id uuid, p_token integer) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_object_agg(m.name, m.value), '{}') from (
    select distinct on (name) name, value from run_metrics
    where job_id = p_job_id and token = p_token and kind = 'metric' order by name, line desc limit 64) m;
$$;

-- Curves of a run's newest start that told any: names with more than one number, first told first, each thinned evenly to
-- about so many points with its last one. [{name, points: [[step, value]]}]
create function sample_run_metrics(p_job_id uuid, p_most_names integer, p_most_points integer) returns jsonb
language sql stable set search_path = public as $$
  with told as (
    select name, line, step, value from run_metrics
    where job_id = p_job_id and kind = 'metric' and value is not null and token = (
      select max(token) from run_metrics where job_id = p_job_id and kind = 'metric')
  ), named as (
    select name, count(*) as points, min(line) as first from told group by name having count(*) > 1
    order by first limit p_most_names
  ), placed as (
    select n.name, n.first, n.points, t.step, t.value, row_number() over (partition by n.name order by t.line) as place
    from named n join told t on t.name = n.name
  )
  select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'points', c.points) order by c.first), '[]') from (
    select name, first, jsonb_agg(jsonb_build_array(step, value) order by place) as points from placed
    where (place - 1) % greatest(1, ceil(points::numeric / greatest(1, p_most_points - 1))::bigint) = 0 or place = points
    group by name, first) c;
$$;

-- One run at a tracking service for each start of a training job, and how far it was told.
create table tracking_runs (
  job_id uuid not null references training_jobs (id) on delete cascade,
  token integer not null,
  -- Rises where the service takes the run's id no more.
  generation integer not null default 0,
  run_id text not null,
  storage_id text,
  url text,
  -- Lines that the service is known to have; what follows may have arrived as well.
  metric_lines integer not null default 0,
  system_lines integer not null default 0,
  log_lines integer not null default 0,
  state text not null default 'open' check (state in ('open', 'finished', 'failed', 'given_up')),
  error text,
  -- Somebody pressed Stop there.
  stop_asked_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  primary key (job_id, token)
);
create index on tracking_runs (sent_at) where state = 'open';
alter table tracking_runs enable row level security;
create policy service_role_all on tracking_runs for all to service_role using (true) with check (true);
grant select (job_id, state, created_at, sent_at) on tracking_runs to authenticated;
create policy authenticated_reads on tracking_runs for select to authenticated using (true);

-- Starts that are not told to their end, oldest first: those of the last hours that nobody has told of yet, and all open
-- ones. `ending` says how it ended as far as that is known: running, succeeded, failed, stopped (by us), lost (another start
-- has followed). Without gate scores: what is told outside can be read back.
create function list_tracking_work(p_fresh_hours integer, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(w.work order by w.created_at), '[]') from (
    select s.created_at, jsonb_build_object(
      'job_id', t.id, 'token', s.token,
      -- a token counts places that were lost before a machine began, too
      'start', (select count(*) from gpu_sessions o
                where o.job_id = s.job_id and o.token <= s.token and o.instance_id is not null),
      'slug', c.slug, 'approach', a.name, 'title', a.spec ->> 'title', 'family', a.family,
      'operator', a.operator, 'features', a.spec -> 'features', 'models', a.spec -> 'models',
      'round', t.round, 'purpose', t.purpose, 'seed', t.seed, 'fold_assignment', t.fold_assignment,
      'params', coalesce(t.used_params, t.params), 'object_prefix', t.object_prefix,
      'ending', case when t.token > s.token and t.status = 'cancelled' and t.token = s.token + 1 then 'stopped'
                     when t.token > s.token then 'lost'
                     when t.status = 'succeeded' then 'succeeded'
                     when t.status in ('failed', 'cancelled') then 'failed'
                     else 'running' end,
      'error', case when t.token = s.token then t.error end,
      'scores', case when t.token = s.token then t.scores - 'gate' end,
      'seconds', case when t.token = s.token then t.result -> 'seconds' end,
      'memory_bytes', case when t.token = s.token then t.result -> 'maxMemoryBytes' end,
      'exit_class', case when t.token = s.token then t.result -> 'exitClass' end,
      'log_tail', case when t.token = s.token then coalesce(t.result ->> 'logTail', t.progress ->> 'logTail') end,
      'provider', s.provider,
      'micro_usd', (select coalesce(max(l.micro_usd) filter (where l.entry = 'settle'), max(l.micro_usd))
                    from spend_ledger l where l.key = s.key),
      'metrics', newest_metrics(t.id, s.token), 'started_at', s.created_at, 'run', to_jsonb(r)) as work
    from gpu_sessions s
    join training_jobs t on t.id = s.job_id
    join approaches a on a.id = t.approach_id
    join competitions c on c.id = t.competition_id
    left join tracking_runs r on r.job_id = s.job_id and r.token = s.token
    where s.instance_id is not null
      and (r.state = 'open' or (r.job_id is null and s.created_at > clock_timestamp() - make_interval(hours => p_fresh_hours)))
    order by coalesce(r.sent_at, s.created_at) limit p_limit
  ) w (created_at, work);
$$;

create function open_tracking_run(
  p_job_id uuid, p_token integer, p_generation integer, p_run_id text, p_storage_id text, p_url text
) returns jsonb language sql set search_path = public as $$
  insert into tracking_runs as r (job_id, token, generation, run_id, storage_id, url)
  values (p_job_id, p_token, p_generation, p_run_id, p_storage_id, p_url)
  on conflict (job_id, token) do update
    -- a fresh id begins with no lines
    set metric_lines = case when r.generation = excluded.generation then r.metric_lines else 0 end,
        system_lines = case when r.generation = excluded.generation then r.system_lines else 0 end,
        log_lines = case when r.generation = excluded.generation then r.log_lines else 0 end,
        generation = excluded.generation, run_id = excluded.run_id, storage_id = excluded.storage_id, url = excluded.url
  returning to_jsonb(r);
$$;

-- What the service has by now. Counts only rise; an ended one stays ended.
create function advance_tracking_run(
  p_job_id uuid, p_token integer, p_metric_lines integer, p_system_lines integer, p_log_lines integer, p_state text,
  p_error text, p_stop_asked boolean
) returns jsonb language sql set search_path = public as $$
  update tracking_runs set
    metric_lines = greatest(metric_lines, p_metric_lines), system_lines = greatest(system_lines, p_system_lines),
    log_lines = greatest(log_lines, p_log_lines), state = p_state, error = p_error, sent_at = clock_timestamp(),
    stop_asked_at = case when p_stop_asked then coalesce(stop_asked_at, clock_timestamp()) else stop_asked_at end
  where job_id = p_job_id and token = p_token and state = 'open' returning to_jsonb(tracking_runs);
$$;

-- Every run of a competition for a comparison, oldest first; without gate scores.
create function list_compared_runs(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'job_id', t.id, 'code_id', t.code_id, 'approach', a.name, 'operator', a.operator, 'family', a.family, 'round', t.round,
    'purpose', t.purpose, 'seed', t.seed, 'fold_assignment', t.fold_assignment, 'status', t.status, 'error', t.error,
    'scores', t.scores - 'gate', 'seconds', t.result -> 'seconds', 'memory_bytes', t.result -> 'maxMemoryBytes',
    'params', t.params, 'used_params', t.used_params,
    'micro_usd', (
      select sum(coalesce(e.micro_usd, b.micro_usd))::bigint from gpu_sessions s
      join spend_ledger b on b.key = s.key and b.entry = 'reserve'
      left join spend_ledger e on e.key = s.key and e.entry = 'settle' where s.job_id = t.id),
    'url', r.url, 'run_id', r.run_id,
    'metrics', newest_metrics(t.id, t.token)
  ) order by t.created_at, a.rank, t.id), '[]')
  from training_jobs t join approaches a on a.id = t.approach_id
  left join tracking_runs r on r.job_id = t.id and r.token = t.token
  where t.competition_id = p_competition_id;
$$;

-- Who set which parameters when, newest first.
create function list_parameter_changes(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', l.at, 'actor', l.actor, 'details', l.details) order by l.at desc), '[]')
  from (select at, actor, details from audit_log
        where competition_id = p_competition_id and action = 'parameters.set' order by at desc limit 20) l;
$$;

-- Page of a job's newest start; null: it is not tracked.
create function read_tracking_url(p_job_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(url) from tracking_runs where job_id = p_job_id and url is not null order by token desc limit 1;
$$;

-- Pages of the search runs of a competition, one for each approach. [{name, url}]
create function list_tracking_urls(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', u.name, 'url', u.url) order by u.name), '[]') from (
    select distinct on (a.name) a.name, r.url from training_jobs t
    join approaches a on a.id = t.approach_id
    join tracking_runs r on r.job_id = t.id and r.url is not null
    where t.competition_id = p_competition_id and t.purpose = 'search'
    order by a.name, t.created_at desc, r.token desc) u;
$$;
