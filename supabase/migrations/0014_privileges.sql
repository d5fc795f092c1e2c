-- What a dashboard may read as `authenticated`, column by column: states, times, scores and money. Anybody who
-- signs up at a Supabase project is that role, so nothing here tells who people are, what they or the agent wrote,
-- how the agent goes about a competition, or where it runs. Whatever is not listed is closed, new columns included.
do $$
declare
  readable record;
begin
  for readable in
    select * from (values
      ('competitions', 'id, slug, title, state, version, round, priority, requested_at, admitted_at, finished_at, outcome, created_at, updated_at'),
      ('competition_moves', 'from_state, event, to_state, remember, starts_round'),
      ('transitions', 'id, competition_id, version, from_state, event, to_state, refused, at'),
      ('events', 'id, type, competition_id, created_at, delivery, dispatched_at'),
      ('stage_runs', 'id, competition_id, job, attempt, status, started_at, ended_at, wait_until, outcome, error_class, error_code'),
      ('research_results', 'id, competition_id, round, version, kind, status, provider, created_at, ended_at'),
      ('approaches', 'id, competition_id, round, version, rank, name, family, status, created_at'),
      ('generated_code', 'id, competition_id, approach_id, round, status, generator, estimate_seconds, created_at, ended_at'),
      ('training_jobs', 'id, competition_id, round, approach_id, code_id, purpose, seed, fold_assignment, status, starts, scores, created_at, started_at, ended_at'),
      ('gpu_sessions', 'id, job_id, provider, status, created_at, closed_at'),
      ('spend_ledger', 'id, entry, kind, competition_id, micro_usd, micro_usd_per_hour, at'),
      ('budgets', 'scope, micro_usd, updated_at'),
      ('submissions', 'id, competition_id, round, approach, cv, estimate, status, public_score, private_score, final_score, final_rank, final_entrants, created_at, sent_at, accepted_at, scored_at'),
      ('leaderboard_snapshots', 'id, competition_id, taken_at, entrants, rank, score'),
      ('human_interventions', 'id, competition_id, kind, blocking, status, deadline, option, decided_at, created_at'),
      ('alerts', 'id, kind, severity, count, since, last_at, cleared_at')
    ) as listed (name, columns)
  loop
    execute format('grant select (%s) on public.%I to authenticated', readable.columns, readable.name);
    execute format('create policy authenticated_reads on public.%I for select to authenticated using (true)', readable.name);
  end loop;
end $$;
