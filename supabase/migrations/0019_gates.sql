-- Gates: what a person has to open before a competition can be entered or go on (rules to accept, an account to verify,
-- a contract to confirm). The competition waits at it, with a question beside it, and goes on by itself once it is open.

create table gates (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  kind text not null,
  -- The state whose work waits; `discovered` where the competition waits to be entered.
  met_in text not null,
  details jsonb not null default '{}',
  -- The question that stands beside it now.
  decision_id uuid references human_interventions (id) on delete set null,
  met_at timestamptz not null default clock_timestamp(),
  -- The last look whether it is open, and how many there were.
  looked_at timestamptz,
  looks integer not null default 0,
  ended_at timestamptz,
  -- How it ended; `left`: the competition was moved on past it by a command.
  outcome text check (outcome in ('passed', 'given_up', 'left'))
);
create unique index one_gate on gates (competition_id) where ended_at is null;
create index on gates (competition_id, met_at);

alter table gates enable row level security;
create policy service_role_all on gates for all to service_role using (true) with check (true);
grant select (id, competition_id, kind, met_in, met_at, looked_at, ended_at, outcome) on gates to authenticated;
create policy authenticated_reads on gates for select to authenticated using (true);

-- Asks beside a standing gate. A long wait has reminders of its own, after a seventh and three sevenths of it (24 h and
-- 72 h of a week); none is longer than a decision may wait.
create function ask_at_gate(p_gate gates, p_draft jsonb, p_wait_seconds double precision, p_actor jsonb) returns uuid
language plpgsql set search_path = public as $$
declare
  asked_at timestamptz := clock_timestamp();
  until timestamptz;
  asked uuid;
  at_version integer;
  is_long boolean;
begin
  until := greatest(least(asked_at + make_interval(secs => p_wait_seconds), decision_limit(p_gate.competition_id)), asked_at);
  is_long := until - asked_at >= interval '1 day';
  insert into human_interventions (competition_id, kind, blocking, draft, deadline, remind_at, escalate_at, created_at)
  values (p_gate.competition_id, p_draft ->> 'kind', false, p_draft, until,
          asked_at + (until - asked_at) * case when is_long then 1 / 7.0 else 0.5 end,
          asked_at + (until - asked_at) * case when is_long then 3 / 7.0 else 0.75 end, asked_at)
  returning id into asked;
  update gates set decision_id = asked where id = p_gate.id;
  select version into at_version from competitions where id = p_gate.competition_id;
  perform emit_event('decision_required', p_gate.competition_id,
    jsonb_build_object('decisionId', asked, 'version', at_version), p_actor);
  return asked;
end $$;

-- A competition meets a gate: the gate, its question, and the wait in one step. p_request ({priority, limits, maxActive})
-- asks for it to be entered once the gate is open; without one its work pauses where it is. Where it stands at a gate
-- already, that one is answered.
-- {gate, is_new} | null: it moved on meanwhile
create function meet_gate(
  p_competition_id uuid, p_version integer, p_kind text, p_details jsonb, p_draft jsonb,
  p_wait_seconds double precision, p_reason text, p_request jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  g gates;
  moved jsonb;
begin
  if p_request is not null then
    -- before the row, as everywhere
    perform pg_advisory_xact_lock(hashtext('admit_competitions'));
  end if;
  select * into c from competitions where id = p_competition_id for update;
  if not found then return null; end if;
  select * into g from gates where competition_id = c.id and ended_at is null;
  if found then
    return jsonb_build_object('gate', to_jsonb(g), 'is_new', false);
  end if;
  if c.version <> p_version or c.state in ('completed', 'abandoned') then return null; end if;
  insert into gates (competition_id, kind, met_in, details)
  values (c.id, p_kind, c.state, coalesce(p_details, '{}')) returning * into g;
  if p_request is not null then
    perform request_competition(c.id, (p_request ->> 'priority')::integer, p_request -> 'limits',
      (p_request ->> 'maxActive')::integer, p_actor);
  else
    moved := transition_competition(c.id, c.version, 'paused',
      jsonb_build_object('reason', p_reason, 'code', p_kind, 'gateId', g.id), p_actor);
    if moved ->> 'outcome' <> 'moved' then
      raise exception 'competition % cannot wait at a gate from state %', c.slug, c.state using errcode = 'KA001';
    end if;
  end if;
  g.decision_id := ask_at_gate(g, p_draft, p_wait_seconds, p_actor);
  return jsonb_build_object('gate', to_jsonb(g), 'is_new', true);
end $$;

-- The gate is still shut although somebody said that it is done: asked again, where it stands and nothing is asked.
create function ask_at_gate_again(p_id uuid, p_draft jsonb, p_wait_seconds double precision, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  g gates;
begin
  perform from competitions where id = (select competition_id from gates where id = p_id) for update;
  select * into g from gates where id = p_id and ended_at is null;
  if not found then return null; end if;
  if not exists (select from human_interventions where id = g.decision_id and status = 'open') then
    perform ask_at_gate(g, p_draft, p_wait_seconds, p_actor);
  end if;
  select * into g from gates where id = p_id;
  return to_jsonb(g);
end $$;

-- The gate is open: what waited goes on, in the same step. p_option closes a question that is still open; p_details are
-- added to the competition's, and p_is_read_anew has its data and problem read once more.
create function pass_gate(
  p_id uuid, p_option text, p_reason text, p_details jsonb, p_is_read_anew boolean, p_max_active integer, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  g gates;
  closed uuid;
begin
  perform pg_advisory_xact_lock(hashtext('admit_competitions'));
  select * into c from competitions where id = (select competition_id from gates where id = p_id) for update;
  if not found then return null; end if;
  update gates set ended_at = clock_timestamp(), outcome = 'passed' where id = p_id and ended_at is null returning * into g;
  if not found then return null; end if;
  update human_interventions set status = 'decided', option = p_option, decided_by = p_actor, decided_at = clock_timestamp()
  where id = g.decision_id and status = 'open' returning id into closed;
  if closed is not null then
    perform emit_event('human_decision_made', c.id,
      jsonb_build_object('decisionId', closed, 'option', p_option, 'byDefault', false, 'version', c.version), p_actor);
  end if;
  update competitions set details = details || coalesce(p_details, '{}'),
    problem = case when p_is_read_anew then null else problem end,
    profile = case when p_is_read_anew then null else profile end,
    updated_at = clock_timestamp()
  where id = c.id;
  perform audit(p_actor, 'gate.passed', c.id, jsonb_build_object('gateId', g.id, 'kind', g.kind));
  if c.state = 'paused' and not coalesce((g.details ->> 'isHeld')::boolean, false) then
    perform transition_competition(c.id, c.version, 'resumed', jsonb_build_object('reason', p_reason), p_actor);
  elsif c.state = 'discovered' then
    perform admit_competitions(p_max_active, p_actor);
  end if;
  return to_jsonb(g);
end $$;

-- Nobody will open it: the competition ends there.
create function give_up_gate(p_id uuid, p_reason text, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  c competitions;
  g gates;
begin
  select * into c from competitions where id = (select competition_id from gates where id = p_id) for update;
  if not found then return null; end if;
  update gates set ended_at = clock_timestamp(), outcome = 'given_up' where id = p_id and ended_at is null returning * into g;
  if not found then return null; end if;
  perform audit(p_actor, 'gate.given_up', c.id, jsonb_build_object('gateId', g.id, 'kind', g.kind));
  if c.state not in ('completed', 'abandoned') then
    perform transition_competition(c.id, c.version, 'stopped', jsonb_build_object('reason', p_reason), p_actor);
  end if;
  return to_jsonb(g);
end $$;

-- A command moved the competition past its gate (resumed, stopped): nothing waits there any more.
create function leave_gates() returns trigger language plpgsql set search_path = public as $$
declare
  g gates;
  withdrawn uuid;
begin
  for g in
    update gates set ended_at = clock_timestamp(), outcome = 'left'
    where competition_id = new.id and ended_at is null returning *
  loop
    update human_interventions set status = 'withdrawn', decided_at = clock_timestamp()
    where id = g.decision_id and status = 'open' returning id into withdrawn;
    if withdrawn is not null then
      perform emit_event('decision_changed', new.id, jsonb_build_object('decisionId', withdrawn),
        '{"type": "schedule", "name": "gates"}');
    end if;
  end loop;
  return null;
end $$;
create trigger competitions_leave_gates after update of state on competitions
  for each row when (old.state is distinct from new.state
    and (old.state = 'paused' or new.state in ('completed', 'abandoned')))
  execute function leave_gates();

create function note_gate_look(p_id uuid, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  update gates set looked_at = clock_timestamp(), looks = looks + 1, details = details || coalesce(p_details, '{}')
  where id = p_id returning to_jsonb(gates);
$$;

-- The standing gate of a competition. null: none
create function standing_gate(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(g) from gates g where competition_id = p_competition_id and ended_at is null;
$$;

-- The gate that a question stands or stood beside; one that was asked anew stands beside the same. null: none
create function gate_of_decision(p_decision_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(g) from human_interventions d
  join gates g on g.competition_id = d.competition_id
  where d.id = p_decision_id
    and (g.decision_id = d.id
         or g.ended_at is null and d.kind = case when g.kind = 'contract' then 'metric' else 'gate' end)
  order by g.decision_id = d.id desc nulls last, g.met_at desc limit 1;
$$;

-- Standing gates to look at: a fresh one whenever asked for, one that stands for long less often, at most an hour apart.
create function list_due_gates() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(g) order by g.looked_at nulls first), '[]') from gates g
  where ended_at is null
    and coalesce(looked_at, met_at) <= clock_timestamp() - least((clock_timestamp() - met_at) / 24.0, interval '1 hour');
$$;

-- A person paused what waits at a gate anyway: it does not go on by itself when the gate opens.
create function hold_gate(p_competition_id uuid) returns jsonb language sql set search_path = public as $$
  update gates set details = details || '{"isHeld": true}'
  where competition_id = p_competition_id and ended_at is null returning to_jsonb(gates);
$$;

-- As in 0005, but who stands at a gate takes no place.
create or replace function admit_competitions(p_max_active integer, p_actor jsonb) returns jsonb
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
    select * from competitions c
    where requested_at is not null and admitted_at is null and state = 'discovered'
      and not exists (select from gates g where g.competition_id = c.id and g.ended_at is null)
    order by priority, requested_at limit greatest(free, 0) for update
  loop
    update competitions set admitted_at = clock_timestamp(), updated_at = clock_timestamp() where id = next.id;
    perform emit_event('new_competition_found', next.id, jsonb_build_object('version', next.version), p_actor);
    admitted := admitted || to_jsonb(next.slug);
  end loop;
  return admitted;
end $$;

-- As in 0011, but a question beside a gate goes on while its competition is paused for it.
create or replace function claim_nudges(p_is_quiet boolean, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  due record;
  claimed human_interventions;
  claims jsonb := '[]';
begin
  for due in
    select d.id, c.id as competition_id, c.slug from human_interventions d join competitions c on c.id = d.competition_id
    where d.status = 'open' and d.escalated_at is null and d.deadline > clock_timestamp()
      and (c.state <> 'paused' or exists (select from gates g where g.decision_id = d.id and g.ended_at is null))
      and (d.escalate_at <= clock_timestamp() or (d.remind_at <= clock_timestamp() and d.reminded_at is null))
      and (not p_is_quiet or d.kind = 'budget'
           or (c.details ->> 'deadline')::timestamptz < clock_timestamp() + interval '6 hours')
    order by c.id, d.created_at
  loop
    -- the competition first, as everywhere; whoever waited here finds the claim taken
    perform 1 from competitions where id = due.competition_id for update;
    update human_interventions set
      reminded_at = case when escalate_at > clock_timestamp() then clock_timestamp() else reminded_at end,
      escalated_at = case when escalate_at <= clock_timestamp() then clock_timestamp() end
    where id = due.id and status = 'open' and escalated_at is null and deadline > clock_timestamp()
      and (escalate_at <= clock_timestamp() or (remind_at <= clock_timestamp() and reminded_at is null))
    returning * into claimed;
    continue when not found;
    perform emit_event('decision_changed', due.competition_id, jsonb_build_object('decisionId', due.id), p_actor);
    claims := claims || jsonb_build_object('decisionId', due.id, 'slug', due.slug,
      'step', case when claimed.escalated_at is null then 'reminder' else 'escalation' end);
  end loop;
  return claims;
end $$;

create or replace function list_expired_decisions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug, 'title', c.title) order by d.deadline), '[]')
  from human_interventions d join competitions c on c.id = d.competition_id
  where d.status = 'open' and d.deadline <= clock_timestamp()
    and (c.state <> 'paused' or exists (select from gates g where g.decision_id = d.id and g.ended_at is null));
$$;
