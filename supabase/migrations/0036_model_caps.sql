-- A competition's own cap takes the place of the one that every competition has, so that a person can give one more
-- (or nothing) and leave the others as they are.

-- The caps that hold for a kind of spending on a competition, and how much of each is used.
create function caps_on(p_kind text, p_competition_id uuid) returns table (scope text, micro_usd bigint)
language sql stable set search_path = public as $$
  select b.scope, b.micro_usd from budgets b
  where b.scope in (p_kind || '_day', p_kind || ':' || p_competition_id)
     or (p_kind = 'gpu' and b.scope = 'fleet_hour')
     or (b.scope = p_kind || '_competition' and p_competition_id is not null
         and not exists (select from budgets o where o.scope = p_kind || ':' || p_competition_id))
  union all
  select 'competition', limited.micro_usd from (select budget_of_competition(p_competition_id) as micro_usd) limited
  where limited.micro_usd is not null;
$$;

create or replace function reserve_spend(
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
  for cap in select c.scope, c.micro_usd from caps_on(p_kind, p_competition_id) c order by c.scope loop
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

-- [{scope, competitionId, slug, capMicroUsd, usedMicroUsd}]: of the day, and the one that holds for each that goes on
create or replace function read_model_budgets() returns jsonb language sql stable set search_path = public as $$
  with used as (
    select b.scope, null::uuid as id, null::text as slug, b.micro_usd as cap, spent_today('llm') as used
    from budgets b where b.scope = 'llm_day'
    union all
    select h.scope, c.id, c.slug, h.micro_usd, spent_on('llm', c.id)
    from competitions c cross join lateral caps_on('llm', c.id) h
    where c.state not in ('discovered', 'completed', 'abandoned') and h.scope in ('llm_competition', 'llm:' || c.id)
  )
  select coalesce(jsonb_agg(jsonb_build_object('scope', scope, 'competitionId', id, 'slug', slug,
    'capMicroUsd', cap, 'usedMicroUsd', used) order by scope, slug), '[]') from used;
$$;
