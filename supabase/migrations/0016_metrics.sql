-- What the pages for machines show of the installation, read in one call.

-- What one competition cost is asked for often, and its rows are few among all.
create index spend_ledger_competition on spend_ledger (competition_id) where entry = 'reserve';

-- Spent by the day of the reservation in UTC; what is still reserved counts on every day.
create function read_budget_use() returns jsonb language sql stable set search_path = public as $$
  with settled as (
    select r.kind, sum(s.micro_usd)::bigint as spent
    from spend_ledger r join spend_ledger s on s.key = r.key and s.entry = 'settle'
    where r.entry = 'reserve' and r.kind in ('gpu', 'llm')
      and r.at >= date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'
    group by r.kind
  ), open as (
    select r.kind, sum(r.micro_usd)::bigint as reserved, sum(r.micro_usd_per_hour)::bigint as hourly
    from spend_ledger r
    where r.entry = 'reserve' and not exists (select from spend_ledger s where s.key = r.key and s.entry = 'settle')
    group by r.kind
  ), used as (
    select kind || '_day' as budget, coalesce(s.spent, 0) as spent, coalesce(o.reserved, 0) as reserved
    from settled s full join open o using (kind)
    union all
    -- The rate of all machines that run now; nothing of it is ever spent.
    select 'fleet_hour', 0, hourly from open where kind = 'gpu'
  )
  select coalesce(jsonb_agg(jsonb_build_object('budget', b.scope, 'capMicroUsd', b.micro_usd,
    'spentMicroUsd', coalesce(u.spent, 0), 'reservedMicroUsd', coalesce(u.reserved, 0)) order by b.scope), '[]')
  from budgets b left join used u on u.budget = b.scope
  where b.scope in ('fleet_hour', 'gpu_day', 'llm_day');
$$;

-- Scores are the vendor's text; which end is the better one, its metric says.
create function read_active_competitions(p_limit integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(a) order by a.priority, a.slug), '[]') from (
    select c.slug, c.state, c.round, c.priority, c.problem ->> 'metric' as metric,
      s.lowest, s.highest, l.rank, l.entrants,
      extract(epoch from c.admitted_at) as "admittedAtSeconds",
      extract(epoch from s.last_at) as "lastSubmissionAtSeconds",
      coalesce((select sum(coalesce(e.micro_usd, r.micro_usd)) from spend_ledger r
        left join spend_ledger e on e.key = r.key and e.entry = 'settle'
        where r.entry = 'reserve' and r.competition_id = c.id), 0) as "spentMicroUsd"
    from competitions c
    left join lateral (
      select min(score) as lowest, max(score) as highest, max(accepted_at) as last_at from (
        select accepted_at, case when public_score ~ '^-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,2})?$'
          then public_score::double precision end as score
        from submissions where competition_id = c.id
      ) scored
    ) s on true
    left join lateral (
      select rank, entrants from leaderboard_snapshots where competition_id = c.id order by id desc limit 1
    ) l on true
    where c.state not in ('discovered', 'completed', 'abandoned')
    order by c.priority, c.slug limit p_limit
  ) a;
$$;

create function read_metrics(p_stale_seconds double precision, p_most_competitions integer) returns jsonb
language sql stable set search_path = public as $$
  select jsonb_build_object(
    'competitions', (select coalesce(jsonb_object_agg(state, n), '{}')
      from (select state, count(*) as n from competitions group by state) q),
    'competitionsEntered', (select count(*) from competitions where admitted_at is not null),
    'active', read_active_competitions(p_most_competitions),
    'submissions', (select coalesce(jsonb_object_agg(status, n), '{}')
      from (select status, count(*) as n from submissions group by status) q),
    'trainingJobs', (select coalesce(jsonb_object_agg(status, n), '{}')
      from (select status, count(*) as n from training_jobs group by status) q),
    'machines', (select coalesce(jsonb_object_agg(provider, n), '{}')
      from (select provider, count(*) as n from gpu_sessions where status <> 'closed' group by provider) q),
    'decisions', (select coalesce(jsonb_object_agg(status, n), '{}')
      from (select status, count(*) as n from human_interventions group by status) q),
    'decisionsOverdue', (select count(*) from human_interventions
      where status = 'open' and deadline < clock_timestamp()),
    'outbox', (select jsonb_build_object('waiting', count(*), 'oldestSeconds',
        coalesce(greatest(extract(epoch from clock_timestamp() - min(created_at)), 0), 0))
      from events where dispatched_at is null),
    'cardsWaiting', (select coalesce(jsonb_object_agg(platform, n), '{}')
      from (select c.platform, count(d.card_id) as n from (select distinct platform from chats) c
            left join card_deliveries d on d.platform = c.platform and d.is_due group by c.platform) q),
    'alerts', (select coalesce(jsonb_object_agg(severity, n), '{}')
      from (select severity, count(*) as n from alerts where cleared_at is null group by severity) q),
    'budgets', read_budget_use(),
    'processes', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'role', role, 'host', host, 'pid', pid,
        'startedAt', started_at, 'heartbeatAt', heartbeat_at) order by started_at, id), '[]')
      from (select * from workers where stopped_at is null
        and heartbeat_at > clock_timestamp() - make_interval(secs => p_stale_seconds)
        order by started_at, id limit 200) w));
$$;
