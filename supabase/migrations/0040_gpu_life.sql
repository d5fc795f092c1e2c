-- The life of rented machines: how many there may be, what was seen of them, what they cost by the vendor's word, where
-- no run goes again, and the hold that an emergency stop leaves behind.

alter table gpu_sessions
  -- Somebody else's machine, which costs money.
  add column is_rented boolean not null default false,
  -- As people read it, and why it was chosen.
  add column title text,
  add column reason text,
  add column micro_usd_per_hour bigint not null default 0 check (micro_usd_per_hour >= 0),
  -- Billed once, for what goes over the network.
  add column transfer_micro_usd bigint not null default 0 check (transfer_micro_usd >= 0),
  -- Without a heartbeat by then it counts as one that does not come up.
  add column start_deadline timestamptz,
  -- It must be gone by then.
  add column ends_at timestamptz,
  -- As the vendor's list had it last.
  add column seen_state text check (seen_state in ('starting', 'running', 'stopping')),
  add column seen_node text,
  add column seen_micro_usd_per_hour bigint,
  add column seen_since timestamptz,
  add column last_seen_at timestamptz,
  add column trouble jsonb,
  -- The first heartbeat.
  add column first_sign_at timestamptz,
  add column end_reason text,
  -- Closed, and its bill is waited for until then.
  add column bill_until timestamptz;

alter table training_jobs
  -- Machines that never came up for it; they use up no start.
  add column misstarts integer not null default 0,
  -- Why it has no machine yet: {wants, code, reason, since, at}
  add column waiting jsonb;

-- When a machine was seen running, and at what price: the bill of vendors that have none to read.
create table gpu_spans (
  id bigint generated always as identity primary key,
  session_id uuid not null references gpu_sessions (id) on delete cascade,
  instance_id text not null,
  node text,
  micro_usd_per_hour bigint not null check (micro_usd_per_hour >= 0),
  from_at timestamptz not null,
  to_at timestamptz not null,
  check (to_at >= from_at)
);
create index on gpu_spans (session_id);
alter table gpu_spans enable row level security;
create policy service_role_all on gpu_spans for all to service_role using (true) with check (true);
grant select (id, session_id, micro_usd_per_hour, from_at, to_at) on gpu_spans to authenticated;
create policy authenticated_reads on gpu_spans for select to authenticated using (true);

-- Physical machines on which a run failed before it trained, or was lost.
create table gpu_denied_nodes (
  provider text not null,
  node text not null,
  job_id uuid not null references training_jobs (id) on delete cascade,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (provider, node, job_id)
);
alter table gpu_denied_nodes enable row level security;
create policy service_role_all on gpu_denied_nodes for all to service_role using (true) with check (true);
grant select (provider, node, at) on gpu_denied_nodes to authenticated;
create policy authenticated_reads on gpu_denied_nodes for select to authenticated using (true);

-- While it has its one row nothing is rented: somebody stopped all machines.
create table gpu_hold (
  only_one boolean primary key default true check (only_one),
  held_at timestamptz not null default clock_timestamp(),
  held_by jsonb not null,
  reason text
);
alter table gpu_hold enable row level security;
create policy service_role_all on gpu_hold for all to service_role using (true) with check (true);
grant select (held_at) on gpu_hold to authenticated;
create policy authenticated_reads on gpu_hold for select to authenticated using (true);

-- A machine that is gone no longer counts by the hour, though its bill may still be waited for.
create or replace function reserve_spend(
  p_key text, p_kind text, p_competition_id uuid, p_micro_usd bigint, p_micro_usd_per_hour bigint
) returns jsonb language plpgsql set search_path = public as $$
declare
  cap record;
  used bigint;
  asked bigint;
begin
  -- Locking the cap rows in a fixed order serialises all reservations.
  perform 1 from budgets order by scope for update;
  if exists (select from spend_ledger where key = p_key and entry = 'reserve') then
    return jsonb_build_object('granted', true);
  end if;
  if p_competition_id is not null then
    -- its own limit is in no row of budgets; after them, so that everybody queues in this order
    perform pg_advisory_xact_lock(hashtextextended('spend ' || p_competition_id, 0));
  end if;
  for cap in select c.scope, c.micro_usd from caps_on(p_kind, p_competition_id) c order by c.scope loop
    used := case
      when cap.scope = 'fleet_hour' then fleet_rate()
      when cap.scope = p_kind || '_day' then spent_today(p_kind)
      when cap.scope = 'competition' then spent_on(null, p_competition_id)
      else spent_on(p_kind, p_competition_id) end;
    asked := case when cap.scope = 'fleet_hour' then p_micro_usd_per_hour else p_micro_usd end;
    if used + asked > cap.micro_usd then
      return jsonb_build_object('granted', false, 'cap', cap.scope, 'freeMicroUsd', greatest(cap.micro_usd - used, 0));
    end if;
  end loop;
  insert into spend_ledger (key, entry, kind, competition_id, micro_usd, micro_usd_per_hour)
  values (p_key, 'reserve', p_kind, p_competition_id, p_micro_usd, p_micro_usd_per_hour)
  -- without a single cap there was no row to queue at
  on conflict (key, entry) do nothing;
  return jsonb_build_object('granted', true);
end $$;

-- What all machines cost an hour that may still be there: as reserved, or as the vendor says where that is more.
create function fleet_rate() returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(greatest(r.micro_usd_per_hour, coalesce(g.seen_micro_usd_per_hour, 0))), 0)::bigint
  from spend_ledger r
  left join gpu_sessions g on g.key = r.key
  where r.entry = 'reserve' and r.kind = 'gpu' and coalesce(g.status, 'planned') <> 'closed'
    and not exists (select from spend_ledger s where s.key = r.key and s.entry = 'settle');
$$;

-- What may still be rented for a competition: {machines, microUsdPerHour, microUsd, isHeld}; null where nothing limits.
create function read_gpu_room(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'machines', (select count(*) from gpu_sessions where is_rented and status <> 'closed'),
    'microUsdPerHour', min(c.micro_usd - fleet_rate()) filter (where c.scope = 'fleet_hour'),
    'microUsd', min(case
        when c.scope = 'gpu_day' then c.micro_usd - spent_today('gpu')
        when c.scope = 'competition' then c.micro_usd - spent_on(null, p_competition_id)
        else c.micro_usd - spent_on('gpu', p_competition_id) end) filter (where c.scope <> 'fleet_hour'),
    'isHeld', exists (select from gpu_hold))
  from caps_on('gpu', p_competition_id) c;
$$;

drop function open_gpu_session(uuid, text, jsonb, bigint, bigint, integer);

-- Takes the next token and writes the intent to start a machine, with its worst-case cost reserved. One machine a job at
-- a time, and so many rented ones at once.
-- {outcome: opened, session, token} | {outcome: refused, cap} | {outcome: exhausted} | null (not startable)
create function open_gpu_session(
  p_job_id uuid, p_provider text, p_offer jsonb, p_micro_usd bigint, p_micro_usd_per_hour bigint, p_max_starts integer,
  p_rented jsonb default null
) returns jsonb language plpgsql set search_path = public as $$
declare
  job training_jobs;
  session gpu_sessions;
  grant_answer jsonb;
  session_key text;
  refused constant jsonb := jsonb_build_object('outcome', 'refused', 'freeMicroUsd', 0);
begin
  select * into job from training_jobs where id = p_job_id for update;
  if not found or job.status not in ('planned', 'running') then return null; end if;
  if exists (select from gpu_sessions where job_id = job.id and status <> 'closed') then return null; end if;
  if job.starts >= p_max_starts then return jsonb_build_object('outcome', 'exhausted'); end if;
  if p_rented is not null then
    perform pg_advisory_xact_lock(hashtextextended('rented machines', 0));
    if exists (select from gpu_hold) then return refused || jsonb_build_object('cap', 'held'); end if;
    if (select count(*) from gpu_sessions where is_rented and status <> 'closed') >= (p_rented ->> 'maxMachines')::integer then
      return refused || jsonb_build_object('cap', 'machines');
    end if;
  end if;
  select 'ka-' || left(replace(i.id::text, '-', ''), 8) || '-gpu-' || replace(job.id::text, '-', '') || '-' || (job.token + 1)
    into session_key from installation i;
  grant_answer := reserve_spend(session_key, 'gpu', job.competition_id, p_micro_usd, p_micro_usd_per_hour);
  if not (grant_answer ->> 'granted')::boolean then
    return jsonb_build_object('outcome', 'refused') || grant_answer;
  end if;
  update training_jobs set token = token + 1, starts = starts + 1, status = 'running',
    started_at = coalesce(started_at, clock_timestamp()), progress = null, waiting = null
  where id = p_job_id returning * into job;
  insert into gpu_sessions (key, job_id, token, provider, offer, is_rented, title, reason, micro_usd_per_hour,
                            transfer_micro_usd, start_deadline, ends_at)
  values (session_key, p_job_id, job.token, p_provider, p_offer, p_rented is not null, p_rented ->> 'title',
          p_rented ->> 'reason', p_micro_usd_per_hour, coalesce((p_rented ->> 'transferMicroUsd')::bigint, 0),
          clock_timestamp() + make_interval(secs => (p_rented ->> 'startSeconds')::double precision),
          clock_timestamp() + make_interval(secs => (p_rented ->> 'lifeSeconds')::double precision))
  returning * into session;
  return jsonb_build_object('outcome', 'opened', 'session', to_jsonb(session), 'token', job.token);
end $$;

-- The order goes out now, and may arrive for a while from now on. Not where the row was closed meanwhile, the run is no more
-- of this start, or somebody stopped all machines. [whether it may]
create function order_gpu_session(p_key text) returns jsonb language plpgsql set search_path = public as $$
begin
  update gpu_sessions g set created_at = clock_timestamp() from training_jobs t
  where g.key = p_key and g.status = 'planned' and t.id = g.job_id and t.token = g.token and t.status = 'running'
    and not (g.is_rented and exists (select from gpu_hold));
  return to_jsonb(found);
end $$;

-- What the vendor's list says of a machine now. Time that nobody watched counts as run
-- where it was seen running at the end of it: a bill is rather expected too high than too low.
create function observe_gpu_session(p_key text, p_seen jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  session gpu_sessions;
  span gpu_spans;
  observed_at constant timestamptz := clock_timestamp();
  rate bigint;
begin
  select * into session from gpu_sessions where key = p_key and status <> 'closed' for update;
  if not found then return null; end if;
  rate := greatest(coalesce((p_seen ->> 'microUsdPerHour')::bigint, session.micro_usd_per_hour), 0);
  select * into span from gpu_spans where session_id = session.id order by id desc limit 1;
  if p_seen ->> 'state' = 'running' then
    -- a price that rose may have done so right after the last look
    if session.seen_state = 'running' and span.id is not null and span.micro_usd_per_hour >= rate then
      update gpu_spans set to_at = observed_at where id = span.id returning * into span;
    end if;
    if session.seen_state is distinct from 'running' or span.id is null or span.instance_id <> p_seen ->> 'instanceId'
       or span.micro_usd_per_hour <> rate then
      insert into gpu_spans (session_id, instance_id, node, micro_usd_per_hour, from_at, to_at)
      values (session.id, p_seen ->> 'instanceId', p_seen ->> 'node', rate,
              case when session.seen_state = 'running' and span.id is not null then span.to_at
                   else coalesce(session.last_seen_at, session.created_at) end,
              observed_at);
    end if;
  elsif session.seen_state = 'running' and span.id is not null then
    update gpu_spans set to_at = observed_at where id = span.id;
  elsif p_seen ->> 'state' = 'stopping' and session.seen_state is distinct from 'stopping' and session.trouble is null then
    -- it came and went between two looks
    insert into gpu_spans (session_id, instance_id, node, micro_usd_per_hour, from_at, to_at)
    values (session.id, p_seen ->> 'instanceId', p_seen ->> 'node', rate,
            coalesce(session.last_seen_at, session.created_at), observed_at);
  end if;
  update gpu_sessions set
    seen_since = case when seen_state is distinct from p_seen ->> 'state' or seen_node is distinct from p_seen ->> 'node'
                      then observed_at else seen_since end,
    seen_state = p_seen ->> 'state', seen_node = p_seen ->> 'node', seen_micro_usd_per_hour = rate,
    trouble = nullif(p_seen -> 'trouble', 'null'), last_seen_at = observed_at
  where id = session.id returning * into session;
  return to_jsonb(session);
end $$;

-- The first heartbeat came.
create function sign_gpu_session(p_key text) returns jsonb language sql set search_path = public as $$
  update gpu_sessions set first_sign_at = clock_timestamp()
  where key = p_key and first_sign_at is null returning to_jsonb(gpu_sessions);
$$;

-- In micro-dollars, from what was seen of it.
create function gpu_session_cost(p_session_id uuid) returns bigint language sql stable set search_path = public as $$
  select (g.transfer_micro_usd * (case when g.last_seen_at is null then 0 else 1 end) + coalesce((
    select ceil(sum(extract(epoch from s.to_at - s.from_at) * s.micro_usd_per_hour / 3600)) from gpu_spans s
    where s.session_id = g.id), 0))::bigint
  from gpu_sessions g where g.id = p_session_id;
$$;

drop function close_gpu_session(text, bigint);

-- The vendor confirmed that the machine is gone. Its cost is settled as it was seen, or later from the vendor's bill
-- where that is waited for. A machine that never said a word uses up no start.
-- {outcome: closed, microUsd} | null (closed before)
create function retire_gpu_session(p_key text, p_reason text, p_bill_seconds integer, p_is_misstart boolean) returns jsonb
language plpgsql set search_path = public as $$
declare
  closed gpu_sessions;
  cost bigint;
begin
  update gpu_sessions set status = 'closed', closed_at = clock_timestamp(), end_reason = p_reason,
    bill_until = case when is_rented and p_bill_seconds > 0 then clock_timestamp() + make_interval(secs => p_bill_seconds) end
  where key = p_key and status <> 'closed' returning * into closed;
  if not found then return null; end if;
  if closed.seen_state in ('running', 'stopping') then
    -- it may have run until now: an end takes some vendors a minute
    update gpu_spans set to_at = closed.closed_at
    where id = (select id from gpu_spans where session_id = closed.id order by id desc limit 1);
  elsif (closed.seen_state = 'starting' and closed.trouble is null)
     or (closed.is_rented and closed.seen_state is null
         and (closed.instance_id is not null or closed.first_sign_at is not null)) then
    -- it may have come up since, or between the order and its end, with nobody looking
    insert into gpu_spans (session_id, instance_id, node, micro_usd_per_hour, from_at, to_at)
    values (closed.id, coalesce(closed.instance_id, ''), closed.seen_node,
            coalesce(closed.seen_micro_usd_per_hour, closed.micro_usd_per_hour),
            coalesce(closed.last_seen_at, closed.created_at), closed.closed_at);
  end if;
  cost := gpu_session_cost(closed.id);
  if closed.bill_until is null then perform settle_spend(p_key, cost); end if;
  if p_is_misstart and closed.first_sign_at is null then
    update training_jobs set starts = greatest(starts - 1, 0), misstarts = misstarts + 1,
      status = case when status = 'running' then 'planned' else status end
    where id = closed.job_id and token = closed.token and status in ('planned', 'running');
  end if;
  return jsonb_build_object('outcome', 'closed', 'microUsd', cost);
end $$;

-- Closed ones whose bill is waited for: [{key, provider, closedAt, seenMicroUsd, isOverdue}]
create function list_unbilled_gpu_sessions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'key', g.key, 'provider', g.provider, 'closedAt', g.closed_at, 'seenMicroUsd', gpu_session_cost(g.id),
    'isOverdue', g.bill_until < clock_timestamp()) order by g.closed_at), '[]')
  from gpu_sessions g
  where g.status = 'closed' and g.bill_until is not null
    and exists (select from spend_ledger r where r.key = g.key and r.entry = 'reserve')
    and not exists (select from spend_ledger s where s.key = g.key and s.entry = 'settle');
$$;

-- What open rented machines have cost so far beside what is reserved for them.
create function list_gpu_fleet() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'key', g.key, 'provider', g.provider, 'title', g.title, 'status', g.status, 'seenState', g.seen_state,
    'slug', c.slug, 'competitionId', c.id, 'approach', a.name, 'createdAt', g.created_at, 'endsAt', g.ends_at,
    'firstSignAt', g.first_sign_at,
    'microUsdPerHour', greatest(g.micro_usd_per_hour, coalesce(g.seen_micro_usd_per_hour, 0)),
    'reservedMicroUsd', r.micro_usd, 'soFarMicroUsd', gpu_session_cost(g.id)) order by g.created_at), '[]')
  from gpu_sessions g
  join training_jobs t on t.id = g.job_id
  join competitions c on c.id = t.competition_id
  join approaches a on a.id = t.approach_id
  join spend_ledger r on r.key = g.key and r.entry = 'reserve'
  where g.is_rented and g.status <> 'closed';
$$;

create function deny_gpu_node(p_provider text, p_node text, p_job_id uuid, p_reason text) returns jsonb
language sql set search_path = public as $$
  insert into gpu_denied_nodes (provider, node, job_id, reason) values (p_provider, p_node, p_job_id, p_reason)
  on conflict (provider, node, job_id) do update set reason = excluded.reason, at = clock_timestamp()
  returning to_jsonb(gpu_denied_nodes);
$$;

-- Nodes that a job does not go to: those that failed it, and those that failed two jobs within the last days.
-- ["provider/node"]
create function list_denied_gpu_nodes(p_job_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(name order by name), '[]') from (
    select provider || '/' || node as name from gpu_denied_nodes
    group by provider, node
    having bool_or(job_id = p_job_id)
        or count(*) filter (where at > clock_timestamp() - interval '3 days') >= 2) denied;
$$;

-- Why a job has no machine yet; null: it waits for nothing.
create function note_waiting_run(p_job_id uuid, p_wants text, p_code text, p_reason text) returns jsonb
language sql set search_path = public as $$
  update training_jobs set waiting = jsonb_build_object(
    'wants', p_wants, 'code', p_code, 'reason', p_reason, 'at', clock_timestamp(),
    'since', case when waiting ->> 'code' = p_code then waiting -> 'since' else to_jsonb(clock_timestamp()) end)
  where id = p_job_id and status in ('planned', 'running')
    and not exists (select from gpu_sessions g where g.job_id = p_job_id and g.status <> 'closed')
  returning waiting;
$$;

-- Who waits for a rented machine, and whose machines there are:
-- {waiting: [{id, competitionId, priority, createdAt}], busy: [competition id, once for each machine]}
-- One that was told a while ago that nothing fits it holds up nobody.
create function list_rented_queue(p_fresh_seconds integer) returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'waiting', (
      select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'competitionId', t.competition_id, 'priority', c.priority,
        'createdAt', t.created_at) order by t.created_at, t.id), '[]')
      from training_jobs t join competitions c on c.id = t.competition_id
      where t.status in ('planned', 'running') and c.state = 'training' and t.waiting ->> 'wants' = 'rented'
        and not exists (select from gpu_sessions g where g.job_id = t.id and g.status <> 'closed')
        and t.waiting ->> 'code' not in ('no_offer', 'over_cap')
        and (t.waiting ->> 'at')::timestamptz > clock_timestamp() - make_interval(secs => p_fresh_seconds)),
    'busy', (
      select coalesce(jsonb_agg(t.competition_id), '[]')
      from gpu_sessions g join training_jobs t on t.id = g.job_id where g.is_rented and g.status <> 'closed'));
$$;

-- The same for machines of our own: who waits for a place there, and whose runs are on them. `local` are places without a
-- graphics card, `local_gpu` those with one.
create function list_own_queue(p_wants text, p_fresh_seconds integer) returns jsonb
language sql stable set search_path = public as $$
  select jsonb_build_object(
    'waiting', (
      select coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'competitionId', t.competition_id, 'priority', c.priority,
        'createdAt', t.created_at) order by t.created_at, t.id), '[]')
      from training_jobs t join competitions c on c.id = t.competition_id
      where t.status in ('planned', 'running') and c.state = 'training' and t.waiting ->> 'wants' = p_wants
        and not exists (select from gpu_sessions g where g.job_id = t.id and g.status <> 'closed')
        and (t.waiting ->> 'at')::timestamptz > clock_timestamp() - make_interval(secs => p_fresh_seconds)),
    'busy', (
      select coalesce(jsonb_agg(t.competition_id), '[]')
      from gpu_sessions g join training_jobs t on t.id = g.job_id
      where not g.is_rented and g.status <> 'closed'
        and (jsonb_typeof(g.offer -> 'gpu') is not distinct from 'object') = (p_wants = 'local_gpu')));
$$;

-- Of the day and of each competition that goes on: [{scope, competitionId, slug, capMicroUsd, usedMicroUsd}]
create function read_gpu_budgets() returns jsonb language sql stable set search_path = public as $$
  with used as (
    select b.scope, null::uuid as id, null::text as slug, b.micro_usd as cap, spent_today('gpu') as used
    from budgets b where b.scope = 'gpu_day'
    union all
    select h.scope, c.id, c.slug, h.micro_usd, spent_on(case when h.scope = 'competition' then null else 'gpu' end, c.id)
    from competitions c cross join lateral caps_on('gpu', c.id) h
    where c.state not in ('discovered', 'completed', 'abandoned')
      and h.scope in ('gpu_competition', 'gpu:' || c.id, 'competition')
      and exists (select from spend_ledger l where l.competition_id = c.id and l.kind = 'gpu')
  )
  select coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'competitionId', id, 'slug', slug,
    'capMicroUsd', cap, 'usedMicroUsd', used) order by scope, slug), '[]') from used;
$$;

-- Nothing is rented from now on. What runs on rented machines waits again, under the next token, so that a machine that
-- is not ended in time has no say. [id of each such job]
create function hold_gpus(p_reason text, p_actor jsonb) returns jsonb language plpgsql set search_path = public as $$
declare
  ids jsonb;
begin
  insert into gpu_hold (held_by, reason) values (p_actor, p_reason) on conflict (only_one) do nothing;
  with returned as (
    update training_jobs t set status = 'planned', token = token + 1, starts = greatest(starts - 1, 0), progress = null
    where t.status = 'running'
      and exists (select from gpu_sessions g where g.job_id = t.id and g.token = t.token and g.is_rented and g.status <> 'closed')
    returning t.id
  )
  select coalesce(jsonb_agg(id), '[]') into ids from returned;
  perform audit(p_actor, 'gpu.stopped_all', null, jsonb_strip_nulls(jsonb_build_object('reason', p_reason, 'jobs', ids)));
  return ids;
end $$;

create function is_gpu_held() returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(exists (select from gpu_hold));
$$;

-- {released: whether there was a hold}
create function release_gpus(p_actor jsonb) returns jsonb language plpgsql set search_path = public as $$
begin
  delete from gpu_hold;
  if not found then return jsonb_build_object('released', false); end if;
  perform audit(p_actor, 'gpu.allowed', null, '{}');
  return jsonb_build_object('released', true);
end $$;

-- A machine that was there at midnight counts on the new day with its share of the time since: what was reserved for it
-- stood on the day before.
create or replace function spent_today(p_kind text) returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(case
      when r.at >= day.began_at or s.key is null then coalesce(s.micro_usd, r.micro_usd)
      else ceil(s.micro_usd * extract(epoch from g.closed_at - day.began_at)
        / greatest(1, extract(epoch from g.closed_at - g.created_at))) end), 0)::bigint
  from spend_ledger r
  cross join (select date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC' as began_at) day
  left join spend_ledger s on s.key = r.key and s.entry = 'settle'
  left join gpu_sessions g on g.key = r.key
  where r.entry = 'reserve' and r.kind = p_kind
    and (r.at >= day.began_at or s.key is null or g.closed_at > day.began_at);
$$;
