-- Budgets are reservations: no interleaving of workers can overspend. Whole micro-dollars throughout.

-- Scopes: fleet_hour (rate of all live machines), gpu_day, llm_day, and for the whole life of a competition
-- gpu:<competition>, llm:<competition>.
create function set_budget(p_scope text, p_micro_usd bigint, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
begin
  insert into budgets (scope, micro_usd, updated_by) values (p_scope, p_micro_usd, p_actor)
  on conflict (scope) do update set micro_usd = excluded.micro_usd, updated_by = excluded.updated_by,
    updated_at = clock_timestamp() where budgets.micro_usd <> excluded.micro_usd;
  perform audit(p_actor, 'budget.set', null, jsonb_build_object('scope', p_scope, 'microUsd', p_micro_usd));
  return to_jsonb(p_micro_usd);
end $$;

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
  for cap in
    select * from budgets
    where scope in (p_kind || '_day', p_kind || ':' || p_competition_id)
       or (p_kind = 'gpu' and scope = 'fleet_hour')
    order by scope
  loop
    used := case
      when cap.scope = 'fleet_hour' then (
        select coalesce(sum(r.micro_usd_per_hour), 0) from spend_ledger r
        where r.entry = 'reserve' and r.kind = 'gpu'
          and not exists (select from spend_ledger s where s.key = r.key and s.entry = 'settle'))
      when cap.scope = p_kind || '_day' then spent_today(p_kind)
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
    'caps', (select coalesce(jsonb_object_agg(scope, micro_usd), '{}') from budgets),
    'gpuTodayMicroUsd', spent_today('gpu'),
    'llmTodayMicroUsd', spent_today('llm'),
    'competitionMicroUsd', spent_on(null, p_competition_id));
$$;
