-- Decisions: what people are asked. Everything that changes one that is not an answer is told by `decision_changed`.

-- Competitions leave a decision no later than two hours before they end: what was decided must still be done.
create function decision_limit(p_competition_id uuid) returns timestamptz
language sql stable set search_path = public as $$
  select (details ->> 'deadline')::timestamptz - interval '2 hours' from competitions where id = p_competition_id;
$$;

-- Opens a decision; a blocking one moves its competition to where it waits, in the same step.
-- The move is left out where the competition waits already (failed).
create function open_decision(
  p_competition_id uuid, p_version integer, p_move text, p_draft jsonb, p_sla_seconds double precision, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  opened human_interventions;
  moved jsonb;
  asked_at timestamptz := clock_timestamp();
  until timestamptz;
  -- one of the three that a competition may have open is kept for the one that blocks
  most_beside constant integer := 2;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version then return null; end if;
  if (p_draft ->> 'blocking')::boolean then
    if exists (select from human_interventions where competition_id = c.id and status = 'open' and blocking) then
      return null;
    end if;
  elsif (select count(*) from human_interventions
         where competition_id = c.id and status = 'open' and not blocking) >= most_beside then
    return null;
  end if;
  -- least and greatest pass over null: a competition without an end sets no limit
  until := greatest(least(asked_at + make_interval(secs => p_sla_seconds), decision_limit(c.id)), asked_at);
  insert into human_interventions (competition_id, kind, blocking, draft, deadline, remind_at, escalate_at, created_at)
  values (c.id, p_draft ->> 'kind', (p_draft ->> 'blocking')::boolean, p_draft, until,
          asked_at + (until - asked_at) * 0.5, asked_at + (until - asked_at) * 0.75, asked_at)
  returning * into opened;
  if p_move is not null then
    moved := transition_competition(c.id, p_version, p_move, jsonb_build_object('decisionId', opened.id), p_actor);
    if moved ->> 'outcome' <> 'moved' then
      raise exception 'competition % cannot wait for a decision from state %', c.slug, c.state using errcode = 'KA001';
    end if;
  end if;
  perform emit_event('decision_required', c.id,
    jsonb_build_object('decisionId', opened.id, 'version', coalesce((moved -> 'competition' ->> 'version')::integer, c.version)), p_actor);
  return to_jsonb(opened);
end $$;

-- The first valid answer wins, whoever gives it; the deadline's default runs through here as well, and an answer
-- that comes after the deadline finds the default taken.
-- {outcome: decided, decision} | {outcome: closed, decision} | {outcome: unknown_option} | {outcome: paused} | null
create function answer_decision(
  p_id uuid, p_option text, p_note text, p_by_default boolean, p_by_name text, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  d human_interventions;
  c competitions;
  moved jsonb;
begin
  -- the competition first, then the decision: the order in which every other function locks them
  select * into c from competitions where id = (select competition_id from human_interventions where id = p_id) for update;
  if not found then return null; end if;
  select * into d from human_interventions where id = p_id for update;
  if d.status = 'open' and not p_by_default and d.deadline <= clock_timestamp() and c.state <> 'paused' then
    perform answer_decision(p_id, d.draft ->> 'defaultOption', null, true, null,
      '{"type": "default", "reason": "the deadline passed"}');
    select * into d from human_interventions where id = p_id;
  end if;
  if d.status <> 'open' then
    -- the same press delivered twice is one press
    if not p_by_default and not coalesce(
      d.decided_by = p_actor and d.option = p_option and d.decided_at > clock_timestamp() - interval '10 seconds', false
    ) then
      perform audit(p_actor, 'decision.too_late', c.id, jsonb_strip_nulls(jsonb_build_object(
        'decisionId', p_id, 'option', p_option, 'name', p_by_name)));
    end if;
    return jsonb_build_object('outcome', 'closed', 'decision', to_jsonb(d));
  end if;
  if not exists (select from jsonb_array_elements(d.draft -> 'options') o where o ->> 'id' = p_option) then
    return jsonb_build_object('outcome', 'unknown_option');
  end if;
  if d.blocking and c.state = 'paused' then
    return jsonb_build_object('outcome', 'paused');
  end if;
  update human_interventions set status = case when p_by_default then 'expired' else 'decided' end,
    option = p_option, note = p_note, decided_by = p_actor, decided_by_name = p_by_name, decided_at = clock_timestamp()
  where id = p_id returning * into d;
  perform audit(p_actor, 'decision.answered', c.id, jsonb_strip_nulls(jsonb_build_object(
    'decisionId', p_id, 'option', p_option, 'byDefault', p_by_default, 'note', p_note, 'name', p_by_name)));
  if d.blocking then
    moved := transition_competition(c.id, c.version, p_option,
      jsonb_build_object('decisionId', p_id, 'reason', 'decision: ' || p_option), p_actor);
    if moved ->> 'outcome' <> 'moved' then
      raise exception 'decision % cannot move competition % from state %', p_id, c.slug, c.state using errcode = 'KA001';
    end if;
  end if;
  perform emit_event('human_decision_made', c.id,
    jsonb_build_object('decisionId', p_id, 'option', p_option, 'byDefault', p_by_default,
      'version', coalesce((moved -> 'competition' ->> 'version')::integer, c.version)), p_actor);
  return jsonb_build_object('outcome', 'decided', 'decision', to_jsonb(d));
end $$;

-- The competition moved on otherwise: what was asked is no longer needed. The caller holds the competition's row.
create function withdraw_decisions(p_competition_id uuid, p_only_blocking boolean, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  withdrawn uuid;
begin
  for withdrawn in
    update human_interventions set status = 'withdrawn', decided_by = p_actor, decided_at = clock_timestamp()
    where competition_id = p_competition_id and status = 'open' and (blocking or not p_only_blocking)
    returning id
  loop
    perform emit_event('decision_changed', p_competition_id, jsonb_build_object('decisionId', withdrawn), p_actor);
  end loop;
end $$;

-- A paused competition's questions waited with it: they get the time that it was paused for.
create function resume_decisions(p_competition_id uuid, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  waited interval;
  resumed uuid;
begin
  select clock_timestamp() - max(at) into waited from transitions
  where competition_id = p_competition_id and event = 'paused' and not refused;
  for resumed in
    update human_interventions set
      deadline = greatest(deadline, least(deadline + waited, decision_limit(p_competition_id))),
      remind_at = remind_at + waited, escalate_at = escalate_at + waited
    where competition_id = p_competition_id and status = 'open' returning id
  loop
    perform emit_event('decision_changed', p_competition_id, jsonb_build_object('decisionId', resumed), p_actor);
  end loop;
end $$;

-- More time, once: an hour, as far as the competition's end leaves it.
-- {outcome: done | limit | closed, deadline} | null
create function snooze_decision(p_id uuid, p_actor jsonb) returns jsonb language plpgsql set search_path = public as $$
declare
  d human_interventions;
  c competitions;
  until timestamptz;
begin
  select * into c from competitions where id = (select competition_id from human_interventions where id = p_id) for update;
  if not found then return null; end if;
  select * into d from human_interventions where id = p_id for update;
  if d.status <> 'open' or (d.deadline <= clock_timestamp() and c.state <> 'paused') then
    return jsonb_build_object('outcome', 'closed', 'deadline', d.deadline);
  end if;
  until := least(d.deadline + interval '1 hour', decision_limit(c.id));
  if d.snoozed_at is not null or until <= d.deadline then
    return jsonb_build_object('outcome', 'limit', 'deadline', d.deadline);
  end if;
  update human_interventions set deadline = until, snoozed_at = clock_timestamp() where id = p_id;
  perform audit(p_actor, 'decision.snoozed', c.id, jsonb_build_object('decisionId', p_id, 'until', until));
  perform emit_event('decision_changed', c.id, jsonb_build_object('decisionId', p_id), p_actor);
  return jsonb_build_object('outcome', 'done', 'deadline', until);
end $$;

-- Asks a closed question anew while what followed from its answer can be undone: no training has ended since.
-- The competition waits again; two who ask get the same question.
-- {outcome: done, decision} | {outcome: too_late} | {outcome: paused} | null
create function ask_decision_again(p_id uuid, p_sla_seconds double precision, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  d human_interventions;
  c competitions;
  again human_interventions;
  opened jsonb;
begin
  select * into c from competitions where id = (select competition_id from human_interventions where id = p_id) for update;
  if not found then return null; end if;
  select * into d from human_interventions where id = p_id for update;
  select * into again from human_interventions where again_of = p_id;
  if found then
    return jsonb_build_object('outcome', 'done', 'decision', to_jsonb(again));
  end if;
  if d.status = 'open' then
    return jsonb_build_object('outcome', 'done', 'decision', to_jsonb(d));
  end if;
  if c.state = 'paused' then
    return jsonb_build_object('outcome', 'paused');
  end if;
  if d.status = 'withdrawn' or c.state in ('completed', 'abandoned') or (d.blocking and (
       c.state not in ('researching', 'research_completed', 'code_generating', 'code_ready', 'training')
       or exists (select from human_interventions n where n.competition_id = c.id and n.blocking and n.created_at > d.created_at)
       or exists (select from transitions t where t.competition_id = c.id and not t.refused
                  and t.at >= d.decided_at and t.to_state = 'training_completed')
     )) then
    return jsonb_build_object('outcome', 'too_late');
  end if;
  opened := open_decision(c.id, c.version, case when d.blocking then 'uncertainty_high' end, d.draft, p_sla_seconds, p_actor);
  if opened is null then
    return jsonb_build_object('outcome', 'too_late');
  end if;
  update human_interventions set again_of = p_id where id = (opened ->> 'id')::uuid returning * into again;
  if d.blocking then
    -- what was decided is not trained on; its machines are released by whoever sees that
    perform cancel_training(c.id);
  end if;
  perform audit(p_actor, 'decision.asked_again', c.id, jsonb_build_object('decisionId', again.id, 'againOf', p_id));
  return jsonb_build_object('outcome', 'done', 'decision', to_jsonb(again));
end $$;

-- Reminders (half of the time) and escalations (three quarters) that are due, each claimed once however many ask.
-- In quiet hours only for what cannot wait: money, and competitions that end within six hours.
-- [{decisionId, step, slug}]
create function claim_nudges(p_is_quiet boolean, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  due record;
  claimed human_interventions;
  claims jsonb := '[]';
begin
  for due in
    select d.id, c.id as competition_id, c.slug from human_interventions d join competitions c on c.id = d.competition_id
    where d.status = 'open' and d.escalated_at is null and c.state <> 'paused' and d.deadline > clock_timestamp()
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

create function get_decision(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(d) || jsonb_build_object('slug', c.slug, 'title', c.title)
  from human_interventions d join competitions c on c.id = d.competition_id where d.id = p_id;
$$;

create function list_decisions(p_competition_id uuid, p_only_open boolean) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug, 'title', c.title) order by d.created_at), '[]')
  from human_interventions d join competitions c on c.id = d.competition_id
  where (p_competition_id is null or d.competition_id = p_competition_id) and (not p_only_open or d.status = 'open');
$$;

-- By the database's clock; a paused competition's questions wait with it.
create function list_expired_decisions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug, 'title', c.title) order by d.deadline), '[]')
  from human_interventions d join competitions c on c.id = d.competition_id
  where d.status = 'open' and d.deadline <= clock_timestamp() and c.state <> 'paused';
$$;
