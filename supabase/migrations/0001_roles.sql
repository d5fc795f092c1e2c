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
