import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import pg from 'pg';
import { type ApiRole, roleOf } from './supabase-keys.ts';

/**
 * The part of PostgREST that the agent calls, and the gateway that Supabase has before it, over a real Postgres:
 * functions by POST, tables by GET, each in a transaction as the role of the key.
 * Source: docs.postgrest.org, "Errors", "Functions as RPC", "Schemas" (version 14).
 */
export type PostgrestStandIn = {
  /** As SUPABASE_URL has it. */
  url: string;
  /** Where others may answer beside it. */
  server: Server;
  requests: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
};

type Answer = { status: number; body?: string };
/** Functions by name, each by its parameters; read when first asked for, as PostgREST reads all at its start. */
type Place = { pool: pg.Pool; schemaCache: Map<string, Parameter[][]> };

class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: { code?: string; message: string; details?: unknown; hint?: unknown }) {
    super(body.message);
    this.status = status;
    this.body = { details: null, hint: null, ...body };
  }
}

/** @param options.connectionString of a user who may become each of the API's roles */
export async function startPostgrestStandIn(options: {
  connectionString: string;
  poolSize?: number;
}): Promise<PostgrestStandIn> {
  const pool = new pg.Pool({ connectionString: options.connectionString, max: options.poolSize ?? 10 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const requests: PostgrestStandIn['requests'] = [];
  const place: Place = { pool, schemaCache: new Map() };
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    answer(place, request)
      .catch((error: unknown) => refusalOf(error))
      .then((result) => send(response, result))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(body);
}

async function answer(place: Place, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  const role = roleOfRequest(request);
  const [, , , first = '', second] = url.pathname.split('/');
  if (!url.pathname.startsWith('/rest/v1/')) return { status: 404, body: '{"message":"no Route matched"}' };
  requireSchema(request);
  if (first === 'rpc')
    return await callFunction(place, { role, name: second ?? '', body: await readBody(request) });
  if (request.method !== 'GET')
    throw new Refusal(405, { code: 'PGRST117', message: 'Unsupported HTTP method' });
  return await readTable(place.pool, { role, table: first, select: url.searchParams.get('select') ?? '*' });
}

/** The gateway knows the newer keys, PostgREST itself the JWTs. */
function roleOfRequest({ headers }: IncomingMessage): ApiRole {
  const apikey = headers.apikey;
  if (typeof apikey !== 'string') {
    throw new Refusal(401, {
      message: 'No API key found in request',
      hint: 'No `apikey` request header or url param was found.',
    });
  }
  const bearer = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? apikey;
  const found = roleOf(bearer);
  if ('role' in found) return found.role;
  if (found.refused === 'malformed') {
    throw new Refusal(401, {
      message: 'Invalid API key',
      hint: 'Double check your Supabase `anon` or `service_role` API key.',
    });
  }
  const message = found.refused === 'expired' ? 'JWT expired' : 'No suitable key or wrong key type';
  throw new Refusal(401, { code: found.refused === 'expired' ? 'PGRST303' : 'PGRST301', message });
}

function requireSchema({ method, headers }: IncomingMessage): void {
  const profile = headers[method === 'GET' ? 'accept-profile' : 'content-profile'] ?? 'public';
  if (profile === 'public') return;
  throw new Refusal(406, {
    code: 'PGRST106',
    message: `Invalid schema: ${String(profile)}`,
    hint: 'Only the following schemas are exposed: public',
  });
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (request.headers['content-type']?.startsWith('application/json') !== true) {
    throw new Refusal(415, { code: 'PGRST107', message: 'Content-Type not acceptable' });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
    if (typeof body === 'object' && body !== null && !Array.isArray(body))
      return Object.fromEntries(Object.entries(body));
  } catch {
    // below
  }
  throw new Refusal(400, { code: 'PGRST102', message: 'Empty or invalid json' });
}

type Parameter = { name: string; type: string; has_default: boolean };

async function callFunction(
  { pool, schemaCache }: Place,
  { role, name, body }: { role: ApiRole; name: string; body: Record<string, unknown> },
): Promise<Answer> {
  return await inTransaction(pool, role, async (client) => {
    const overloads = schemaCache.get(name) ?? (await readFunctions(client, name));
    if (overloads.length > 0) schemaCache.set(name, overloads);
    const parameters = findFunction(overloads, name, Object.keys(body));
    const given = parameters.filter((parameter) => parameter.name in body);
    const columns = given.map((parameter) => `"${parameter.name}" ${parameter.type}`).join(', ');
    const args = given.map((parameter) => `"${parameter.name}" => _."${parameter.name}"`).join(', ');
    const source = given.length === 0 ? '' : ` from json_to_record($1::json) as _(${columns})`;
    await client.query('select set_config($1, $2, true)', ['role', role]);
    const { rows } = await client.query<{ answer: string | null }>(
      `select to_json(public."${name}"(${args}))::text as answer${source}`,
      given.length === 0 ? [] : [JSON.stringify(body)],
    );
    return { status: 200, body: rows[0]?.answer ?? 'null' };
  });
}

async function readFunctions(client: pg.PoolClient, name: string): Promise<Parameter[][]> {
  const { rows } = await client.query<{ parameters: Parameter[] }>(
    `select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'type', format_type(a.type, null),
       'has_default', a.place > p.pronargs - p.pronargdefaults) order by a.place) filter (where a.name is not null), '[]') as parameters
     from pg_proc p left join lateral unnest(p.proargnames, p.proargtypes::oid[]) with ordinality as a (name, type, place) on true
     where p.pronamespace = 'public'::regnamespace and p.proname = $1 and p.prorettype <> 'trigger'::regtype
     group by p.oid`,
    [name],
  );
  return rows.map(({ parameters }) => parameters);
}

/** PostgREST looks a function up by the names of its arguments. */
function findFunction(overloads: readonly Parameter[][], name: string, given: string[]): Parameter[] {
  const fitting = overloads.find(
    (parameters) =>
      given.every((arg) => parameters.some((parameter) => parameter.name === arg)) &&
      parameters.every((parameter) => parameter.has_default || given.includes(parameter.name)),
  );
  if (fitting !== undefined) return fitting;
  const called = given.length === 0 ? 'without parameters' : `(${given.join(', ')})`;
  throw new Refusal(404, {
    code: 'PGRST202',
    message: `Could not find the function public.${name}${called} in the schema cache`,
    details: `Searched for the function public.${name}, but no matches were found in the schema cache.`,
  });
}

async function readTable(
  pool: pg.Pool,
  { role, table, select }: { role: ApiRole; table: string; select: string },
): Promise<Answer> {
  return await inTransaction(pool, role, async (client) => {
    const { rowCount } = await client.query(
      `select from pg_class where relnamespace = 'public'::regnamespace and relname = $1 and relkind in ('r', 'v')`,
      [table],
    );
    if (rowCount === 0) {
      const message = `Could not find the table 'public.${table}' in the schema cache`;
      throw new Refusal(404, { code: 'PGRST205', message });
    }
    const columns = select === '*' ? '*' : select.split(',').map((column) => client.escapeIdentifier(column));
    await client.query('select set_config($1, $2, true)', ['role', role]);
    const { rows } = await client.query<{ answer: string }>(
      `select coalesce(json_agg(t), '[]')::text as answer from (select ${columns} from public."${table}") t`,
    );
    return { status: 200, body: rows[0]?.answer ?? '[]' };
  });
}

async function inTransaction(
  pool: pg.Pool,
  role: ApiRole,
  work: (client: pg.PoolClient) => Promise<Answer>,
): Promise<Answer> {
  const client = await pool.connect();
  let isBroken = false;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    isBroken = !(await client.query('rollback').then(
      () => true,
      () => false,
    ));
    throw error instanceof Refusal ? error : refusedBy(error, role);
  } finally {
    client.release(isBroken);
  }
}

/** PostgREST's table of HTTP statuses by SQLSTATE; the first that fits. */
const statuses: readonly [RegExp, number][] = [
  [/^08/, 503],
  [/^09/, 500],
  [/^0[LP]/, 403],
  [/^2350[35]/, 409],
  [/^25006/, 405],
  [/^25/, 500],
  [/^28/, 403],
  [/^(2D|38|39|3B|40|53400)/, 500],
  [/^53/, 503],
  [/^(54|55|57|58|F0|HV)/, 500],
  [/^P0001/, 400],
  [/^(P0|XX)/, 500],
  [/^(42883|42P01)/, 404],
  [/^42P17/, 500],
];

function refusedBy(error: unknown, role: ApiRole): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return error;
  const { code, message, detail, hint } = error;
  const own = statuses.find(([pattern]) => pattern.test(code))?.[1] ?? 400;
  const status = code === '42501' ? (role === 'anon' ? 401 : 403) : own;
  return new Refusal(status, { code, message, details: detail ?? null, hint: hint ?? null });
}

function refusalOf(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.status, body: JSON.stringify(error.body) };
  const body = { code: 'PGRST001', message: 'Database connection lost. Retrying the connection.' };
  return { status: 503, body: JSON.stringify({ ...body, details: null, hint: null }) };
}
