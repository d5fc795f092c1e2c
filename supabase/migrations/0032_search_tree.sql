-- The tree of solutions: an approach is a node, made by an operator from earlier nodes. Parents are written with the
-- node and never change, and must exist before it, so the tree has no cycle.

alter table approaches
  add column operator text not null default 'draft' check (operator in ('draft', 'improve', 'debug', 'merge')),
  add column parents uuid[] not null default '{}',
  -- How many failed ones in a row it mends.
  add column debug_depth integer not null default 0 check (debug_depth >= 0),
  -- What its parts are worth; null where nobody has measured it.
  add column ablations jsonb,
  add constraint approaches_parents check (
    array_position(parents, id) is null
    and cardinality(parents) = case operator when 'draft' then 0 when 'merge' then 2 else 1 end);
create index on approaches using gin (parents);
grant select (operator, parents, debug_depth) on approaches to authenticated;

-- What a round does, as the policy chose it from the tree: [{operator, parents, isAblationGuided, complexity, reason}].
create table search_plans (
  competition_id uuid not null references competitions (id) on delete cascade,
  version integer not null,
  round integer not null,
  steps jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (competition_id, version)
);
alter table search_plans enable row level security;
create policy service_role_all on search_plans for all to service_role using (true) with check (true);
grant select (competition_id, version, round, created_at) on search_plans to authenticated;
create policy authenticated_reads on search_plans for select to authenticated using (true);

-- A query that asks for one step of the plan carries it, with its place there; of other kinds there is one each.
alter table research_results
  add column step jsonb,
  add column place integer not null default 0,
  drop constraint research_results_competition_id_version_kind_key,
  add constraint research_results_one unique (competition_id, version, kind, place);

-- p_items: [{kind, step, place}], the last two for `step` alone. Questions of this round that were interrupted, as by a
-- pause, go on under the new version where something was paid for: at work, or answered with a report. Research that
-- came to its end and led nowhere is asked anew.
drop function plan_research(uuid, integer, jsonb, jsonb);
create function plan_research(
  p_competition_id uuid, p_version integer, p_items jsonb, p_steps jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  ids jsonb;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'researching' then return null; end if;
  insert into search_plans (competition_id, version, round, steps)
  values (c.id, c.version, c.round, coalesce(p_steps, '[]'))
  on conflict (competition_id, version) do nothing;
  if not found then
    -- planned before: the event is out already
    return '[]';
  end if;
  update research_results set version = c.version where id in (
    select distinct on (r.kind) r.id from research_results r
    where r.competition_id = c.id and r.round = c.round and r.version < c.version and r.step is null
      and r.status in ('planned', 'done') and (r.report_key is not null or r.resume <> '{}')
      and r.kind in (select i ->> 'kind' from jsonb_array_elements(p_items) as i)
      and (exists (select from research_results o
                   where o.competition_id = c.id and o.version = r.version and o.status = 'planned')
           or not exists (select from transitions t where t.competition_id = c.id and t.version = r.version + 1
                          and t.event = 'research_failed' and not t.refused))
    order by r.kind, r.version desc);
  insert into research_results (competition_id, round, version, kind, step, place)
  select c.id, c.round, c.version, i ->> 'kind', nullif(i -> 'step', 'null'), coalesce((i ->> 'place')::integer, 0)
  from jsonb_array_elements(p_items) as i
  on conflict (competition_id, version, kind, place) do nothing;
  select coalesce(jsonb_agg(id order by kind, place), '[]') into ids from research_results
  where competition_id = c.id and version = c.version;
  perform emit_event('research_planned', c.id, jsonb_build_object('version', c.version, 'round', c.round, 'items', ids), p_actor);
  return ids;
end $$;

create or replace function list_research(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(r) order by r.created_at, r.kind, r.place), '[]') from research_results r
  where competition_id = p_competition_id;
$$;

-- The steps of the round that stands at this version. null: not planned yet
create function read_search_plan(p_competition_id uuid, p_version integer) returns jsonb
language sql stable set search_path = public as $$
  select steps from search_plans where competition_id = p_competition_id and version = p_version;
$$;

-- One node. Its parents must be nodes of the same competition. null: its name is taken
create function insert_node(
  p_competition competitions, p_version integer, p_rank integer, p_spec jsonb, p_operator text, p_parents jsonb,
  p_debug_depth integer
) returns uuid language plpgsql set search_path = public as $$
declare
  parent_ids uuid[];
  made uuid;
begin
  select coalesce(array_agg(p.id::uuid order by p.place), '{}') into parent_ids
  from jsonb_array_elements_text(coalesce(p_parents, '[]')) with ordinality as p (id, place);
  if (select count(*) from approaches where id = any (parent_ids) and competition_id = p_competition.id) <> cardinality(parent_ids) then
    raise exception 'a parent of % is no node of %', p_spec ->> 'name', p_competition.slug;
  end if;
  insert into approaches (competition_id, round, version, rank, name, family, spec, operator, parents, debug_depth)
  values (p_competition.id, p_competition.round, p_version, p_rank, p_spec ->> 'name', p_spec ->> 'family', p_spec,
          p_operator, parent_ids, p_debug_depth)
  on conflict (competition_id, name) do nothing returning id into made;
  return made;
end $$;

-- Stores the round's nodes, [{spec, operator, parents, debugDepth}], and moves the competition on, in one step.
create or replace function finish_research(
  p_competition_id uuid, p_version integer, p_approaches jsonb, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  answer jsonb;
  c competitions;
  node record;
begin
  answer := transition_competition(p_competition_id, p_version, 'research_completed',
    jsonb_build_object('approaches', jsonb_array_length(p_approaches)), p_actor);
  -- a refused move is recorded, so it is no error; but it must leave no approaches behind
  if answer ->> 'outcome' = 'moved' then
    select * into c from competitions where id = p_competition_id;
    for node in select a.value, a.rank from jsonb_array_elements(p_approaches) with ordinality as a (value, rank) loop
      if insert_node(c, p_version, node.rank::integer, node.value -> 'spec', coalesce(node.value ->> 'operator', 'draft'),
                     node.value -> 'parents', coalesce((node.value ->> 'debugDepth')::integer, 0)) is null then
        raise exception 'there is an approach % already', node.value -> 'spec' ->> 'name';
      end if;
    end loop;
  end if;
  return answer;
end $$;

-- A script that the gate stopped, and the node that mends it in the same round, in one step. Whoever comes second
-- changes nothing.
-- {ended: false} | {ended: true, child: its code's id or null (too deep, or its name is taken)}
create function debug_code(
  p_id uuid, p_generator text, p_object_prefix text, p_gate_report jsonb, p_error text, p_child jsonb,
  p_max_depth integer, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  failed generated_code;
  parent approaches;
  node uuid;
  code uuid;
begin
  -- the competition before its rows, as everywhere
  select * into c from competitions where id = (select competition_id from generated_code where id = p_id) for update;
  if not found or c.state <> 'code_generating' then return jsonb_build_object('ended', false); end if;
  update generated_code set status = 'failed', generator = p_generator, object_prefix = p_object_prefix,
    gate_report = p_gate_report, error = p_error, ended_at = clock_timestamp()
  where id = p_id and status = 'planned' returning * into failed;
  if not found then return jsonb_build_object('ended', false); end if;
  update approaches set status = 'failed', error = p_error where id = failed.approach_id returning * into parent;
  if p_child is null or parent.round <> c.round or parent.debug_depth >= p_max_depth then
    return jsonb_build_object('ended', true, 'child', null);
  end if;
  node := insert_node(c, c.version, parent.rank, p_child, 'debug', jsonb_build_array(parent.id), parent.debug_depth + 1);
  if node is null then return jsonb_build_object('ended', true, 'child', null); end if;
  insert into generated_code (competition_id, approach_id, round) values (c.id, node, c.round) returning id into code;
  perform announce_items('generation_planned', c, jsonb_build_array(code), p_actor);
  return jsonb_build_object('ended', true, 'child', code);
end $$;

-- Measured once: what is stored stands.
create function store_ablations(p_approach_id uuid, p_ablations jsonb) returns jsonb
language sql set search_path = public as $$
  update approaches set ablations = coalesce(ablations, p_ablations) where id = p_approach_id returning ablations;
$$;

-- Real where it is known, else reserved.
create function node_gpu_micro_usd(p_approach_id uuid) returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(coalesce(s.micro_usd, r.micro_usd)), 0)::bigint
  from training_jobs t join gpu_sessions g on g.job_id = t.id
  join spend_ledger r on r.key = g.key and r.entry = 'reserve'
  left join spend_ledger s on s.key = g.key and s.entry = 'settle'
  where t.approach_id = p_approach_id;
$$;

-- The same for language models.
create function node_llm_micro_usd(p_approach_id uuid) returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(coalesce(micro_usd, reserved_micro_usd)), 0)::bigint from model_calls where approach_id = p_approach_id;
$$;

-- Every node with what became of it, oldest first. Without gate scores: neither the search nor a model sees those.
create function read_tree(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'id', a.id, 'round', a.round, 'rank', a.rank, 'name', a.name, 'spec', a.spec, 'operator', a.operator,
    'parents', to_jsonb(a.parents), 'debug_depth', a.debug_depth, 'ablations', a.ablations, 'status', a.status,
    'error', a.error, 'created_at', a.created_at,
    'code', case when g.id is not null then jsonb_build_object(
      'id', g.id, 'status', g.status, 'generator', g.generator, 'object_prefix', g.object_prefix, 'error', g.error,
      'estimate_seconds', g.estimate_seconds, 'ended_at', g.ended_at, 'parts', coalesce(g.gate_report -> 'parts', '[]'),
      'failed_check', (
        select k.value ->> 'name' from jsonb_array_elements(g.gate_report -> 'checks') with ordinality as k (value, place)
        where k.value ->> 'status' = 'failed' order by k.place limit 1)) end,
    'run', case when t.id is not null then jsonb_build_object(
      'id', t.id, 'status', t.status, 'error', t.error, 'exit_class', t.result -> 'exitClass', 'seconds', t.result -> 'seconds',
      'scores', t.scores - 'gate', 'token', t.token, 'object_prefix', t.object_prefix, 'ended_at', t.ended_at) end,
    'confirmations', (
      select count(*) from training_jobs f where f.approach_id = a.id and f.purpose = 'confirm' and f.status = 'succeeded'),
    'gpu_micro_usd', node_gpu_micro_usd(a.id),
    'llm_micro_usd', node_llm_micro_usd(a.id)
  ) order by a.created_at, a.round, a.rank, a.id), '[]')
  from approaches a
  left join generated_code g on g.approach_id = a.id
  left join lateral (
    select * from training_jobs s where s.approach_id = a.id and s.purpose = 'search'
    order by s.status = 'succeeded' desc, s.created_at desc limit 1
  ) t on true
  where a.competition_id = p_competition_id;
$$;
