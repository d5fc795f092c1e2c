import type pg from 'pg';

/** Rights as a sorted list: the order of an acl says nothing. */
const acl = (column: string, kind: string, owner: string) =>
  `(select coalesce(jsonb_agg(x order by x), '[]') from (
     select format('%s %s %s', coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), a.privilege_type, a.is_grantable) as x
     from aclexplode(coalesce(${column}, acldefault('${kind}', ${owner}))) a) l)`;

const queries: Readonly<Record<string, string>> = {
  schema: `select nspname, ${acl('nspacl', 'n', 'nspowner')} as acl from pg_namespace where nspname = 'public'`,
  relations: `select c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.reloptions,
      c.relowner::regrole::text as owner, ${acl('c.relacl', 'r', 'c.relowner')} as acl
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'S', 'p', 'm') order by 1`,
  columns: `select c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, a.attidentity,
      pg_get_expr(d.adbin, d.adrelid) as default_value,
      case when a.attacl is not null then ${acl('a.attacl', 'c', 'c.relowner')} end as acl
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') order by 1, 2`,
  constraints: `select conrelid::regclass::text as relation, conname, pg_get_constraintdef(oid) as definition from pg_constraint
    where connamespace = 'public'::regnamespace order by 1, 2`,
  indexes: `select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1`,
  functions: `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as definition,
      p.proowner::regrole::text as owner, ${acl('p.proacl', 'f', 'p.proowner')} as acl
    from pg_proc p where p.pronamespace = 'public'::regnamespace order by 1`,
  triggers: `select tgrelid::regclass::text as relation, pg_get_triggerdef(oid) as definition, tgenabled from pg_trigger
    where not tgisinternal and tgrelid::regclass::text not like 'pg_%' order by 1, 2`,
  policies: `select tablename, policyname, permissive, roles, cmd, qual, with_check from pg_policies
    where schemaname = 'public' order by 1, 2`,
  defaults: `select defaclrole::regrole::text as role, defaclnamespace::regnamespace::text as schema, defaclobjtype,
      ${acl('defaclacl', 'r', 'defaclrole')} as acl
    from pg_default_acl order by 1, 2, 3`,
  publication: `select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1`,
  moves: 'select * from competition_moves order by from_state, event',
};

/** Everything of our schema that two ways of migrating must agree on, whichever Postgres it is in. */
export async function describeSchema(pool: pg.Pool): Promise<Record<string, unknown[]>> {
  const client = await pool.connect();
  try {
    // Names are printed with their schema or without, depending on this.
    await client.query('set search_path = public');
    const described: Record<string, unknown[]> = {};
    for (const [what, sql] of Object.entries(queries)) described[what] = (await client.query(sql)).rows;
    return described;
  } finally {
    client.release(true);
  }
}
