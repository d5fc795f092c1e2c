-- Every change of a competition's state. All functions answer jsonb; null means "no longer so".

-- Wakes the relay when the transaction that wrote the event commits.
create function notify_event() returns trigger language plpgsql set search_path = public as $$
begin
  perform pg_notify('kaggle_agent_events', new.type);
  return null;
end $$;
create trigger events_notify after insert on events for each row execute function notify_event();

-- The last guard: no statement, ours or a stranger's, moves a competition outside the table.
create function guard_competition_state() returns trigger language plpgsql set search_path = public as $$
begin
  if new.version <> old.version + 1 then
    raise exception 'a move of competition % must raise its version by one', old.slug using errcode = 'KA001';
  end if;
  if not exists (
    select from competition_moves m
    where m.from_state = old.state
      and (m.to_state = new.state or (m.to_state = 'resume' and new.state = old.resume_state))
  ) then
    raise exception 'no move leads competition % from % to %', old.slug, old.state, new.state using errcode = 'KA001';
  end if;
  return new;
end $$;
create trigger competitions_guard before update of state on competitions
  for each row when (old.state is distinct from new.state) execute function guard_competition_state();

create function emit_event(p_type text, p_competition_id uuid, p_payload jsonb, p_actor jsonb) returns bigint
language sql set search_path = public as $$
  insert into events (type, competition_id, payload, actor)
  values (p_type, p_competition_id, p_payload, p_actor) returning id;
$$;

create function audit(p_actor jsonb, p_action text, p_competition_id uuid, p_details jsonb) returns void
language sql set search_path = public as $$
  insert into audit_log (actor, action, competition_id, details)
  values (p_actor, p_action, p_competition_id, coalesce(p_details, '{}'));
$$;

-- Moves a competition and writes the event that others listen to.
-- {outcome: moved, competition} | {outcome: stale} (somebody else moved it) | {outcome: refused, from}
create function transition_competition(
  p_id uuid, p_version integer, p_event text, p_payload jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  before competitions;
  moved competitions;
  move competition_moves;
  target text;
begin
  select * into before from competitions where id = p_id for update;
  if not found or before.version <> p_version then
    return jsonb_build_object('outcome', 'stale');
  end if;
  select * into move from competition_moves where from_state = before.state and event = p_event;
  target := case when move.to_state = 'resume' then before.resume_state else move.to_state end;
  if target is null then
    insert into transitions (competition_id, version, from_state, event, refused, payload, actor)
    values (p_id, before.version, before.state, p_event, true, coalesce(p_payload, '{}'), p_actor);
    return jsonb_build_object('outcome', 'refused', 'from', before.state);
  end if;
  update competitions c set
    state = target,
    version = c.version + 1,
    round = c.round + case when move.starts_round then 1 else 0 end,
    resume_state = case when move.remember = 'from' then before.state
                        else coalesce(move.remember, c.resume_state) end,
    finished_at = case when target in ('completed', 'abandoned') then clock_timestamp() end,
    outcome = case when target in ('completed', 'abandoned') then coalesce(p_payload ->> 'reason', p_event) else c.outcome end,
    updated_at = clock_timestamp()
  where c.id = p_id returning * into moved;
  insert into transitions (competition_id, version, from_state, event, to_state, payload, actor)
  values (p_id, moved.version, before.state, p_event, target, coalesce(p_payload, '{}'), p_actor);
  if p_event in ('paused', 'resumed', 'stopped') then
    perform audit(p_actor, 'competition.' || p_event, p_id, jsonb_build_object('from', before.state, 'to', target));
  end if;
  perform emit_event(p_event, p_id, coalesce(p_payload, '{}') || jsonb_build_object(
    'version', moved.version, 'round', moved.round, 'fromState', before.state, 'toState', target), p_actor);
  if target in ('completed', 'abandoned') then
    perform withdraw_decisions(p_id, false, p_actor);
  elsif before.state in ('awaiting_decision', 'failed') and target <> 'paused' then
    -- the question is settled: by its answer, which closed it before this move, or by a command beside it
    perform withdraw_decisions(p_id, true, p_actor);
  elsif p_event = 'resumed' then
    perform resume_decisions(p_id, p_actor);
  end if;
  return jsonb_build_object('outcome', 'moved', 'competition', to_jsonb(moved));
end $$;

-- A competition was read at the vendor: a new row is told about, a known one is refreshed.
create function see_competition(
  p_slug text, p_title text, p_details jsonb, p_feasibility jsonb, p_announce boolean, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  seen competitions;
  is_new boolean;
begin
  insert into competitions (slug, title, details, feasibility)
  values (p_slug, p_title, p_details, p_feasibility)
  on conflict (slug) do update set
    title = excluded.title,
    details = competitions.details || excluded.details,
    feasibility = coalesce(excluded.feasibility, competitions.feasibility),
    updated_at = clock_timestamp()
  returning * into seen;
  -- A fresh row has never been updated; xmax tells an insert from an update in one statement.
  select xmax = 0 into is_new from competitions where id = seen.id;
  if is_new and p_announce then
    perform emit_event('competition_discovered', seen.id, jsonb_build_object('version', seen.version), p_actor);
  end if;
  return to_jsonb(seen) || jsonb_build_object('is_new', is_new);
end $$;

-- Lets requested competitions begin, by priority, while fewer than p_max_active are active.
create function admit_competitions(p_max_active integer, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  free integer;
  next competitions;
  admitted jsonb := '[]';
begin
  perform pg_advisory_xact_lock(hashtext('admit_competitions'));
  select p_max_active - count(*) into free from competitions
  where admitted_at is not null and state not in ('completed', 'abandoned', 'paused', 'failed');
  for next in
    select * from competitions
    where requested_at is not null and admitted_at is null and state = 'discovered'
    order by priority, requested_at limit greatest(free, 0) for update
  loop
    update competitions set admitted_at = clock_timestamp(), updated_at = clock_timestamp() where id = next.id;
    perform emit_event('new_competition_found', next.id, jsonb_build_object('version', next.version), p_actor);
    admitted := admitted || to_jsonb(next.slug);
  end loop;
  return admitted;
end $$;

-- A person, a button or autostart wants a competition entered. Asking twice changes nothing more.
create function request_competition(
  p_id uuid, p_priority integer, p_limits jsonb, p_max_active integer, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  wanted competitions;
  first_time boolean;
begin
  -- Before the row: admit_competitions locks in this order, and the other one could deadlock with it.
  perform pg_advisory_xact_lock(hashtext('admit_competitions'));
  select * into wanted from competitions where id = p_id for update;
  if not found then return null; end if;
  first_time := wanted.requested_at is null;
  if first_time then
    update competitions set
      requested_at = clock_timestamp(), requested_by = p_actor, priority = p_priority,
      limits = p_limits, updated_at = clock_timestamp()
    where id = p_id;
    perform audit(p_actor, 'competition.requested', p_id, jsonb_build_object('priority', p_priority, 'limits', p_limits));
    perform admit_competitions(p_max_active, p_actor);
  end if;
  select * into wanted from competitions where id = p_id;
  return to_jsonb(wanted) || jsonb_build_object('first_time', first_time);
end $$;

-- A finished competition begins anew: its rows stay, its life starts over.
create function reopen_competition(p_id uuid, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  again competitions;
begin
  select * into again from competitions where id = p_id for update;
  if not found or again.state not in ('completed', 'abandoned') then return null; end if;
  perform audit(p_actor, 'competition.archived', p_id, to_jsonb(again));
  update competitions set slug = left(again.slug, 80) || '-' || to_char(clock_timestamp(), 'YYYYMMDDHH24MISS')
  where id = p_id;
  insert into competitions (slug, title, details) values (again.slug, again.title, again.details) returning * into again;
  return to_jsonb(again);
end $$;

-- What was found out about the problem and its data; fixed once research has begun.
create function set_competition_problem(p_id uuid, p_problem jsonb, p_profile jsonb, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  update competitions set problem = p_problem, profile = p_profile, details = details || p_details,
    updated_at = clock_timestamp()
  where id = p_id returning to_jsonb(competitions);
$$;

create function find_competition(p_slug text) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(c) from competitions c where slug = p_slug;
$$;

create function get_competition(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(c) from competitions c where id = p_id;
$$;

create function list_competitions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.requested_at nulls last, c.slug), '[]') from competitions c;
$$;

create function list_transitions(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(t) order by t.id), '[]') from transitions t where competition_id = p_competition_id;
$$;
