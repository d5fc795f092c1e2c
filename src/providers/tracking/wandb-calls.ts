import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { ConfigurationFailure } from '../../domain/errors.ts';
import { type Fetch, parseAnswer, parseJson, readCapped, readRefusal, send } from '../http.ts';
import type { Policy } from '../policy.ts';
import { graphqlFailure, refusedFailure, wandbFailure } from './wandb-failure.ts';
import { createWandbGuard, type WandbGuard } from './wandb-guard.ts';
import { featuresQuery } from './wandb-queries.ts';

const vendor = 'wandb';
const graphqlTimeoutMs = 30_000;
const linesTimeoutMs = 60_000;
const maxAnswerBytes = 20_000_000;

export type WandbOptions = {
  /** Of the API, without a slash at its end. */
  baseUrl: string;
  /** Of the pages for people. */
  appUrl: string;
  /** User or team; null: the key's own. */
  entity: string | null;
  project: string;
  apiKey: { reveal(): string };
  fetch: Fetch;
  policy: Policy;
  userAgent: string;
  now: () => Date;
};

export type WandbCalls = ReturnType<typeof createWandbCalls>;

const envelope = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string().default('') })).optional(),
});
const featuresAnswer = z.object({
  serverInfo: z
    .object({ features: z.array(z.object({ name: z.string(), isEnabled: z.boolean() }).nullable()) })
    .nullable(),
});
const linesAnswer = z.object({ stopped: z.boolean().nullish() });

/** GraphQL and the stream of lines, with the key, the pace that the service asks for, and its failures. */
export function createWandbCalls(options: WandbOptions) {
  const guard = createWandbGuard(options);
  const call = createCall(options, guard);
  let packs: Promise<boolean> | null = null;

  const graphql = async <T>(
    name: string,
    query: string,
    variables: Readonly<Record<string, unknown>>,
    answer: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> => {
    const body = JSON.stringify({ query, variables, operationName: name });
    const request = { name, path: '/graphql', body, isPacked: false, timeoutMs: graphqlTimeoutMs, signal };
    return await call('graphql', request, (text) => {
      const { data, errors = [] } = parseAnswer(vendor, text, envelope);
      if (errors.length > 0) throw graphqlFailure(errors.map(({ message }) => message));
      return parseAnswer(vendor, JSON.stringify(data ?? null), answer);
    });
  };

  /** Whether the service unpacks what is sent; asked once, and again where that failed. */
  const takesPacked = async (signal: AbortSignal): Promise<boolean> => {
    packs ??= graphql('ServerFeatures', featuresQuery, {}, featuresAnswer, signal).then(
      ({ serverInfo }) =>
        serverInfo?.features.some((one) => one?.name === 'FILESTREAM_GZIP' && one.isEnabled) ?? false,
    );
    return await packs.catch(() => {
      packs = null;
      return false;
    });
  };

  return {
    graphql,

    /** @returns whether a person asked that the run ends */
    async lines(
      place: { entity: string; project: string; runId: string },
      content: Readonly<Record<string, unknown>>,
      signal: AbortSignal,
    ): Promise<{ isStopAsked: boolean }> {
      const path = `/files/${[place.entity, place.project, place.runId].map(encodeURIComponent).join('/')}/file_stream`;
      const body = JSON.stringify(content);
      const isPacked = await takesPacked(signal);
      const request = { name: 'file_stream', path, body, isPacked, timeoutMs: linesTimeoutMs, signal };
      return await call('lines', request, (text) => {
        // Nothing else of the answer is promised, not even that there is one.
        const parsed = linesAnswer.safeParse(parseJson(text));
        return { isStopAsked: parsed.success && parsed.data.stopped === true };
      });
    },

    problem: guard.problem,

    /** For an answer that refuses the key in its own words. */
    refuse(): never {
      const failure = refusedFailure();
      guard.refused(options.apiKey.reveal(), failure);
      throw failure;
    },
  };
}

type Request = {
  name: string;
  path: string;
  body: string;
  isPacked: boolean;
  timeoutMs: number;
  signal: AbortSignal;
};

function createCall(options: WandbOptions, guard: WandbGuard) {
  return async <T>(kind: 'graphql' | 'lines', request: Request, read: (text: string) => T): Promise<T> => {
    guard.requireKey();
    const { name, timeoutMs, signal } = request;
    // Lines have their places and runs their ids, so everything may be said again.
    return await options.policy.run({ name, idempotent: true, signal, timeoutMs }, async (attemptSignal) => {
      guard.keepPace();
      const key = options.apiKey.reveal();
      try {
        const response = await post(options, key, request, attemptSignal);
        guard.notePace(response.headers);
        if (!response.ok) {
          const hideKey = (text: string) => text.replaceAll(key, '[redacted]');
          throw wandbFailure(kind, await readRefusal(response, vendor, attemptSignal, hideKey), options.now);
        }
        const limits = { vendor, signal: attemptSignal, maxBytes: maxAnswerBytes };
        const value = read((await readCapped(response, limits)).toString('utf8'));
        guard.accepted();
        return value;
      } catch (error) {
        if (error instanceof ConfigurationFailure) guard.refused(key, error);
        throw error;
      }
    });
  };
}

async function post(
  options: WandbOptions,
  key: string,
  { path, body, isPacked }: Pick<Request, 'path' | 'body' | 'isPacked'>,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL(`${options.baseUrl}${path}`);
  const basic = Buffer.from(`api:${key}`).toString('base64');
  return await send({
    vendor,
    fetch: options.fetch,
    url,
    method: 'POST',
    userAgent: options.userAgent,
    signal,
    headers: { 'content-type': 'application/json', ...(isPacked ? { 'content-encoding': 'gzip' } : {}) },
    body: isPacked ? new Blob([gzipSync(body)]) : body,
    authorization: { origins: [url.origin], header: () => `Basic ${basic}` },
  });
}
