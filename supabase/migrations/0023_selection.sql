-- What is known of our place in a competition, and which submissions are to count at its end.

-- A reading tells which board it was, how much of it was read, and what a medal took at that moment.
alter table leaderboard_snapshots
  add column part text not null default 'public' check (part in ('public', 'private')),
  add column is_whole boolean not null default true,
  -- Medals are given here; else the lines are those that the same place would take elsewhere.
  add column awards_medals boolean not null default false,
  add column gold double precision,
  add column silver double precision,
  add column bronze double precision,
  add column median double precision;

-- One row for each competition that we stand in.
create table standings (
  competition_id uuid primary key references competitions (id) on delete cascade,
  -- Our team, as the vendor names it.
  team_id bigint,
  -- The last board of any kind, the last whole one, and the last look at our submissions.
  board_at timestamptz,
  whole_at timestamptz,
  looked_at timestamptz,
  -- The end: what the vendor says of us on the private board. `ended_at` closes the watch.
  private_rank integer,
  private_entrants integer,
  private_score double precision,
  counted_submission_id uuid references submissions (id) on delete set null,
  ended_at timestamptz
);

-- What was proposed to count at the end, at each of the three times that a person is asked.
create table final_selections (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  -- The end that it was asked for: a host may move it, and then it is asked anew.
  ends_at timestamptz not null,
  -- Hours before it.
  stage integer not null check (stage in (48, 12, 2)),
  -- Null where nothing was asked: nothing changed since, or all submissions count anyway.
  decision_id uuid references human_interventions (id) on delete set null,
  -- [{submissionId, ref, role}]
  picks jsonb not null,
  -- References in the order in which a person was shown them.
  listed jsonb not null default '[]',
  outcome text not null check (outcome in ('asked', 'kept', 'all_count', 'chosen', 'left')),
  -- References that a person said to tick; null until then.
  chosen jsonb,
  -- References that the vendor showed as selected at the last look; null before the first.
  seen jsonb,
  seen_at timestamptz,
  confirmed_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (competition_id, ends_at, stage)
);
create unique index on final_selections (decision_id);

alter table standings enable row level security;
create policy service_role_all on standings for all to service_role using (true) with check (true);
grant select (competition_id, board_at, whole_at, private_rank, private_entrants, private_score, ended_at)
  on standings to authenticated;
create policy authenticated_reads on standings for select to authenticated using (true);

alter table final_selections enable row level security;
create policy service_role_all on final_selections for all to service_role using (true) with check (true);
grant select (id, competition_id, stage, outcome, confirmed_at, created_at) on final_selections to authenticated;
create policy authenticated_reads on final_selections for select to authenticated using (true);

grant select (part, is_whole, awards_medals, gold, silver, bronze, median) on leaderboard_snapshots to authenticated;

drop function record_leaderboard(uuid, integer, integer, double precision, jsonb);
drop function list_unscored_submissions();

-- A reading of the board, and when it was made. p_reading: {entrants, rank, score, top, part, isWhole, awardsMedals,
-- gold, silver, bronze, median}
create function record_reading(p_competition_id uuid, p_reading jsonb, p_team_id bigint, p_at timestamptz) returns jsonb
language plpgsql set search_path = public as $$
declare
  made leaderboard_snapshots;
  is_whole_now boolean := (p_reading ->> 'isWhole')::boolean;
begin
  insert into leaderboard_snapshots (competition_id, taken_at, entrants, rank, score, top, part, is_whole, awards_medals,
    gold, silver, bronze, median)
  values (p_competition_id, p_at, (p_reading ->> 'entrants')::integer, (p_reading ->> 'rank')::integer,
    (p_reading ->> 'score')::double precision, p_reading -> 'top', p_reading ->> 'part', is_whole_now,
    (p_reading ->> 'awardsMedals')::boolean, (p_reading ->> 'gold')::double precision,
    (p_reading ->> 'silver')::double precision, (p_reading ->> 'bronze')::double precision,
    (p_reading ->> 'median')::double precision)
  returning * into made;
  insert into standings (competition_id, team_id, board_at, whole_at)
  values (p_competition_id, p_team_id, p_at, case when is_whole_now then p_at end)
  on conflict (competition_id) do update set
    team_id = coalesce(excluded.team_id, standings.team_id),
    board_at = greatest(excluded.board_at, standings.board_at),
    whole_at = greatest(excluded.whole_at, standings.whole_at);
  return to_jsonb(made);
end $$;

-- True for one of all who ask: a look is due, and whoever got it makes it.
create function claim_look(p_competition_id uuid, p_before timestamptz, p_at timestamptz) returns jsonb
language plpgsql set search_path = public as $$
declare
  claimed uuid;
begin
  insert into standings (competition_id) values (p_competition_id) on conflict do nothing;
  update standings set looked_at = p_at
  where competition_id = p_competition_id and (looked_at is null or looked_at <= p_before)
  returning competition_id into claimed;
  return to_jsonb(claimed is not null);
end $$;

create function get_standing(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(s) from standings s where competition_id = p_competition_id;
$$;

-- The vendor's last word: the submission that counted and our place. p_result: {rank, entrants, score, submissionId};
-- null: there is no such word, and nobody waits for it any longer. true for the first that says so.
create function end_standing(p_competition_id uuid, p_result jsonb, p_at timestamptz) returns jsonb
language plpgsql set search_path = public as $$
declare
  ended uuid;
begin
  insert into standings (competition_id) values (p_competition_id) on conflict do nothing;
  update standings set ended_at = p_at,
    private_rank = (p_result ->> 'rank')::integer, private_entrants = (p_result ->> 'entrants')::integer,
    private_score = (p_result ->> 'score')::double precision,
    counted_submission_id = (p_result ->> 'submissionId')::uuid
  where competition_id = p_competition_id and ended_at is null
  returning competition_id into ended;
  if ended is null then return to_jsonb(false); end if;
  update submissions set final_rank = (p_result ->> 'rank')::integer, final_entrants = (p_result ->> 'entrants')::integer
  where id = (p_result ->> 'submissionId')::uuid;
  return to_jsonb(true);
end $$;

-- Asks which submissions are to count, or writes down that nothing needs to be asked at this time (p_draft null).
-- A question that stands from an earlier time is withdrawn: there is one proposal at a time.
-- null: this time was dealt with already.
create function propose_selection(
  p_competition_id uuid, p_ends_at timestamptz, p_stage integer, p_outcome text, p_picks jsonb, p_listed jsonb, p_draft jsonb,
  p_remind_at timestamptz, p_escalate_at timestamptz, p_actor jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  asked human_interventions;
  made final_selections;
  withdrawn uuid;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or exists (
    select from final_selections where competition_id = p_competition_id and ends_at = p_ends_at and stage = p_stage
  ) then return null; end if;
  if p_draft is not null then
    for withdrawn in
      update human_interventions set status = 'withdrawn', decided_by = p_actor, decided_at = clock_timestamp()
      where competition_id = c.id and kind = 'final_selection' and status = 'open' returning id
    loop
      perform emit_event('decision_changed', c.id, jsonb_build_object('decisionId', withdrawn), p_actor);
    end loop;
    insert into human_interventions (competition_id, kind, blocking, draft, deadline, remind_at, escalate_at)
    values (c.id, 'final_selection', false, p_draft, p_ends_at, p_remind_at, p_escalate_at) returning * into asked;
    perform emit_event('decision_required', c.id,
      jsonb_build_object('decisionId', asked.id, 'version', c.version), p_actor);
  end if;
  insert into final_selections (competition_id, ends_at, stage, decision_id, picks, listed, outcome)
  values (c.id, p_ends_at, p_stage, asked.id, p_picks, p_listed, p_outcome) returning * into made;
  return to_jsonb(made);
end $$;

-- What a person answered; written once. null: unknown, or answered before.
create function answer_selection(p_id uuid, p_outcome text, p_chosen jsonb) returns jsonb
language sql set search_path = public as $$
  update final_selections set outcome = p_outcome, chosen = p_chosen
  where id = p_id and outcome = 'asked' returning to_jsonb(final_selections);
$$;

-- What the vendor shows as selected. `first`: it shows what was chosen, and did not before.
create function see_selection(p_id uuid, p_seen jsonb, p_is_confirmed boolean, p_at timestamptz) returns jsonb
language plpgsql set search_path = public as $$
declare
  before final_selections;
begin
  select * into before from final_selections where id = p_id for update;
  if not found then return to_jsonb(false); end if;
  update final_selections set seen = p_seen, seen_at = p_at,
    confirmed_at = case when p_is_confirmed then coalesce(confirmed_at, p_at) end
  where id = p_id;
  return to_jsonb(p_is_confirmed and before.confirmed_at is null);
end $$;

create function list_selections(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.created_at), '[]') from final_selections s
  where competition_id = p_competition_id;
$$;

create function find_selection(p_decision_id uuid) returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(s) from final_selections s where decision_id = p_decision_id;
$$;

-- Competitions that we sent something to and whose end is not known yet, whoever stopped working on them.
create function list_standing_competitions() returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.slug), '[]') from competitions c
  where exists (select from submissions s where s.competition_id = c.id and s.vendor_ref is not null)
    and not exists (select from standings t where t.competition_id = c.id and t.ended_at is not null)
    -- one that began anew has left its name to the new one, which looks for both
    and not exists (select from audit_log a where a.competition_id = c.id and a.action = 'competition.archived');
$$;

-- What a person is asked about the final selection stays open when the work on a competition ends: what was handed
-- in still counts. The caller holds the competition's row.
create or replace function withdraw_decisions(p_competition_id uuid, p_only_blocking boolean, p_actor jsonb) returns void
language plpgsql set search_path = public as $$
declare
  withdrawn uuid;
begin
  for withdrawn in
    update human_interventions set status = 'withdrawn', decided_by = p_actor, decided_at = clock_timestamp()
    where competition_id = p_competition_id and status = 'open' and (blocking or not p_only_blocking)
      and kind <> 'final_selection'
    returning id
  loop
    perform emit_event('decision_changed', p_competition_id, jsonb_build_object('decisionId', withdrawn), p_actor);
  end loop;
end $$;
