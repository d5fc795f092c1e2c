-- Notebooks of code competitions. A push is fenced like a submission: a row whose slug holds our key comes before the
-- call, and a push whose answer was lost is looked up at the vendor by that slug.

create table notebooks (
  id uuid primary key default gen_random_uuid(),
  competition_id uuid not null references competitions (id) on delete cascade,
  round integer not null,
  number integer not null,
  stage text not null check (stage in ('whole', 'model', 'inference')),
  params_hash text not null,
  owner text not null,
  slug text not null,
  object_key text not null,
  -- what it was blended from: {jobId, codeId, approach, weight}
  members jsonb not null default '[]',
  accelerator text not null default 'none' check (accelerator in ('none', 'gpu')),
  -- of its session at the vendor
  time_limit_seconds integer not null,
  -- the output that is scored
  file_name text not null,
  model_id uuid references notebooks (id) on delete set null,
  status text not null default 'planned' check (status in ('planned', 'sent', 'running', 'complete', 'failed')),
  version_number integer,
  url text,
  -- the output for the visible test, as it was checked
  output_key text,
  error_code text,
  error text,
  log_tail text,
  -- scripts that the failure is laid to
  failed_codes jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  sent_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  unique (competition_id, number),
  unique (competition_id, params_hash)
);

alter table notebooks enable row level security;
create policy service_role_all on notebooks for all to service_role using (true) with check (true);
grant select (id, competition_id, round, number, stage, accelerator, status, created_at, sent_at, started_at, ended_at)
  on notebooks to authenticated;
create policy authenticated_reads on notebooks for select to authenticated using (true);

-- A notebook that failed for its scripts sends the competition back for another approach.
insert into competition_moves (from_state, event, to_state, remember, starts_round) values
  ('training_completed', 'training_failed', 'recovering', 'researching', false),
  -- it may fail later too, on the hidden test
  ('submitted', 'training_failed', 'recovering', 'researching', false);

-- {notebook, fresh}: the row of these parts; fresh false where it stood already. null: the competition moved on.
create function open_notebook(
  p_competition_id uuid, p_version integer, p_stage text, p_params_hash text, p_owner text, p_object_key text,
  p_members jsonb, p_accelerator text, p_time_limit_seconds integer, p_file_name text, p_model_id uuid
) returns jsonb language plpgsql set search_path = public as $$
declare
  c competitions;
  found_row notebooks;
  made notebooks;
  next_number integer;
begin
  select * into c from competitions where id = p_competition_id for update;
  if not found or c.version <> p_version or c.state <> 'training_completed' then return null; end if;
  select * into found_row from notebooks where competition_id = c.id and params_hash = p_params_hash;
  if found then
    return jsonb_build_object('notebook', to_jsonb(found_row), 'fresh', false);
  end if;
  select coalesce(max(number), 0) + 1 into next_number from notebooks where competition_id = c.id;
  insert into notebooks (competition_id, round, number, stage, params_hash, owner, slug, object_key, members, accelerator,
    time_limit_seconds, file_name, model_id)
  select c.id, c.round, next_number, p_stage, p_params_hash, p_owner,
         'ka-' || left(replace(i.id::text, '-', ''), 8) || '-nb-' || left(replace(c.id::text, '-', ''), 12) || '-' || next_number,
         p_object_key, p_members, p_accelerator, p_time_limit_seconds, p_file_name, p_model_id
  from installation i returning * into made;
  return jsonb_build_object('notebook', to_jsonb(made), 'fresh', true);
end $$;

-- Committed before the push. null: it was pushed before; look it up at the vendor.
create function mark_notebook_sent(p_id uuid) returns jsonb language sql set search_path = public as $$
  update notebooks set status = 'sent', sent_at = clock_timestamp()
  where id = p_id and status = 'planned' returning to_jsonb(notebooks);
$$;

-- The vendor surely has nothing of it: it may be pushed again, on another machine where that is what was refused.
create function mark_notebook_absent(p_id uuid, p_accelerator text) returns jsonb language sql set search_path = public as $$
  update notebooks set status = 'planned', accelerator = coalesce(p_accelerator, accelerator)
  where id = p_id and status = 'sent' returning to_jsonb(notebooks);
$$;

create function mark_notebook_running(p_id uuid, p_slug text, p_version_number integer, p_url text) returns jsonb
language sql set search_path = public as $$
  update notebooks set status = 'running', slug = p_slug, version_number = p_version_number, url = p_url,
    started_at = clock_timestamp()
  where id = p_id and status = 'sent' returning to_jsonb(notebooks);
$$;

create function complete_notebook(p_id uuid, p_output_key text) returns jsonb language sql set search_path = public as $$
  update notebooks set status = 'complete', output_key = p_output_key, ended_at = clock_timestamp()
  where id = p_id and status = 'running' returning to_jsonb(notebooks);
$$;

-- The approaches of the scripts that failed are marked as those of a failed training run are.
create function fail_notebook(
  p_id uuid, p_code text, p_error text, p_log_tail text, p_failed_codes jsonb
) returns jsonb language plpgsql set search_path = public as $$
declare
  failed notebooks;
begin
  update notebooks set status = 'failed', error_code = p_code, error = p_error, log_tail = p_log_tail,
    failed_codes = p_failed_codes, ended_at = clock_timestamp()
  where id = p_id and status in ('planned', 'sent', 'running', 'complete') returning * into failed;
  if not found then return null; end if;
  update approaches set status = 'failed', error = p_error
  where id in (
    select g.approach_id from generated_code g
    where g.competition_id = failed.competition_id
      and g.id in (select value::uuid from jsonb_array_elements_text(p_failed_codes)));
  return to_jsonb(failed);
end $$;

create function list_notebooks(p_competition_id uuid) returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(n) order by n.number), '[]') from notebooks n
  where competition_id = p_competition_id;
$$;
