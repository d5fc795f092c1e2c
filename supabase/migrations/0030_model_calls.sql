-- Calls of language models: what each was for, what it cost, and the answers, so that none is paid twice.

-- One row for each attempt that was reserved. Its money stands in spend_ledger under the same key.
create table model_calls (
  id uuid primary key default gen_random_uuid(),
  attempt_key text not null unique,
  -- The answer that is wanted, as whoever wants it names it; with the digest of what exactly was asked.
  call_key text not null,
  prompt_sha256 text not null check (prompt_sha256 ~ '^[0-9a-f]{64}$'),
  competition_id uuid references competitions (id) on delete set null,
  approach_id uuid references approaches (id) on delete set null,
  step text not null,
  model text not null,
  reserved_micro_usd bigint not null check (reserved_micro_usd >= 0),
  micro_usd bigint check (micro_usd >= 0),
  input_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  cache_read_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  searches integer not null default 0,
  -- How it ended, in the vendor's word or the code of a failure; `orphaned`: nobody told.
  outcome text,
  -- As the provider keeps it; null where there was none, or it is too old to be asked for again.
  answer jsonb,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);
create index on model_calls (call_key, prompt_sha256, created_at);
create index on model_calls (competition_id, created_at);
create index on model_calls (approach_id) where approach_id is not null;
create index on model_calls (created_at) where settled_at is null;
create index on model_calls (settled_at) where answer is not null;

alter table model_calls enable row level security;
create policy service_role_all on model_calls for all to service_role using (true) with check (true);
grant select (id, competition_id, approach_id, step, model, reserved_micro_usd, micro_usd, outcome, created_at, settled_at)
  on model_calls to authenticated;
create policy authenticated_reads on model_calls for select to authenticated using (true);

-- Reserves the worst price of one attempt under the caps. The same question asked again after a crash is a new attempt,
-- which costs again; so there is a limit of them. What surely cost nothing does not count.
-- {granted: true, attemptKey} | {granted: false, cap, freeMicroUsd, attemptKey}; cap `attempts`: the limit is reached
create function reserve_model_call(
  p_call_key text, p_prompt_sha256 text, p_competition_id uuid, p_approach_id uuid, p_step text, p_model text,
  p_micro_usd bigint, p_max_attempts integer
) returns jsonb language plpgsql set search_path = public as $$
declare
  made integer;
  spent integer;
  new_key text;
  reserved jsonb;
begin
  -- before the caps, as everybody who takes both
  perform pg_advisory_xact_lock(hashtextextended('model call ' || p_call_key, 0));
  select count(*), count(*) filter (where settled_at is null or micro_usd > 0) into made, spent
  from model_calls where call_key = p_call_key and prompt_sha256 = p_prompt_sha256;
  new_key := concat(p_call_key, '#', left(p_prompt_sha256, 12), '#', made + 1);
  if spent >= p_max_attempts then
    return jsonb_build_object('granted', false, 'cap', 'attempts', 'freeMicroUsd', 0, 'attemptKey', new_key);
  end if;
  reserved := reserve_spend(new_key, 'llm', p_competition_id, p_micro_usd, 0);
  if not (reserved ->> 'granted')::boolean then
    return reserved || jsonb_build_object('attemptKey', new_key);
  end if;
  insert into model_calls (attempt_key, call_key, prompt_sha256, competition_id, approach_id, step, model, reserved_micro_usd)
  values (new_key, p_call_key, p_prompt_sha256, p_competition_id,
          -- one that is gone meanwhile is no reason to lose track of the money
          (select id from approaches where id = p_approach_id), p_step, p_model, p_micro_usd);
  return reserved || jsonb_build_object('attemptKey', new_key);
end $$;

-- What it cost takes the reservation's place, once. An attempt that counts as orphaned by now keeps the price that was
-- taken for it; its answer is kept all the same.
-- {settled: whether it was open}
create function settle_model_call(
  p_attempt_key text, p_usage jsonb, p_micro_usd bigint, p_outcome text, p_answer jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  before model_calls;
begin
  select * into before from model_calls where attempt_key = p_attempt_key for update;
  if not found or before.settled_at is not null and before.outcome <> 'orphaned' then
    return jsonb_build_object('settled', false);
  end if;
  update model_calls set
    input_tokens = coalesce((p_usage ->> 'inputTokens')::bigint, 0),
    cache_write_tokens = coalesce((p_usage ->> 'cacheWriteTokens')::bigint, 0),
    cache_read_tokens = coalesce((p_usage ->> 'cacheReadTokens')::bigint, 0),
    output_tokens = coalesce((p_usage ->> 'outputTokens')::bigint, 0),
    searches = coalesce((p_usage ->> 'searches')::integer, 0),
    micro_usd = coalesce(before.micro_usd, p_micro_usd), outcome = p_outcome,
    -- a JSON null is no answer
    answer = nullif(p_answer, 'null'), settled_at = clock_timestamp()
  where id = before.id;
  perform settle_spend(p_attempt_key, p_micro_usd);
  return jsonb_build_object('settled', true);
end $$;

-- The answer to exactly this question that was paid for last; null: there is none.
create function recall_model_answer(p_call_key text, p_prompt_sha256 text) returns jsonb
language sql stable set search_path = public as $$
  select answer from model_calls
  where call_key = p_call_key and prompt_sha256 = p_prompt_sha256 and answer is not null
  order by created_at desc, id limit 1;
$$;

-- Attempts that nobody told the end of: whoever made them is gone, and may have been billed for all that was reserved.
-- {settled, microUsd}
create function settle_orphan_model_calls(p_older_seconds double precision) returns jsonb
language plpgsql set search_path = public as $$
declare
  orphan model_calls;
  found_calls integer := 0;
  found_micro_usd bigint := 0;
begin
  for orphan in
    select * from model_calls
    where settled_at is null and created_at < clock_timestamp() - make_interval(secs => p_older_seconds)
    order by created_at, id for update skip locked
  loop
    update model_calls set settled_at = clock_timestamp(), micro_usd = reserved_micro_usd, outcome = 'orphaned'
    where id = orphan.id;
    perform settle_spend(orphan.attempt_key, orphan.reserved_micro_usd);
    found_calls := found_calls + 1;
    found_micro_usd := found_micro_usd + orphan.reserved_micro_usd;
  end loop;
  return jsonb_build_object('settled', found_calls, 'microUsd', found_micro_usd);
end $$;

-- Answers that nobody asks for again: of competitions that ended, and of what served none, once they are that old.
-- {dropped}
create function drop_model_answers(p_older_seconds double precision, p_limit integer) returns jsonb
language plpgsql set search_path = public as $$
declare
  dropped integer;
begin
  update model_calls set answer = null where id in (
    select m.id from model_calls m left join competitions c on c.id = m.competition_id
    where m.answer is not null and m.settled_at < clock_timestamp() - make_interval(secs => p_older_seconds)
      and (c.id is null or c.state in ('completed', 'abandoned'))
    order by m.settled_at limit p_limit for update of m skip locked);
  get diagnostics dropped = row_count;
  return jsonb_build_object('dropped', dropped);
end $$;

-- Where the money for language models went. An attempt that runs counts at what is reserved for it.
-- null as competition: of the whole installation
-- {total, bySteps, byApproaches, byModels}: the lists carry `name` (of an approach its id; null: for none), dearest first
create function read_model_costs(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  with calls as (
    select m.*, coalesce(micro_usd, reserved_micro_usd) as cost from model_calls m
    where p_competition_id is null or competition_id = p_competition_id
  ), named as (
    select 'bySteps' as list, step as name, calls.* from calls
    union all select 'byApproaches', approach_id::text, calls.* from calls
    union all select 'byModels', model, calls.* from calls
    union all select 'total', null, calls.* from calls
  ), sums as (
    select list, name, jsonb_build_object('name', name, 'calls', count(*),
      'inputTokens', sum(input_tokens), 'cacheWriteTokens', sum(cache_write_tokens),
      'cacheReadTokens', sum(cache_read_tokens), 'outputTokens', sum(output_tokens), 'searches', sum(searches),
      'microUsd', sum(cost)) as figures, sum(cost) as cost
    from named group by list, name
  )
  select jsonb_build_object(
    'total', (select figures from sums where list = 'total'),
    'bySteps', coalesce((select jsonb_agg(figures order by cost desc, name) from sums where list = 'bySteps'), '[]'),
    'byApproaches', coalesce((select jsonb_agg(figures order by cost desc, name) from sums where list = 'byApproaches'), '[]'),
    'byModels', coalesce((select jsonb_agg(figures order by cost desc, name) from sums where list = 'byModels'), '[]'));
$$;

-- Each cap on language models and how much of it is used: of the day, and of each competition that goes on.
-- [{scope, competitionId, slug, capMicroUsd, usedMicroUsd}]
create function read_model_budgets() returns jsonb language sql stable set search_path = public as $$
  with used as (
    select b.scope, null::uuid as id, null::text as slug, b.micro_usd as cap, spent_today('llm') as used
    from budgets b where b.scope = 'llm_day'
    union all
    select b.scope, c.id, c.slug, b.micro_usd, spent_on('llm', c.id)
    from competitions c join budgets b on b.scope in ('llm_competition', 'llm:' || c.id)
    where c.state not in ('discovered', 'completed', 'abandoned')
  )
  select coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'competitionId', id, 'slug', slug,
    'capMicroUsd', cap, 'usedMicroUsd', used) order by scope, slug), '[]') from used;
$$;
