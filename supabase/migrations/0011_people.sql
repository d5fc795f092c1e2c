-- Decisions, cards, alerts: everything that is asked of and told to people.

create function save_card(
  p_subject text, p_kind text, p_competition_id uuid, p_content jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  saved cards;
begin
  insert into cards (subject, kind, competition_id, content) values (p_subject, p_kind, p_competition_id, p_content)
  on conflict (subject) do update set content = excluded.content, rev = cards.rev + 1, updated_at = clock_timestamp()
    where cards.content <> excluded.content
  returning * into saved;
  if not found then return null; end if;
  perform emit_event('card_changed', p_competition_id,
    jsonb_build_object('cardId', saved.id, 'rev', saved.rev), p_actor);
  return to_jsonb(saved);
end $$;

create function get_card(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(c) || jsonb_build_object('deliveries', coalesce((
    select jsonb_agg(to_jsonb(d)) from card_deliveries d where d.card_id = c.id), '[]'))
  from cards c where c.id = p_id;
$$;

create function record_card_delivery(
  p_card_id uuid, p_platform text, p_channel text, p_message_id text, p_rev integer, p_error text
) returns jsonb language sql set search_path = public as $$
  insert into card_deliveries (card_id, platform, channel, message_id, rev_sent, last_edit_at, error)
  values (p_card_id, p_platform, p_channel, p_message_id, p_rev, clock_timestamp(), p_error)
  on conflict (card_id, platform, channel) do update set
    message_id = coalesce(excluded.message_id, card_deliveries.message_id),
    rev_sent = greatest(card_deliveries.rev_sent, excluded.rev_sent), last_edit_at = clock_timestamp(),
    error = excluded.error
  returning to_jsonb(card_deliveries);
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
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version then return null; end if;
  if (p_draft ->> 'blocking')::boolean and exists (
    select from human_interventions where competition_id = c.id and status = 'open' and blocking
  ) then return null; end if;
  insert into human_interventions (competition_id, kind, blocking, draft, deadline)
  values (c.id, p_draft ->> 'kind', (p_draft ->> 'blocking')::boolean, p_draft,
          clock_timestamp() + make_interval(secs => p_sla_seconds))
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

-- The first valid answer wins, whoever gives it; the deadline's default runs through here as well.
-- {outcome: decided, decision} | {outcome: closed, decision} | {outcome: unknown_option} | {outcome: paused} | null
create function answer_decision(
  p_id uuid, p_option text, p_note text, p_by_default boolean, p_actor jsonb
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
  if d.status <> 'open' then
    return jsonb_build_object('outcome', 'closed', 'decision', to_jsonb(d));
  end if;
  if not exists (select from jsonb_array_elements(d.draft -> 'options') o where o ->> 'id' = p_option) then
    return jsonb_build_object('outcome', 'unknown_option');
  end if;
  if d.blocking and c.state = 'paused' then
    return jsonb_build_object('outcome', 'paused');
  end if;
  update human_interventions set status = case when p_by_default then 'expired' else 'decided' end,
    option = p_option, note = p_note, decided_by = p_actor, decided_at = clock_timestamp()
  where id = p_id returning * into d;
  perform audit(p_actor, 'decision.answered', c.id, jsonb_build_object('decisionId', p_id, 'option', p_option, 'byDefault', p_by_default));
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

create function get_decision(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(d) || jsonb_build_object('slug', c.slug)
  from human_interventions d join competitions c on c.id = d.competition_id where d.id = p_id;
$$;

create function list_decisions(p_competition_id uuid, p_only_open boolean) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug) order by d.created_at), '[]')
  from human_interventions d join competitions c on c.id = d.competition_id
  where (p_competition_id is null or d.competition_id = p_competition_id) and (not p_only_open or d.status = 'open');
$$;

-- By the database's clock; a paused competition's questions wait with it.
create function list_expired_decisions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('slug', c.slug) order by d.deadline), '[]')
  from human_interventions d join competitions c on c.id = d.competition_id
  where d.status = 'open' and d.deadline <= clock_timestamp() and c.state <> 'paused';
$$;

create function raise_alert(p_kind text, p_severity text, p_message text, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  insert into alerts (kind, severity, message, details) values (p_kind, p_severity, p_message, p_details)
  on conflict (kind) where cleared_at is null do update set
    count = alerts.count + 1, last_at = clock_timestamp(), message = excluded.message, severity = excluded.severity,
    details = excluded.details
  returning to_jsonb(alerts);
$$;

create function clear_alert(p_kind text) returns jsonb language sql set search_path = public as $$
  update alerts set cleared_at = clock_timestamp() where kind = p_kind and cleared_at is null returning to_jsonb(alerts);
$$;

create function list_alerts() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.since), '[]') from alerts a where cleared_at is null;
$$;

create function record_audit(p_actor jsonb, p_action text, p_competition_id uuid, p_details jsonb) returns jsonb
language sql set search_path = public as $$
  insert into audit_log (actor, action, competition_id, details) values (p_actor, p_action, p_competition_id, p_details)
  returning to_jsonb(audit_log);
$$;

create function read_installation() returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(i) from installation i;
$$;
