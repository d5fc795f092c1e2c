import type { z } from 'zod';
import { asFailure, SystemFailure, TransientFailure } from '../../domain/errors.ts';
import { unansweredFailure } from '../failure-of.ts';
import { type Fetch, parseAnswer, readCapped, readRefusal, send } from '../http.ts';
import type { Policy } from '../policy.ts';
import { guardStall } from '../stall-guard.ts';
import { agentspaceFailure } from './agentspace-failure.ts';
import { elementSchema, type StreamElement, sessionSchema } from './agentspace-wire.ts';
import type { GoogleTokens } from './google-tokens.ts';
import { createArrayReader } from './json-array.ts';

const vendor = 'agentspace';
/** A whole run was 1.8 MB. */
const maxElementCharacters = 20_000_000;
const maxAnswerBytes = 50_000_000;
const sessionTimeoutMs = 60_000;

export type ApiVersion = 'v1' | 'v1beta' | 'v1alpha';

export type AgentspaceCallOptions = {
  /** Of the place where the app lies. */
  baseUrl: string;
  /** Pays and is asked for the quota. */
  project: string;
  tokens: GoogleTokens;
  policy: Policy;
  /** Must not end a body that is silent for minutes. */
  fetch: Fetch;
  userAgent: string;
  /** A stream without a byte for so long is dead. */
  idleMs: number;
  now: () => Date;
};

export type AgentspaceCalls = ReturnType<typeof createAgentspaceCalls>;

/** The two calls that research needs, with a token that is renewed once where it is refused. */
export function createAgentspaceCalls(options: AgentspaceCallOptions) {
  const { policy, tokens, now } = options;

  /** @returns an answer of status 200 whose body is to be read */
  const request = async (
    path: string,
    init: { method: 'GET' | 'POST'; body?: string },
    signal: AbortSignal,
  ): Promise<Response> => {
    let refused: string | undefined;
    for (;;) {
      const token = await tokens.token({ signal, ...(refused === undefined ? {} : { refused }) });
      const url = new URL(`${options.baseUrl}/${path}`);
      const response = await send({
        vendor,
        fetch: options.fetch,
        url,
        ...init,
        userAgent: options.userAgent,
        signal,
        headers: { 'content-type': 'application/json', 'x-goog-user-project': options.project },
        authorization: { origins: [url.origin], header: () => `Bearer ${token}` },
      });
      if (response.ok) return response;
      const answer = await readRefusal(response, vendor, signal, (text) => text.replaceAll(token, ''));
      if (answer.status !== 401 || refused !== undefined) throw agentspaceFailure(answer, now);
      refused = token;
    }
  };

  return {
    /**
     * Sends one turn and hands on each element as it arrives.
     * @param call.idempotent false where the turn starts what is paid for
     * @throws TransientFailure `agentspace.stalled`, `agentspace.cut_off` for a stream that did not end well
     */
    async stream(call: {
      version: ApiVersion;
      assistant: string;
      body: Readonly<Record<string, unknown>>;
      idempotent: boolean;
      /** For the whole of it. */
      timeoutMs: number;
      signal: AbortSignal;
      /** The stream begins: what came of an attempt before this one does not count. */
      onBegin: () => void;
      onElement: (element: StreamElement) => void;
    }): Promise<void> {
      const { signal, timeoutMs, idempotent } = call;
      const path = `${call.version}/${call.assistant}:streamAssist`;
      await policy.run({ name: 'streamAssist', idempotent, signal, timeoutMs }, async (attemptSignal) => {
        const guard = guardStall(vendor, attemptSignal, options.idleMs, 'an answer');
        try {
          const init = { method: 'POST', body: JSON.stringify(call.body) } as const;
          const response = await request(path, init, guard.signal);
          call.onBegin();
          await readElements(response, guard, call.onElement);
        } finally {
          guard.end();
        }
      });
    },

    /** A session with all its turns. @returns null where it is gone */
    async session(
      version: ApiVersion,
      name: string,
      signal: AbortSignal,
    ): Promise<z.output<typeof sessionSchema> | null> {
      const call = { name: 'getSession', idempotent: true, signal, timeoutMs: sessionTimeoutMs };
      return await policy.run(call, async (attemptSignal) => {
        try {
          const path = `${version}/${name}?includeAnswerDetails=true`;
          const response = await request(path, { method: 'GET' }, attemptSignal);
          const limits = { vendor, signal: attemptSignal, maxBytes: maxAnswerBytes };
          return parseAnswer(vendor, (await readCapped(response, limits)).toString('utf8'), sessionSchema);
        } catch (error) {
          if (asFailure(error).code === `${vendor}.not_found`) return null;
          throw error;
        }
      });
    },
  };
}

async function readElements(
  response: Response,
  guard: { signal: AbortSignal; touch(): void },
  onElement: (element: StreamElement) => void,
): Promise<void> {
  const reader = createArrayReader(maxElementCharacters);
  try {
    let bytes = 0;
    for await (const piece of response.body ?? []) {
      guard.touch();
      bytes += piece.byteLength;
      if (bytes > maxAnswerBytes) throw new RangeError('the answer is too long');
      for (const value of reader.push(piece)) onElement(elementSchema.parse(value));
    }
  } catch (cause) {
    throw asStreamFailure(cause, guard.signal);
  }
  if (reader.isWhole()) return;
  throw new TransientFailure('An answer of Agentspace broke off in the middle.', {
    code: `${vendor}.cut_off`,
  });
}

function asStreamFailure(cause: unknown, signal: AbortSignal): unknown {
  const isForm = cause instanceof SyntaxError || cause instanceof RangeError;
  if (isForm || (cause instanceof Error && cause.name === 'ZodError')) {
    return new SystemFailure('Agentspace answered in a shape we do not know.', {
      code: `${vendor}.bad_response`,
      cause,
    });
  }
  const failure = unansweredFailure(vendor, cause, signal);
  // It had begun to answer.
  if (!(failure instanceof TransientFailure) || failure.code !== `${vendor}.unreachable`) return failure;
  return new TransientFailure('An answer of Agentspace broke off in the middle.', {
    code: `${vendor}.cut_off`,
    cause,
  });
}
