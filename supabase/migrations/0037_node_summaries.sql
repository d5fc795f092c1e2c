-- What each node of the search taught, in a sentence or three, and what kind of fault ended it where one did. Written by a
-- model, where one is configured; the search goes on without.
create table node_summaries (
  approach_id uuid primary key references approaches (id) on delete cascade,
  taught text not null check (length(taught) <= 1000),
  -- Null for one that did not fail.
  failure_class text check (length(failure_class) <= 40),
  created_at timestamptz not null default clock_timestamp()
);
alter table node_summaries enable row level security;
create policy service_role_all on node_summaries for all to service_role using (true) with check (true);
grant select (approach_id, failure_class, created_at) on node_summaries to authenticated;
create policy authenticated_reads on node_summaries for select to authenticated using (true);

-- The first that is said of a node stays. {kept}
create function keep_node_summary(p_approach_id uuid, p_taught text, p_failure_class text) returns jsonb
language plpgsql set search_path = public as $$
begin
  insert into node_summaries (approach_id, taught, failure_class)
  select id, p_taught, p_failure_class from approaches where id = p_approach_id
  on conflict (approach_id) do nothing;
  return jsonb_build_object('kept', found);
end $$;

create function list_node_summaries(p_competition_id uuid) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.created_at, s.approach_id), '[]')
  from node_summaries s join approaches a on a.id = s.approach_id
  where a.competition_id = p_competition_id;
$$;
