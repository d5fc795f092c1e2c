import { createClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { ConfigurationFailure, type Failure, type TransientFailure } from '../domain/errors.ts';
import { createStatePort } from './call.ts';
import type { StatePort } from './port.ts';
import {
  type Advice,
  isRepeatable,
  notMigrated,
  projectBehind,
  type Refusal,
  refusedLogin,
  stateFailure,
  unreachableFailure,
} from './state-failure.ts';

/** A key that may be another one at the next call. */
export type RotatingKey = { reveal(): string };

export type SupabasePortOptions = {
  /** Of the project, such as `https://abcdefghijklmnopqrst.supabase.co`. */
  url: string;
  /** Secret key (or the older service_role key); asked for before each call. */
  key: RotatingKey;
  fetch?: typeof fetch;
  timeoutMs?: number;
};

const defaultTimeoutMs = 35_000;
/** Supabase answers this for a project that was paused. */
const pausedStatus = 540;
const longestBodyCharacters = 500;

const keyAdvice =
  'Supabase refuses our key: let SUPABASE_SERVICE_ROLE_KEY be the secret (or service_role) key of the project in SUPABASE_URL, not its publishable or anon key.';
const advice: Advice = { login: keyAdvice, rights: keyAdvice, migrations: projectBehind };

/** The state port through the functions that Supabase publishes over HTTPS. */
export function createSupabasePort(options: SupabasePortOptions): StatePort {
  const { url, key } = options;
  const host = new URL(url).host;
  const client = createClient(url, 'asked for at each call', {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    db: { schema: 'public' },
    global: { fetch: fetchWithKey(options) },
    accessToken: async () => key.reveal(),
  });
  return createStatePort({
    async send(name, args) {
      const { data, error, status } = await client.rpc(name, args).retry(false);
      // A gateway may say `null` where it fails.
      if (error !== null || status >= 300) throw new CallError(status, errorBody.parse(error));
      const answer: unknown = data;
      return answer;
    },
    isRepeatable: (error) => error instanceof CallError && isRepeatable(error.sqlstate),
    failureOf: (name, error) => failureOf(name, error, host),
  });
}

/**
 * The key of this moment in both headers that Supabase reads, a time limit, and an error for an answer that
 * the client would take for an empty success: 404 without a body.
 */
function fetchWithKey({
  key,
  fetch: send = fetch,
  timeoutMs = defaultTimeoutMs,
}: SupabasePortOptions): typeof fetch {
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    const revealed = key.reveal();
    headers.set('apikey', revealed);
    headers.set('authorization', `Bearer ${revealed}`);
    const limit = AbortSignal.timeout(timeoutMs);
    const given = init?.signal ?? null;
    const signal = given === null ? limit : AbortSignal.any([given, limit]);
    const response = await send(input, { ...init, headers, signal });
    if (response.status !== 404) return response;
    const text = await response.text();
    return new Response(text.startsWith('{') ? text : JSON.stringify({ message: text }), { status: 404 });
  };
}

/** PostgREST's error, or what stands in for it where something else answered. */
const errorBody = z
  .object({ message: z.string().catch(''), code: z.string().catch('') })
  .catch({ message: '', code: '' });
type ErrorBody = z.output<typeof errorBody>;

/** Any SQLSTATE of Postgres; codes of PostgREST's own are longer. */
const sqlstatePattern = /^[0-9A-Z]{5}$/;

class CallError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, { message, code }: ErrorBody) {
    super(message.slice(0, longestBodyCharacters));
    this.name = 'CallError';
    this.status = status;
    this.code = code;
  }

  get sqlstate(): string | null {
    return sqlstatePattern.test(this.code) ? this.code : null;
  }
}

const unknownFunction = 'PGRST202';
const schemaNotExposed = 'PGRST106';

function failureOf(name: string, cause: unknown, host: string): Failure {
  if (!(cause instanceof CallError)) return away({ name, sqlstate: null, cause }, host);
  const { status, code, sqlstate } = cause;
  const refusal: Refusal = { name, sqlstate, cause };
  if (sqlstate !== null) return stateFailure(refusal, advice);
  if (code === unknownFunction) return notMigrated(refusal, projectBehind);
  if (code === schemaNotExposed) {
    return notMigrated(
      refusal,
      'The Data API of the project in SUPABASE_URL does not show the schema public: add it under Project Settings, Data API, Exposed schemas.',
    );
  }
  if (status === 401 || status === 403) return refusedLogin(refusal, keyAdvice);
  if (status === pausedStatus) return paused(refusal, host);
  // The network, a gateway without its database, or too many calls.
  if (status === 0 || status === 408 || status === 429 || status >= 500) return away(refusal, host);
  return wrongAddress(refusal, host);
}

function away(refusal: Refusal, host: string): TransientFailure {
  return unreachableFailure(
    refusal,
    `The Supabase project in SUPABASE_URL (${host}) does not answer; trying again.`,
  );
}

function paused({ cause }: Refusal, host: string): ConfigurationFailure {
  return new ConfigurationFailure(
    `The Supabase project in SUPABASE_URL (${host}) is paused: restore it in the dashboard of Supabase.`,
    { code: 'state.paused', cause },
  );
}

function wrongAddress({ cause }: Refusal, host: string): ConfigurationFailure {
  return new ConfigurationFailure(
    `What answers at SUPABASE_URL (${host}) is no Supabase project: copy the project URL from the dashboard, without a path.`,
    { code: 'state.wrong_address', cause },
  );
}
