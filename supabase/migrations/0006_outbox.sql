-- The outbox: events wait here until the relay has put their jobs into the queues.

create function claim_events(p_worker text, p_limit integer, p_lease_seconds double precision) returns jsonb
language sql set search_path = public as $$
  -- materialized: the limit must be drawn once, whatever the planner would like to do
  with free as materialized (
    select id from events
    where dispatched_at is null and (lease_until is null or lease_until < clock_timestamp())
    order by id limit p_limit for update skip locked
  ), claimed as (
    update events e set
      lease_until = clock_timestamp() + make_interval(secs => p_lease_seconds), lease_by = p_worker, tries = tries + 1
    from free where e.id = free.id
    returning e.*
  )
  select coalesce(jsonb_agg(to_jsonb(e) || jsonb_build_object('priority', coalesce(c.priority, 100)) order by e.id), '[]')
  from claimed e left join competitions c on c.id = e.competition_id;
$$;

create function mark_event_dispatched(p_id bigint, p_worker text, p_notes jsonb default '[]') returns jsonb
language sql set search_path = public as $$
  update events set dispatched_at = clock_timestamp(), lease_until = null, notes = p_notes
  where id = p_id and lease_by = p_worker and dispatched_at is null returning to_jsonb(true);
$$;

-- Sends a range again, under new job ids.
create function replay_events(p_from bigint, p_to bigint, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  sent integer;
begin
  update events set delivery = delivery + 1, dispatched_at = null, lease_until = null, lease_by = null
  where id between p_from and p_to;
  get diagnostics sent = row_count;
  perform audit(p_actor, 'events.replayed', null, jsonb_build_object('from', p_from, 'to', p_to, 'sent', sent));
  perform pg_notify('kaggle_agent_events', 'replay');
  return to_jsonb(sent);
end $$;

create function list_events(p_competition_id uuid, p_after bigint, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.id), '[]') from (
    select e.*, c.slug from events e left join competitions c on c.id = e.competition_id
    where e.id > p_after and (p_competition_id is null or e.competition_id = p_competition_id)
    order by e.id limit p_limit
  ) e;
$$;

create function heartbeat_worker(p_id text, p_role text, p_host text, p_pid integer) returns jsonb
language sql set search_path = public as $$
  insert into workers (id, role, host, pid) values (p_id, p_role, p_host, p_pid)
  on conflict (id) do update set heartbeat_at = clock_timestamp(), missing_since = null
  returning to_jsonb(workers);
$$;

create function stop_worker(p_id text) returns jsonb language sql set search_path = public as $$
  update workers set stopped_at = clock_timestamp() where id = p_id returning to_jsonb(workers);
$$;

-- Where a process holds the database alone, every other worker is dead, whatever its last heartbeat says, and
-- what a dead relay had claimed is free.
create function stop_other_workers(p_id text) returns jsonb language sql set search_path = public as $$
  with stopped as (
    update workers set stopped_at = clock_timestamp() where id <> p_id and stopped_at is null returning id
  ), freed as (
    update events set lease_until = null where dispatched_at is null and lease_by <> p_id and lease_until is not null
  )
  select to_jsonb(count(*)) from stopped;
$$;

-- Workers whose heartbeat ended without a word, each told of once whoever asks. A process that holds the database
-- alone (p_is_alone) knows that all others are dead, however fresh their last heartbeat is.
create function note_missing_workers(p_id text, p_is_alone boolean, p_stale_seconds double precision) returns jsonb
language sql set search_path = public as $$
  with missing as (
    update workers set missing_since = clock_timestamp(),
      stopped_at = case when p_is_alone then clock_timestamp() end
    where id is distinct from p_id and stopped_at is null and missing_since is null
      and (p_is_alone or heartbeat_at < clock_timestamp() - make_interval(secs => p_stale_seconds))
    returning *
  )
  select coalesce(jsonb_agg(to_jsonb(m) order by m.heartbeat_at, m.id), '[]') from missing m;
$$;

-- Roles that some process plays now.
create function live_roles(p_stale_seconds double precision) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(distinct role), '[]') from workers
  where stopped_at is null and heartbeat_at > clock_timestamp() - make_interval(secs => p_stale_seconds);
$$;

create function worker_is_live(p_id text, p_stale_seconds double precision) returns boolean
language sql stable set search_path = public as $$
  select exists (
    select from workers where id = p_id and stopped_at is null
      and heartbeat_at > clock_timestamp() - make_interval(secs => p_stale_seconds)
  );
$$;

-- Begins (or goes on with) the run of one job for one event.
-- {run} | {skip: done | dead | superseded | running}: what is already done is not done again.
-- Starts are counted here, over all deliveries of an event, because a queue's counters survive neither an
-- emptied Redis nor a new job id. A wait that got lost is not the event's fault and counts for nothing. A run that
-- broke its process (note_crashed_runs) has a counter of its own: kills from outside must not condemn it that soon.
create function begin_stage_run(
  p_event_id bigint, p_delivery integer, p_job text, p_item text, p_competition_id uuid,
  p_worker text, p_stale_seconds double precision, p_max_interruptions integer, p_max_crashes integer default 2
) returns jsonb language plpgsql set search_path = public as $$
declare
  last stage_runs;
  begun stage_runs;
  interruptions integer;
  crashes integer;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_event_id || ' ' || p_job || ' ' || p_item, 0));
  -- A queue that was restored from a backup may still name an event whose lifetime is over.
  if not exists (select from events where id = p_event_id) then
    return jsonb_build_object('skip', 'superseded');
  end if;
  select * into last from stage_runs
  where event_id = p_event_id and job = p_job and item = p_item
  order by delivery desc, attempt desc limit 1;
  if last.delivery > p_delivery then
    return jsonb_build_object('skip', 'superseded');
  end if;
  if last.delivery = p_delivery and last.status in ('done', 'dead', 'superseded') then
    return jsonb_build_object('skip', last.status);
  end if;
  -- The same job again in the same process means that the queue gave it up there; a newer delivery does not.
  if last.status = 'running' and (last.worker_id <> p_worker or last.delivery < p_delivery)
     and worker_is_live(last.worker_id, p_stale_seconds) then
    return jsonb_build_object('skip', 'running');
  end if;
  -- Nobody works on a run that waits, so whichever worker its job comes to goes on with it.
  if last.status = 'waiting' and last.delivery = p_delivery then
    update stage_runs set status = 'running', worker_id = p_worker, wait_until = null where id = last.id
    returning * into begun;
    return jsonb_build_object('run', to_jsonb(begun));
  end if;
  update stage_runs set status = case status when 'running' then 'interrupted' else 'superseded' end,
    ended_at = clock_timestamp()
  where id = last.id and status in ('running', 'waiting');
  select count(*) filter (where r.outcome is distinct from 'crashed'), count(*) filter (where r.outcome = 'crashed')
  into interruptions, crashes from stage_runs r
  where r.event_id = p_event_id and r.job = p_job and r.item = p_item
    and r.status = 'interrupted' and r.outcome is distinct from 'wait_lost'
    and not exists (
      select from stage_runs e where e.event_id = r.event_id and e.job = r.job and e.item = r.item
        and e.status in ('done', 'dead') and (e.delivery, e.attempt) > (r.delivery, r.attempt)
    );
  insert into stage_runs (event_id, delivery, job, item, competition_id, attempt, status, worker_id)
  values (p_event_id, p_delivery, p_job, p_item, p_competition_id,
          case when last.delivery = p_delivery then last.attempt + 1 else 1 end, 'running', p_worker)
  returning * into begun;
  return jsonb_build_object('run', to_jsonb(begun), 'interruptions', interruptions, 'crashes', crashes,
    'poisoned', interruptions >= p_max_interruptions or crashes >= p_max_crashes);
end $$;

-- Ends a run, or lets it wait. null: the run is no longer ours (superseded); drop all.
create function end_stage_run(
  p_id uuid, p_worker text, p_status text, p_outcome text, p_wait_seconds double precision,
  p_error_class text, p_error_code text, p_error_message text
) returns jsonb language sql set search_path = public as $$
  update stage_runs set
    status = p_status,
    outcome = p_outcome,
    wait_until = case when p_status = 'waiting' then clock_timestamp() + make_interval(secs => coalesce(p_wait_seconds, 0)) end,
    ended_at = case when p_status <> 'waiting' then clock_timestamp() end,
    error_class = p_error_class, error_code = p_error_code, error_message = p_error_message
  where id = p_id and worker_id = p_worker and status = 'running'
  returning to_jsonb(stage_runs);
$$;

-- Dispatched events whose run in Postgres has neither ended nor a live worker go out again under a new delivery.
-- p_grace_seconds keeps jobs that merely queue from being sent twice; p_jobs are the event types with listeners.
create function sweep_events(p_grace_seconds double precision, p_stale_seconds double precision, p_jobs jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  resent jsonb;
begin
  update stage_runs r set status = 'interrupted', ended_at = clock_timestamp(),
    outcome = case r.status when 'waiting' then 'wait_lost' else r.outcome end
  where (r.status = 'running' and not worker_is_live(r.worker_id, p_stale_seconds))
     or (r.status = 'waiting' and r.wait_until < clock_timestamp() - make_interval(secs => p_grace_seconds));
  with last as (
    select distinct on (r.event_id, r.job, r.item) r.* from stage_runs r
    where r.ended_at is null or r.ended_at > clock_timestamp() - interval '7 days'
    order by r.event_id, r.job, r.item, r.delivery desc, r.attempt desc
  ), lost as (
    -- runs that stopped in the middle, and were not sent again since
    select l.event_id from last l
    join events e on e.id = l.event_id and (e.delivery = l.delivery or e.dispatched_at < l.ended_at)
    where l.status = 'interrupted'
       or (l.status = 'failed' and l.ended_at < clock_timestamp() - make_interval(secs => p_grace_seconds * 4))
    union
    -- events whose job never began; ever more rarely, where nobody takes the jobs of its queue
    select e.id from events e
    where e.dispatched_at < clock_timestamp() - make_interval(secs => p_grace_seconds * 4 * least(e.delivery + 1, 30))
      and e.dispatched_at > clock_timestamp() - interval '7 days'
      and p_jobs ? e.type
      and not exists (select from stage_runs r where r.event_id = e.id
                      and (r.delivery = e.delivery or r.status in ('running', 'waiting') or r.started_at > e.dispatched_at))
      -- what belongs to no version, a question to show, is wanted whatever its competition did since
      and (not e.payload ? 'version' or exists (select from competitions c where c.id = e.competition_id
                                                and c.version = (e.payload ->> 'version')::integer))
    union
    -- events of which a note never began
    select e.id from events e cross join jsonb_array_elements_text(e.notes) as note
    where e.dispatched_at < clock_timestamp() - make_interval(secs => p_grace_seconds * 4 * least(e.delivery + 1, 30))
      and e.dispatched_at > clock_timestamp() - interval '7 days'
      and not exists (select from stage_runs r where r.event_id = e.id and r.job = note)
    union
    -- competitions at work with nothing under way: what their last event caused is gone
    select max(e.id) from events e join competitions c on c.id = e.competition_id
    where p_jobs ? e.type and (e.payload ->> 'version')::integer = c.version
      and c.state not in ('discovered', 'awaiting_decision', 'failed', 'paused', 'completed', 'abandoned')
      and e.dispatched_at < clock_timestamp() - make_interval(secs => p_grace_seconds * 4 * least(e.delivery + 1, 30))
      and not exists (select from events u where u.competition_id = c.id and u.dispatched_at is null)
      and not exists (select from stage_runs r where r.competition_id = c.id and (r.status in ('running', 'waiting')
                      or r.ended_at > clock_timestamp() - make_interval(secs => p_grace_seconds * 4)))
    group by c.id
  ), again as (
    update events set delivery = delivery + 1, dispatched_at = null, lease_until = null, lease_by = null
    -- also where the relay died before it could mark what it had sent
    where id in (select event_id from lost)
    returning id
  )
  select coalesce(jsonb_agg(id order by id), '[]') into resent from again;
  if jsonb_array_length(resent) > 0 then
    perform pg_notify('kaggle_agent_events', 'sweep');
  end if;
  return resent;
end $$;

-- `label` names the row of a fan-out in words: the approach, the purpose of a run, the kind of a query.
create function list_stage_runs(p_competition_id uuid, p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.started_at, r.id), '[]') from (
    select r.*, e.type as event_type, coalesce(t.label, g.label, q.kind, '') as label
    from stage_runs r join events e on e.id = r.event_id
    left join lateral (select a.name || ' ' || t.purpose as label from training_jobs t join approaches a on a.id = t.approach_id
                       where r.job = 'gpu.train' and t.id::text = r.item) t on true
    left join lateral (select a.name as label from generated_code g join approaches a on a.id = g.approach_id
                       where r.job = 'codegen.generate' and g.id::text = r.item) g on true
    left join research_results q on r.job = 'research.query' and q.id::text = r.item
    where r.competition_id = p_competition_id order by r.started_at desc, r.id limit p_limit
  ) r;
$$;

-- Stages of active competitions that have been in their state for longer than their SLA.
create function overdue_competitions(p_slas jsonb) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('since', t.at)), '[]')
  from competitions c
  join lateral (
    select max(at) as at from transitions t where t.competition_id = c.id and not t.refused
  ) t on true
  where p_slas ? c.state
    and t.at < clock_timestamp() - make_interval(secs => (p_slas ->> c.state)::double precision);
$$;
