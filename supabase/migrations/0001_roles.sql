-- The roles that Supabase brings along; made here where a plain Postgres lacks them.
do $$
begin
  if not exists (select from pg_roles where rolname = 'anon') then
    create role anon nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then
    create role authenticated nologin noinherit;
  end if;
  if not exists (select from pg_roles where rolname = 'service_role') then
    begin
      create role service_role nologin noinherit bypassrls;
    exception when insufficient_privilege then
      -- an owner that may make roles but not this one; the policies give service_role everything anyway
      create role service_role nologin noinherit;
    end;
  end if;
end $$;

grant usage on schema public to anon, authenticated, service_role;

-- What is made from here on, by whoever runs the migrations, is for service_role alone. Postgres lets everybody
-- execute a new function, and Supabase opens new objects of `public` to the roles of its API. The first statement
-- names no schema, because a schema's own defaults can only add to the general ones.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges in schema public revoke all on functions from anon, authenticated;
alter default privileges in schema public grant all on tables to service_role;
alter default privileges in schema public grant all on sequences to service_role;
alter default privileges in schema public grant execute on functions to service_role;
