-- What Supabase needs beside tables and functions; a plain Postgres carries it without harm.

-- Tables whose changes Realtime tells. Their primary keys identify a row, and nobody needs the values that it had.
do $$
declare
  t text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime') then
    create publication supabase_realtime;
  end if;
  foreach t in array array['events', 'competitions', 'training_jobs', 'gpu_sessions'] loop
    execute format('alter table public.%I replica identity default', t);
    if not exists (
      select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = t
    ) then
      execute format('alter publication supabase_realtime add table public.%I', t);
    end if;
  end loop;
exception when insufficient_privilege then
  raise notice 'no publication for Realtime: this user may not create one in this database';
end $$;

-- The names of the migrations that this database holds, whether we applied them or the Supabase CLI. As its owner,
-- because nobody else may look into those two schemas.
create function read_schema_version() returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  ours jsonb := '[]';
  theirs jsonb := '[]';
begin
  if to_regclass('kaggle_agent.migrations') is not null then
    select coalesce(jsonb_agg(name), '[]') into ours from kaggle_agent.migrations;
  end if;
  if to_regclass('supabase_migrations.schema_migrations') is not null then
    select coalesce(jsonb_agg(concat(version, '_', name, '.sql')), '[]') into theirs
    from supabase_migrations.schema_migrations where version ~ '^[0-9]{4}$';
  end if;
  return (select coalesce(jsonb_agg(distinct n order by n), '[]') from jsonb_array_elements_text(ours || theirs) n);
end $$;

-- What somebody opened since, in words; [] where all is as the migrations left it.
create function list_exposed() returns jsonb language sql stable set search_path = pg_catalog, public as $$
  with relations as (
    select c.oid, c.relname, c.relkind, c.relrowsecurity from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  ), functions as (
    select p.oid, p.oid::regprocedure::text as name, p.prosecdef, p.proconfig from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      -- nobody can call those
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  ), found as (
    select format('table %s has no row level security', relname) as what from relations
    where relkind in ('r', 'p') and not relrowsecurity
    union all
    select format('anon may use table %s', relname) from relations
    where has_table_privilege('anon', oid, 'select, insert, update, delete, truncate')
       or has_any_column_privilege('anon', oid, 'select, insert, update')
    union all
    select format('authenticated may change table %s', relname) from relations
    where has_table_privilege('authenticated', oid, 'insert, update, delete, truncate')
       or has_any_column_privilege('authenticated', oid, 'insert, update')
    union all
    select format('authenticated may read all of table %s', relname) from relations
    where has_table_privilege('authenticated', oid, 'select')
    union all
    select format('%s may call function %s', r.name, f.name) from functions f, (values ('anon'), ('authenticated')) r (name)
    where has_function_privilege(r.name, f.oid, 'execute')
    union all
    select format('function %s runs as its owner without a fixed search path', name) from functions
    where prosecdef and not exists (select from unnest(proconfig) c where c like 'search_path=%')
  )
  select coalesce(jsonb_agg(what order by what), '[]') from found;
$$;

-- Writes, reads and deletes, and is told to whoever listens: for doctor. Nobody ever sees the event itself, because
-- it is gone before the transaction ends.
create function probe_state() returns jsonb language plpgsql set search_path = public as $$
declare
  probe events;
begin
  insert into events (type, actor) values ('probe', '{"type": "command", "user": "doctor"}') returning * into probe;
  perform from events where id = probe.id;
  if not found then
    raise exception 'a row that was just written cannot be read' using errcode = '42501';
  end if;
  delete from events where id = probe.id;
  if not found then
    raise exception 'a row that was just written cannot be deleted' using errcode = '42501';
  end if;
  return to_jsonb(true);
end $$;
