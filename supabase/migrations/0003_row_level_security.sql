-- anon nothing, authenticated reads, service_role all; for every table of the schema.
do $$
declare
  t text;
begin
  for t in select tablename from pg_tables where schemaname = 'public' loop
    execute format('alter table public.%I enable row level security', t);
    execute format('revoke all on public.%I from anon, authenticated', t);
    execute format('grant select on public.%I to authenticated', t);
    execute format('grant all on public.%I to service_role', t);
    execute format('create policy authenticated_reads on public.%I for select to authenticated using (true)', t);
    execute format('create policy service_role_all on public.%I for all to service_role using (true) with check (true)', t);
  end loop;
end $$;

revoke all on all sequences in schema public from anon, authenticated;
grant usage on all sequences in schema public to service_role;
