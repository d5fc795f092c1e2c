-- Research and code generation: rows first, then an event that fans out over them.

create function plan_research(
  p_competition_id uuid, p_version integer, p_kinds jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  ids jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'researching' then return null; end if;
  insert into research_results (competition_id, round, version, kind)
  select c.id, c.round, c.version, kind from jsonb_array_elements_text(p_kinds) as kind
  on conflict (competition_id, version, kind) do nothing;
  if not found then
    -- planned before: the event is out already
    return '[]';
  end if;
  select jsonb_agg(id order by kind) into ids from research_results
  where competition_id = c.id and version = c.version;
  perform emit_event('research_planned', c.id, jsonb_build_object('version', c.version, 'round', c.round, 'items', ids), p_actor);
  return ids;
end $$;

create function end_research_query(
  p_id uuid, p_status text, p_provider text, p_report jsonb, p_error text
) returns jsonb language sql set search_path = public as $$
  update research_results set status = p_status, provider = p_provider, report = p_report, error = p_error,
    ended_at = clock_timestamp()
  where id = p_id and status = 'planned' returning to_jsonb(research_results);
$$;

create function get_research_query(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(r) from research_results r where id = p_id;
$$;

create function list_research(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.created_at, r.kind), '[]') from research_results r
  where competition_id = p_competition_id;
$$;

-- Stores the ranked approaches and moves the competition on, in one step.
create function finish_research(
  p_competition_id uuid, p_version integer, p_approaches jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  answer jsonb;
begin
  answer := transition_competition(p_competition_id, p_version, 'research_completed',
    jsonb_build_object('approaches', jsonb_array_length(p_approaches)), p_actor);
  -- a refused move is recorded, so it is no error; but it must leave no approaches behind
  if answer ->> 'outcome' = 'moved' then
    insert into approaches (competition_id, round, version, rank, name, family, spec)
    select p_competition_id, (answer -> 'competition' ->> 'round')::integer, p_version,
           a.rank::integer, a.spec ->> 'name', a.spec ->> 'family', a.spec
    from jsonb_array_elements(p_approaches) with ordinality as a (spec, rank);
  end if;
  return answer;
end $$;

create function list_approaches(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.round, a.rank), '[]') from approaches a
  where competition_id = p_competition_id;
$$;

-- Announces rows to be worked on, each once for every version of its competition: what an earlier event of this
-- version named has its jobs already. The first event of a version goes out even with nothing to do: joins hang on it.
create function announce_items(p_type text, p_competition competitions, p_ids jsonb, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  fresh jsonb;
begin
  select coalesce(jsonb_agg(i.id order by i.place), '[]') into fresh
  from jsonb_array_elements(p_ids) with ordinality as i (id, place)
  where not exists (
    select from events e where e.competition_id = p_competition.id and e.type = p_type
      and (e.payload ->> 'version')::integer = p_competition.version and e.payload -> 'items' @> i.id);
  if jsonb_array_length(fresh) = 0 and exists (
    select from events e where e.competition_id = p_competition.id and e.type = p_type
      and (e.payload ->> 'version')::integer = p_competition.version
  ) then
    return;
  end if;
  perform emit_event(p_type, p_competition.id, jsonb_build_object(
    'version', p_competition.version, 'round', p_competition.round, 'items', fresh), p_actor);
end $$;

create function plan_generation(p_competition_id uuid, p_version integer, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  c competitions;
  ids jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'code_generating' then return null; end if;
  insert into generated_code (competition_id, approach_id, round)
  select c.id, a.id, c.round from approaches a
  where a.competition_id = c.id and a.round = c.round and a.status = 'proposed'
  on conflict (approach_id) do nothing;
  select coalesce(jsonb_agg(g.id order by a.rank), '[]') into ids
  from generated_code g join approaches a on a.id = g.approach_id
  where g.competition_id = c.id and g.round = c.round and g.status = 'planned';
  perform announce_items('generation_planned', c, ids, p_actor);
  return ids;
end $$;

create function get_code(p_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(g) || jsonb_build_object('approach', to_jsonb(a))
  from generated_code g join approaches a on a.id = g.approach_id where g.id = p_id;
$$;

create function list_code(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(g) || jsonb_build_object('approach', to_jsonb(a)) order by a.round, a.rank), '[]')
  from generated_code g join approaches a on a.id = g.approach_id where g.competition_id = p_competition_id;
$$;

create function end_code(
  p_id uuid, p_status text, p_generator text, p_object_prefix text, p_bundle jsonb, p_gate_report jsonb,
  p_estimate_seconds double precision, p_error text
) returns jsonb language plpgsql set search_path = public as $$
declare
  ended generated_code;
begin
  update generated_code set status = p_status, generator = p_generator, object_prefix = p_object_prefix,
    bundle = p_bundle, gate_report = p_gate_report, estimate_seconds = p_estimate_seconds, error = p_error,
    ended_at = clock_timestamp()
  where id = p_id and status = 'planned' returning * into ended;
  if not found then return null; end if;
  update approaches set status = case when p_status = 'ready' then 'coded' else 'failed' end, error = p_error
  where id = ended.approach_id;
  return to_jsonb(ended);
end $$;
