-- Functions are for the service alone; Postgres gives execute to everybody unless told otherwise.
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
