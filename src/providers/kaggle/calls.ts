import type { z } from 'zod';
import { redactValues } from '../../config/secret.ts';
import { BusinessFailure, ConfigurationFailure, Failure } from '../../domain/errors.ts';
import { failureOf, type RefusedAnswer } from '../failure-of.ts';
import {
  type Authorization,
  type Fetch,
  parseAnswer,
  parseJson,
  readCapped,
  readRefusal,
  send,
} from '../http.ts';
import type { Policy, PolicyCall } from '../policy.ts';
import type { KaggleCredentials } from './contract.ts';
import { refusalSchema } from './schemas.ts';

export const vendor = 'kaggle';

export type KaggleOptions = {
  /** Origin of the API, with or without `/v1`: `https://api.kaggle.com`, or where the practice arena listens. */
  baseUrl: string;
  credentials: KaggleCredentials;
  policy: Policy;
  fetch: Fetch;
  /** Says honestly who we are. */
  userAgent: string;
  now: () => Date;
};

type Service = 'competitions.CompetitionApiService' | 'security.OAuthService' | 'kernels.KernelsApiService';

export type RpcCall<T> = {
  /** Default the competitions'. */
  service?: Service;
  method: string;
  body: Record<string, unknown>;
  response: z.ZodType<T>;
  signal: AbortSignal;
};

export type KaggleCalls = {
  options: KaggleOptions;
  /** The API's base, without a slash at the end. */
  base: string;
  /** One attempt of a call of Kaggle's API, outside the policy: call it inside `run`. */
  ask<T>(call: RpcCall<T>): Promise<T>;
  /** One call of Kaggle's API, under the policy. */
  rpc<T>(call: RpcCall<T>): Promise<T>;
  /** Any work with Kaggle as one call of the policy. */
  run<T>(call: PolicyCall, fn: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** A POST outside the policy: call it inside `run`. Any status comes back but refusals, which are thrown. */
  post(path: string, body: Record<string, unknown>, signal: AbortSignal): Promise<Response>;
  /** The same for an answer that carries bytes, or leads to them: one that is a refusal by its words is thrown too. */
  postForBytes(path: string, body: Record<string, unknown>, signal: AbortSignal): Promise<Response>;
};

const maxAnswerBytes = 50_000_000;

/**
 * The transport: every call is a POST of JSON, also where it only reads.
 * Source: Kaggle/kagglesdk `kaggle_http_client.py`; errors as in Kaggle/kaggle-cli issues 152, 448, 931.
 */
export function createKaggleCalls(options: KaggleOptions): KaggleCalls {
  const base = options.baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '');
  const authorization = authorizationFor(options.credentials, new URL(base).origin);
  const redact = (text: string): string => redactValues(text, secretsOf(options.credentials));

  const post = async (
    path: string,
    body: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<Response> => {
    const response = await send({
      vendor,
      fetch: options.fetch,
      url: new URL(`${base}${path}`),
      method: 'POST',
      userAgent: options.userAgent,
      signal,
      headers: { accept: '*/*', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      authorization,
    });
    if (response.status < 400) return response;
    throw refusalOf(await readRefusal(response, vendor, signal, redact), options.now);
  };

  const ask: KaggleCalls['ask'] = async (call) => {
    const { signal } = call;
    const response = await post(rpcPath(call.method, call.service), call.body, signal);
    const text = (await readCapped(response, { vendor, signal, maxBytes: maxAnswerBytes })).toString('utf8');
    refuseByWords(text, response.headers);
    return parseAnswer(vendor, text, call.response);
  };

  /** Success by status, refusal by body: the official SDK raises here too. */
  const refuseByWords = (text: string, headers: Headers): void => {
    const refusal = refusalSchema.safeParse(parseJson(text));
    const status = refusal.data?.code ?? refusal.data?.error?.code ?? 0;
    if (status >= 400) throw refusalOf({ status, headers, text: redact(text) }, options.now);
  };

  const postForBytes: KaggleCalls['postForBytes'] = async (path, body, signal) => {
    const response = await post(path, body, signal);
    if (!response.ok || !/\bjson\b/.test(response.headers.get('content-type') ?? '')) return response;
    const bytes = await readCapped(response, { vendor, signal, maxBytes: maxAnswerBytes });
    refuseByWords(bytes.toString('utf8'), response.headers);
    // The fetch has unpacked what its headers describe.
    return new Response(new Uint8Array(bytes));
  };

  const run: KaggleCalls['run'] = (call, fn) => options.policy.run(call, fn);

  return {
    options,
    base,
    run,
    post,
    postForBytes,
    ask,
    rpc: (call) =>
      run({ name: call.method, idempotent: true, signal: call.signal }, (signal) => ask({ ...call, signal })),
  };
}

export function rpcPath(method: string, service: Service = 'competitions.CompetitionApiService'): string {
  return `/v1/${service}/${method}`;
}

/** What a refused call tells: null for any other error. */
export function refusalDetails(error: unknown): { status: number; text: string } | null {
  if (!(error instanceof Failure)) return null;
  const { status, vendorText } = error.details;
  return typeof status === 'number' && typeof vendorText === 'string' ? { status, text: vendorText } : null;
}

function authorizationFor(credentials: KaggleCredentials, origin: string): Authorization {
  return {
    origins: [origin],
    header: () =>
      credentials.kind === 'bearer'
        ? `Bearer ${credentials.token.reveal()}`
        : `Basic ${basicToken(credentials.username, credentials.key.reveal())}`,
  };
}

function basicToken(username: string, key: string): string {
  return Buffer.from(`${username}:${key}`, 'utf8').toString('base64');
}

function secretsOf(credentials: KaggleCredentials): string[] {
  if (credentials.kind === 'bearer') return [credentials.token.reveal()];
  const key = credentials.key.reveal();
  return [key, basicToken(credentials.username, key)];
}

function refusalOf(answer: RefusedAnswer, now: () => Date): Failure {
  const text = messageOf(answer.text);
  const details = { status: answer.status, vendorText: text };
  if (answer.status === 401) {
    return new ConfigurationFailure('Kaggle does not know our credentials; set a valid API token.', {
      code: 'kaggle.unauthorized',
      details,
    });
  }
  if (answer.status === 403) {
    return new ConfigurationFailure(
      `Kaggle does not let our account do this: ${text || 'no reason given'}.`,
      {
        code: 'kaggle.forbidden',
        details,
      },
    );
  }
  const general = failureOf(vendor, { ...answer, text }, now);
  if (general.kind === 'transient') return general;
  return new BusinessFailure(`Kaggle refused a request: ${text || `HTTP ${answer.status}`}.`, {
    code: answer.status === 404 ? 'kaggle.not_found' : 'kaggle.request_refused',
    details,
  });
}

/** The words inside either shape of a refusal; the text itself (storage speaks XML) where it is neither. */
function messageOf(text: string): string {
  const parsed = refusalSchema.safeParse(parseJson(text));
  const message = parsed.success ? (parsed.data.error?.message ?? parsed.data.message) : undefined;
  return (message ?? text.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 500);
}
