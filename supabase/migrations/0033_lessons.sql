-- What competitions taught: what became of every node of every tree, and the lessons drawn from it. Neither refers to a
-- competition's row, so both stay when a competition is removed; they are never purged.

create table approach_outcomes (
  competition_id uuid not null,
  -- Its slug, as it was then.
  competition text not null,
  -- The competition's round when this was written, and the node's own.
  recorded_round integer not null,
  round integer not null,
  approach text not null,
  family text not null,
  operator text not null check (operator in ('draft', 'improve', 'debug', 'merge')),
  parents jsonb not null default '[]',
  features jsonb not null default '[]',
  -- Kinds of its models.
  models text not null,
  metric text not null,
  -- Rank by cross-validated score among the competition's nodes, 0 (worst) to 1.
  score double precision not null check (score between 0 and 1),
  has_failed boolean not null,
  cv double precision,
  -- Only written once the competition is over: no search may see it.
  gate double precision,
  -- Our last place among all entrants, 0 (first) to 1.
  final_share double precision check (final_share between 0 and 1),
  micro_usd bigint not null default 0,
  seconds double precision,
  ablations jsonb not null default '[]',
  -- What the competition is like.
  profile jsonb not null,
  at timestamptz not null default clock_timestamp(),
  primary key (competition_id, approach)
);
create index on approach_outcomes (at);

create table lessons (
  id uuid primary key default gen_random_uuid(),
  -- The same statement has the same key.
  key text not null unique check (key <> '' and length(key) <= 200),
  kind text not null check (kind in ('family', 'feature', 'cost', 'validation', 'insight', 'advice')),
  source text not null check (source in ('rule', 'model', 'person')),
  text text not null check (text <> ''),
  -- [{competitionId, competition, verdict, nodes, numbers, profile}], one for each competition.
  evidence jsonb not null default '[]',
  times_confirmed integer not null default 0,
  times_contradicted integer not null default 0,
  confidence double precision not null default 0.5 check (confidence between 0 and 1),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- Contradicted more often than confirmed, or forgotten.
  retired_at timestamptz,
  -- A person said so: what is learnt later does not bring it back.
  forgotten_at timestamptz
);

alter table approach_outcomes enable row level security;
create policy service_role_all on approach_outcomes for all to service_role using (true) with check (true);
grant select (competition_id, competition, round, approach, family, operator, metric, score, has_failed, cv, final_share, micro_usd, seconds, at)
  on approach_outcomes to authenticated;
create policy authenticated_reads on approach_outcomes for select to authenticated using (true);

alter table lessons enable row level security;
create policy service_role_all on lessons for all to service_role using (true) with check (true);
grant select (id, kind, source, times_confirmed, times_contradicted, confidence, created_at, updated_at, retired_at, forgotten_at)
  on lessons to authenticated;
create policy authenticated_reads on lessons for select to authenticated using (true);

-- Every node of a competition as it stands after a round; written again it changes nothing, and a late writer of an
-- earlier round none of what a later one wrote. What is known after the end is not lost again.
-- The number of rows that were written.
create function record_outcomes(p_competition_id uuid, p_competition text, p_round integer, p_outcomes jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  written integer;
begin
  insert into approach_outcomes as o (
    competition_id, competition, recorded_round, round, approach, family, operator, parents, features, models, metric,
    score, has_failed, cv, gate, final_share, micro_usd, seconds, ablations, profile, at)
  select p_competition_id, p_competition, p_round, (n ->> 'round')::integer, n ->> 'approach', n ->> 'family',
    n ->> 'operator', n -> 'parents', n -> 'features', n ->> 'models', n ->> 'metric',
    (n ->> 'score')::double precision, (n ->> 'hasFailed')::boolean, (n ->> 'cv')::double precision,
    (n ->> 'gate')::double precision, (n ->> 'finalShare')::double precision, (n ->> 'microUsd')::bigint,
    (n ->> 'seconds')::double precision, n -> 'ablations', n -> 'profile', (n ->> 'at')::timestamptz
  from jsonb_array_elements(p_outcomes) as n
  on conflict (competition_id, approach) do update set
    competition = excluded.competition, recorded_round = excluded.recorded_round, round = excluded.round,
    family = excluded.family, operator = excluded.operator, parents = excluded.parents, features = excluded.features,
    models = excluded.models, metric = excluded.metric, score = excluded.score, has_failed = excluded.has_failed,
    cv = excluded.cv, gate = coalesce(excluded.gate, o.gate), final_share = coalesce(excluded.final_share, o.final_share),
    micro_usd = excluded.micro_usd, seconds = excluded.seconds, ablations = excluded.ablations, profile = excluded.profile,
    at = excluded.at
  where o.recorded_round <= excluded.recorded_round;
  get diagnostics written = row_count;
  return to_jsonb(written);
end $$;

-- The newest so many competitions with all their nodes, oldest first: what is older says little of what works now.
create function list_outcomes(p_competitions integer) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(o) order by o.at, o.competition_id, o.round, o.approach), '[]') from approach_outcomes o
  where o.competition_id in (
    select competition_id from approach_outcomes group by competition_id order by max(at) desc limit p_competitions);
$$;

-- Adds evidence to what is known: a competition's own word replaces what it said before. A draft that `onlyKnown` is
-- said of makes no new lesson. Counts, confidence and retirement follow from the evidence, so that writing it again
-- changes nothing. The ids of all that were changed or made.
create function upsert_lessons(p_lessons jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  draft jsonb;
  known lessons;
  merged jsonb;
  confirmed integer;
  contradicted integer;
  ids jsonb := '[]';
begin
  -- in the order of their keys, so that two who learn at once never wait for each other in a circle
  for draft in select d from jsonb_array_elements(p_lessons) as d order by d ->> 'key' loop
    if not coalesce((draft ->> 'onlyKnown')::boolean, false) then
      insert into lessons (key, kind, source, text)
      values (draft ->> 'key', draft ->> 'kind', draft ->> 'source', draft ->> 'text')
      on conflict (key) do nothing;
    end if;
    select * into known from lessons where key = draft ->> 'key' for update;
    if not found then continue; end if;
    select coalesce(jsonb_agg(e order by place), '[]') into merged from (
      select e, place from jsonb_array_elements(known.evidence) with ordinality as old (e, place)
      where not exists (
        select from jsonb_array_elements(draft -> 'evidence') n where n ->> 'competitionId' = e ->> 'competitionId')
      union all
      select e, 1000000 + place from jsonb_array_elements(draft -> 'evidence') with ordinality as new (e, place)
    ) as every;
    select count(*) filter (where e ->> 'verdict' = 'confirms'), count(*) filter (where e ->> 'verdict' = 'contradicts')
    into confirmed, contradicted from jsonb_array_elements(merged) as e;
    update lessons set evidence = merged, times_confirmed = confirmed, times_contradicted = contradicted,
      confidence = (confirmed + 1.0) / (confirmed + contradicted + 2.0), updated_at = clock_timestamp(),
      retired_at = case
        when forgotten_at is not null or contradicted > confirmed then coalesce(retired_at, clock_timestamp()) end
    where id = known.id;
    ids := ids || to_jsonb(known.id);
  end loop;
  return ids;
end $$;

-- The surest first; with p_all those that are retired too.
create function list_lessons(p_all boolean) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(l) order by l.retired_at nulls first, l.confidence desc, l.created_at, l.id), '[]')
  from lessons l where p_all or l.retired_at is null;
$$;

-- A person says that it is wrong: it counts no more, and what is learnt later does not bring it back.
-- The lesson, or null where there is none.
create function forget_lesson(p_id uuid, p_actor jsonb) returns jsonb language plpgsql set search_path = public as $$
declare
  forgotten lessons;
begin
  update lessons set forgotten_at = coalesce(forgotten_at, clock_timestamp()),
    retired_at = coalesce(retired_at, clock_timestamp())
  where id = p_id returning * into forgotten;
  if not found then return null; end if;
  perform audit(p_actor, 'lesson.forgotten', null, jsonb_build_object('lessonId', forgotten.id, 'text', forgotten.text));
  return to_jsonb(forgotten);
end $$;

-- Asks, once for each competition, whether what it taught is to be kept as it is. It may be over at the vendor, so the
-- time to answer is not bounded by its deadline; nobody is reminded.
-- true: asked now
create function ask_post_mortem(p_competition_id uuid, p_draft jsonb, p_sla_seconds double precision, p_actor jsonb) returns jsonb
language plpgsql set search_path = public as $$
declare
  c competitions;
  opened human_interventions;
  until timestamptz := clock_timestamp() + make_interval(secs => p_sla_seconds);
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or exists (select from human_interventions where competition_id = c.id and kind = 'post_mortem') then
    return 'false';
  end if;
  insert into human_interventions (competition_id, kind, blocking, draft, deadline, remind_at, escalate_at)
  values (c.id, 'post_mortem', false, p_draft, until, until, until) returning * into opened;
  perform emit_event('decision_required', c.id, jsonb_build_object('decisionId', opened.id, 'version', c.version), p_actor);
  return 'true';
end $$;
