-- When the ground gives way.

-- Runs that were at work when an uncaught error of their own ended their process, as its note says. They end as
-- interrupted, so that they are sent again, but are counted apart. Telling it twice changes nothing.
create function note_crashed_runs(p_ids jsonb) returns jsonb
language sql set search_path = public as $$
  with noted as (
    update stage_runs set status = 'interrupted', outcome = 'crashed', ended_at = coalesce(ended_at, clock_timestamp())
    where id in (select value::uuid from jsonb_array_elements_text(p_ids))
      and status in ('running', 'interrupted') and outcome is distinct from 'crashed'
    returning id
  )
  select to_jsonb(count(*)) from noted;
$$;

-- Processes that live and play a role, alone or among others.
create function count_live_workers(p_role text, p_stale_seconds double precision) returns jsonb
language sql stable set search_path = public as $$
  select to_jsonb(count(*)) from workers
  where (role = 'all' or p_role = any (string_to_array(role, '+'))) and worker_is_live(id, p_stale_seconds);
$$;
