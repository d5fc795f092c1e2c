-- Budgets are reservations: no interleaving of workers can overspend. Whole micro-dollars throughout.

-- Scopes: fleet_hour (rate of all live machines), gpu_day, llm_day; for the whole life of each competition
-- llm_competition, and of one gpu:<competition>, llm:<competition>. What a person allowed a competition when it was
-- started stands in its limits (budgetUsd), for machines and models together.
create function set_budget(p_scope text, p_micro_usd bigint, p_reason text, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  before bigint;
begin
  select micro_usd into before from budgets where scope = p_scope for update;
  insert into budgets (scope, micro_usd, updated_by) values (p_scope, p_micro_usd, p_actor)
  on conflict (scope) do update set micro_usd = excluded.micro_usd, updated_by = excluded.updated_by,
    updated_at = clock_timestamp() where budgets.micro_usd <> excluded.micro_usd;
  perform audit(p_actor, 'budget.set', null, jsonb_strip_nulls(jsonb_build_object(
    'scope', p_scope, 'microUsd', p_micro_usd, 'beforeMicroUsd', before, 'reason', p_reason)));
  return to_jsonb(p_micro_usd);
end $$;

-- What the configuration says counts once: what a person set since stands until the configuration says something
-- else. {applied: whether it was new}
create function configure_budget(p_scope text, p_micro_usd bigint, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
begin
  insert into budgets (scope, micro_usd, configured_micro_usd, updated_by)
  values (p_scope, p_micro_usd, p_micro_usd, p_actor)
  on conflict (scope) do update set micro_usd = excluded.micro_usd,
    configured_micro_usd = excluded.configured_micro_usd, updated_by = excluded.updated_by,
    updated_at = clock_timestamp()
    where budgets.configured_micro_usd is distinct from excluded.configured_micro_usd;
  if not found then return jsonb_build_object('applied', false); end if;
  perform audit(p_actor, 'budget.configured', null, jsonb_build_object('scope', p_scope, 'microUsd', p_micro_usd));
  return jsonb_build_object('applied', true);
end $$;

-- In micro-dollars; null where nobody named a limit.
create function budget_of_competition(p_competition_id uuid) returns bigint
language sql stable set search_path = public as $$
  select round((limits ->> 'budgetUsd')::numeric * 1000000)::bigint from competitions where id = p_competition_id;
$$;

-- By the day of the reservation in UTC; what is still reserved counts on every day.
create function spent_today(p_kind text) returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(coalesce(s.micro_usd, r.micro_usd)), 0)::bigint
  from spend_ledger r
  left join spend_ledger s on s.key = r.key and s.entry = 'settle'
  where r.entry = 'reserve' and r.kind = p_kind
    and (r.at >= date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC' or s.key is null);
$$;

-- Since ever: the caps of a competition are for its whole life.
create function spent_on(p_kind text, p_competition_id uuid) returns bigint language sql stable set search_path = public as $$
  select coalesce(sum(coalesce(s.micro_usd, r.micro_usd)), 0)::bigint
  from spend_ledger r
  left join spend_ledger s on s.key = r.key and s.entry = 'settle'
  where r.entry = 'reserve' and (p_kind is null or r.kind = p_kind) and r.competition_id = p_competition_id;
$$;

-- {granted: true} | {granted: false, cap, freeMicroUsd}. The same key asked twice is granted once.
create function reserve_spend(
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
  for cap in
    select scope, micro_usd from budgets
    where scope in (p_kind || '_day', p_kind || ':' || p_competition_id)
       or (p_kind = 'gpu' and scope = 'fleet_hour')
       or (scope = p_kind || '_competition' and p_competition_id is not null)
    union all
    select 'competition', limited.micro_usd from (select budget_of_competition(p_competition_id) as micro_usd) limited
    where limited.micro_usd is not null
    order by scope
  loop
    used := case
      when cap.scope = 'fleet_hour' then (
        select coalesce(sum(r.micro_usd_per_hour), 0) from spend_ledger r
        where r.entry = 'reserve' and r.kind = 'gpu'
          and not exists (select from spend_ledger s where s.key = r.key and s.entry = 'settle'))
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

-- The real cost takes the reservation's place; once.
create function settle_spend(p_key text, p_micro_usd bigint) returns jsonb
language sql set search_path = public as $$
  insert into spend_ledger (key, entry, kind, competition_id, micro_usd)
  select key, 'settle', kind, competition_id, p_micro_usd from spend_ledger where key = p_key and entry = 'reserve'
  on conflict (key, entry) do nothing returning to_jsonb(spend_ledger);
$$;

create function read_budget(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'caps', (select coalesce(jsonb_object_agg(scope, micro_usd), '{}') from budgets)
      || jsonb_strip_nulls(jsonb_build_object('competition', budget_of_competition(p_competition_id))),
    'gpuTodayMicroUsd', spent_today('gpu'),
    'llmTodayMicroUsd', spent_today('llm'),
    'competitionMicroUsd', spent_on(null, p_competition_id));
$$;
