import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { type Answer, answer, permissionDenied, refuse } from './answer.ts';
import { createDatabases, type Databases } from './databases.ts';
import { createKeyValues, type KeyValues, noEngine } from './key-values.ts';
import { capabilitiesAt, parsePolicy, type Rule } from './policies.ts';
import { authAnswer, createTokens, type Token, type Tokens } from './tokens.ts';

/** What the `default` policy of every Vault allows, as far as it matters here. */
const defaultPolicy: Rule[] = [
  { pattern: 'auth/token/lookup-self', capabilities: ['read'] },
  { pattern: 'auth/token/renew-self', capabilities: ['update'] },
  { pattern: 'auth/token/revoke-self', capabilities: ['update'] },
  { pattern: 'sys/capabilities-self', capabilities: ['update'] },
  { pattern: 'sys/leases/renew', capabilities: ['update'] },
];

export type AppRole = {
  roleId: string;
  secretIds: Set<string>;
  policies: string[];
  ttlSeconds: number;
  maxTtlSeconds: number;
};
export type KubernetesRole = {
  jwts: Set<string>;
  policies: string[];
  ttlSeconds: number;
  maxTtlSeconds: number;
};

export type VaultEmulator = {
  url: string;
  /** `GET /v1/…`, in the order in which they came, with the status that they got. */
  calls: { call: string; status: number; headers: IncomingMessage['headers'] }[];
  /** Time as Vault sees it. */
  nowMs: () => number;
  advance(seconds: number): void;
  keyValues: KeyValues;
  tokens: Tokens;
  databases: Databases;
  policies: Map<string, Rule[]>;
  writePolicy(name: string, hcl: string): void;
  appRoles: AppRole[];
  kubernetesRoles: Map<string, KubernetesRole>;
  /** What it is at the moment. */
  mood: { isSealed: boolean; isSilent: boolean; answer: Answer | null };
  close(): Promise<void>;
};

export type StartVaultOptions = {
  /** Every call has to name it. */
  namespace?: string;
  tls?: { key: string; cert: string };
};

const kvMount = 'secret';
const databaseMount = 'database';
const loginSchema = z.record(z.string(), z.unknown());

/**
 * A Vault as far as the agent uses one: strict about methods, tokens, policies, namespaces and bodies, with a clock
 * that the test moves. Source: Vault's API documentation of each path.
 */
export async function startVault(options: StartVaultOptions = {}): Promise<VaultEmulator> {
  let offsetMs = 0;
  const nowMs = (): number => Date.now() + offsetMs;
  const policies = new Map<string, Rule[]>([['default', defaultPolicy]]);
  const databases = createDatabases(nowMs);
  const emulator: VaultEmulator = {
    url: '',
    calls: [],
    nowMs,
    advance: (seconds) => {
      offsetMs += seconds * 1_000;
    },
    keyValues: createKeyValues(() => new Date(nowMs())),
    tokens: createTokens(nowMs, policies, (id) => databases.revokeOf(id)),
    databases,
    policies,
    writePolicy: (name, hcl) => policies.set(name, parsePolicy(hcl)),
    appRoles: [],
    kubernetesRoles: new Map(),
    mood: { isSealed: false, isSilent: false, answer: null },
    close: async () => undefined,
  };
  const listener = (request: IncomingMessage, response: import('node:http').ServerResponse): void => {
    void (async () => {
      const body = await readBody(request);
      const given = await handle(emulator, options, request, body);
      emulator.calls.push({
        call: `${request.method} ${request.url}`,
        status: given?.status ?? 0,
        headers: request.headers,
      });
      // A Vault that hangs.
      if (given === null) return;
      response.writeHead(given.status, { 'content-type': 'application/json' });
      response.end(given.body === undefined ? undefined : JSON.stringify(given.body));
    })();
  };
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // listen() on a TCP port always gives an AddressInfo.
  const { port } = server.address() as AddressInfo;
  emulator.url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  emulator.close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(() => emulator.close());
  return emulator;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

type Asked = { method: string; path: string; body: Record<string, unknown> };

/** @returns null where it hangs */
async function handle(
  vault: VaultEmulator,
  options: StartVaultOptions,
  request: IncomingMessage,
  text: string,
): Promise<Answer | null> {
  const { mood } = vault;
  if (mood.isSilent) return null;
  if (mood.answer !== null) return mood.answer;
  const url = new URL(request.url ?? '/', 'http://vault.invalid');
  if (!url.pathname.startsWith('/v1/')) return refuse(404, 'unsupported path');
  const path = decodeURIComponent(url.pathname.slice('/v1/'.length));
  if (path === 'sys/health' || path === 'sys/seal-status') return healthOf(vault, path);
  if (mood.isSealed) return refuse(503, 'Vault is sealed');
  const namespace = request.headers['x-vault-namespace'];
  if (namespace !== options.namespace) return permissionDenied;
  const body = bodyOf(text);
  if (body === null) return refuse(400, 'failed to parse JSON input: invalid character');
  const asked = { method: request.method === 'PUT' ? 'POST' : (request.method ?? ''), path, body };
  if (/^auth\/[^/]+\/login$/.test(path)) return logIn(vault, asked);
  const given = request.headers['x-vault-token'];
  if (typeof given !== 'string') return refuse(400, 'missing client token');
  const token = vault.tokens.find(given);
  if (token === null) return refuse(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n');
  return await authorized(vault, token, asked);
}

function bodyOf(text: string): Record<string, unknown> | null {
  if (text === '') return {};
  try {
    return loginSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function healthOf({ mood }: VaultEmulator, path: string): Answer {
  const { isSealed: sealed } = mood;
  const body = { initialized: true, sealed, standby: false, version: '1.20.0' };
  return { status: sealed && path === 'sys/health' ? 503 : 200, body };
}

function logIn(vault: VaultEmulator, { method, path, body }: Asked): Answer {
  if (method !== 'POST') return refuse(405, 'unsupported operation');
  if (path === 'auth/approle/login') {
    const role = vault.appRoles.find(({ roleId }) => roleId === body.role_id);
    if (body.role_id === undefined) return refuse(400, 'missing role_id');
    if (role === undefined || !role.secretIds.has(String(body.secret_id))) {
      return refuse(400, 'invalid role or secret ID');
    }
    return issue(vault, path, role);
  }
  if (path === 'auth/kubernetes/login') {
    const name = String(body.role ?? '');
    const role = vault.kubernetesRoles.get(name);
    if (body.jwt === undefined) return refuse(400, 'missing jwt');
    if (role === undefined) return refuse(400, `invalid role name "${name}"`);
    if (!role.jwts.has(String(body.jwt))) return permissionDenied;
    return issue(vault, path, role);
  }
  return permissionDenied;
}

function issue(
  vault: VaultEmulator,
  path: string,
  { policies, ttlSeconds, maxTtlSeconds }: { policies: string[]; ttlSeconds: number; maxTtlSeconds: number },
): Answer {
  const token = vault.tokens.issue({ policies, path, ttlSeconds, maxTtlSeconds, isRenewable: true });
  return authAnswer(token, ttlSeconds);
}

const capabilityOf: Readonly<Record<string, string>> = { GET: 'read', POST: 'update', DELETE: 'delete' };

async function authorized(vault: VaultEmulator, token: Token, asked: Asked): Promise<Answer> {
  const { method, path } = asked;
  const rules = vault.tokens.rulesOf(token);
  const isRoot = token.policies.includes('root');
  if (!isRoot && !capabilitiesAt(rules, path).includes(capabilityOf[method] ?? 'none')) {
    return permissionDenied;
  }
  return (await own(vault, token, asked)) ?? (await engine(vault, token, asked));
}

/** @returns null for paths of the engines */
async function own(vault: VaultEmulator, token: Token, asked: Asked): Promise<Answer | null> {
  const { method, path, body } = asked;
  const { tokens, databases } = vault;
  const wants = (verb: string): boolean => method === verb;
  switch (path) {
    case 'auth/token/lookup-self':
      return wants('GET') ? tokens.lookUp(token) : refuse(405, 'unsupported operation');
    case 'auth/token/renew-self':
      return wants('POST') ? tokens.renew(token) : refuse(405, 'unsupported operation');
    case 'auth/token/revoke-self':
      if (!wants('POST')) return refuse(405, 'unsupported operation');
      tokens.revoke(token.id);
      return { status: 204 };
    case 'sys/capabilities-self': {
      const paths = z.array(z.string()).safeParse(body.paths);
      if (!paths.success) return refuse(400, 'missing paths');
      const rules = tokens.rulesOf(token);
      const may = (one: string): string[] => {
        const found = capabilitiesAt(rules, one);
        return found.length === 0 ? ['deny'] : found;
      };
      return answer({ data: Object.fromEntries(paths.data.map((one) => [one, may(one)])) });
    }
    case 'sys/leases/renew': {
      const increment = z.number().int().optional().safeParse(body.increment);
      if (typeof body.lease_id !== 'string' || !increment.success) return refuse(400, 'missing lease_id');
      return databases.renew(body.lease_id, increment.data);
    }
    case 'sys/leases/revoke':
      return await databases.revoke(String(body.lease_id));
    default:
      return null;
  }
}

async function engine(vault: VaultEmulator, token: Token, { method, path }: Asked): Promise<Answer> {
  const [mount = '', kind = '', ...rest] = path.split('/');
  const name = rest.join('/');
  if (method !== 'GET') return refuse(405, 'unsupported operation');
  if (mount === kvMount && kind === 'data') return vault.keyValues.readData(name);
  if (mount === kvMount && kind === 'metadata') return vault.keyValues.readMetadata(name);
  if (mount === kvMount) {
    const warning =
      'Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use.';
    return answer({ status: 404, warnings: [warning] });
  }
  if (mount === databaseMount && kind === 'creds') return await vault.databases.makeLogin(name, token.id);
  if (mount === databaseMount && kind === 'static-creds') return vault.databases.readLogin(name);
  return noEngine(path);
}
