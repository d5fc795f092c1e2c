import { GoogleGenAI } from '@google/genai';
import { z } from 'zod';
import type { Secret } from '../../config/secret.ts';
import {
  asFailure,
  BusinessFailure,
  ConfigurationFailure,
  Failure,
  SystemFailure,
  TransientFailure,
} from '../../domain/errors.ts';
import { cleanLine } from '../../domain/outside-text.ts';
import { parseRetryAfterMs, unansweredFailure } from '../failure-of.ts';
import type { Policy } from '../policy.ts';
import { type Interaction, interactionSchema } from './gemini-wire.ts';

const vendor = 'gemini';
const callTimeoutMs = 60_000;
const shownCharacters = 300;
/** Attempts are the policy's business. */
const noRetries = { retries: { strategy: 'none' }, timeout_ms: callTimeoutMs } as const;

export type GeminiCallOptions = {
  apiKey: Secret;
  baseUrl: string;
  policy: Policy;
  now: () => Date;
};

export type GeminiCalls = ReturnType<typeof createGeminiCalls>;

/** The three calls of the Interactions API that research needs. */
export function createGeminiCalls({ apiKey, baseUrl, policy, now }: GeminiCallOptions) {
  // The key may be replaced at any time. Nothing of the environment is looked at.
  const interactions = () =>
    new GoogleGenAI({
      apiKey: apiKey.reveal(),
      enterprise: false,
      vertexai: false,
      apiVersion: 'v1',
      httpOptions: { baseUrl },
    }).interactions;

  const run = async (
    call: { name: string; idempotent: boolean; signal: AbortSignal },
    work: (options: typeof noRetries & { signal: AbortSignal }) => Promise<unknown>,
  ): Promise<Interaction> =>
    await policy.run({ ...call, timeoutMs: callTimeoutMs }, async (signal) => {
      let answer: unknown;
      try {
        answer = await work({ ...noRetries, signal });
      } catch (error) {
        throw failureOf(error, signal, now);
      }
      const parsed = interactionSchema.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw new SystemFailure('Gemini answered in a shape we do not know.', {
        code: `${vendor}.bad_response`,
        cause: parsed.error,
      });
    });

  return {
    /** Starts what is paid for. It has no key of ours, so a lost answer is never asked for again. */
    create: (input: { agent: string; question: string; label: string }, signal: AbortSignal) =>
      run({ name: 'interactions.create', idempotent: false, signal }, (options) =>
        interactions().create(
          {
            agent: input.agent,
            input: input.question,
            background: true,
            store: true,
            agent_config: { type: 'deep-research', thinking_summaries: 'none', visualization: 'off' },
            labels: { query: input.label },
          },
          options,
        ),
      ),

    /** @returns null where it is gone */
    async find(id: string, signal: AbortSignal): Promise<Interaction | null> {
      const call = { name: 'interactions.get', idempotent: true, signal };
      return await run(call, (options) => interactions().get(id, null, options)).catch((error: unknown) => {
        if (asFailure(error).details.status === 404) return null;
        throw error;
      });
    },

    cancel: (id: string, signal: AbortSignal) =>
      run({ name: 'interactions.cancel', idempotent: true, signal }, (options) =>
        interactions().cancel(id, null, options),
      ),
  };
}

/** Both families of the SDK's errors tell the status. Source: @google/genai 3.1.0, dist/node/index.mjs */
const errorSchema = z.looseObject({
  status: z.number().optional(),
  statusCode: z.number().optional(),
  headers: z.instanceof(Headers).optional().catch(undefined),
  error: z.unknown(),
});
const bodySchema = z
  .looseObject({ error: z.looseObject({ message: z.string().nullish(), status: z.string().nullish() }) })
  .transform(({ error }) => error);

function failureOf(error: unknown, signal: AbortSignal, now: () => Date): unknown {
  if (error instanceof Failure) return error;
  const parsed = errorSchema.safeParse(error instanceof Error ? { ...error } : error);
  const status = parsed.success ? (parsed.data.status ?? parsed.data.statusCode) : undefined;
  if (!parsed.success || status === undefined) return unansweredFailure(vendor, causeOf(error), signal);
  const told = bodySchema.safeParse(parsed.data.error);
  const words = told.success ? (told.data.message ?? '') : '';
  const details = { status, vendorText: cleanLine(words, shownCharacters) };
  const retryAfterMs = parseRetryAfterMs(parsed.data.headers?.get('retry-after') ?? null, now);
  return failureOfStatus(status, details, retryAfterMs);
}

/** The SDK's own errors hold the request with its key; what they were caused by does not. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function failureOfStatus(
  status: number,
  details: { status: number; vendorText: string },
  retryAfterMs: number | undefined,
): Failure {
  // Google says 400 for a key that is none.
  const isKey = status === 400 && /api key/i.test(details.vendorText);
  if (status === 401 || isKey) {
    return new ConfigurationFailure('Gemini refused the API key; check GEMINI_API_KEY.', {
      code: `${vendor}.refused`,
      details,
    });
  }
  if (status === 402) {
    return new ConfigurationFailure('The account of GEMINI_API_KEY has nothing left to pay with.', {
      code: `${vendor}.unpaid`,
      details,
    });
  }
  if (status === 403 || status === 404) {
    return new ConfigurationFailure(
      'Gemini does not let this API key use the research agent; check GEMINI_RESEARCH_AGENT and the billing of the project.',
      { code: `${vendor}.forbidden`, details },
    );
  }
  if (status === 408 || status === 429 || status >= 500) {
    const code = status === 429 ? `${vendor}.quota` : `${vendor}.failing`;
    const sentence =
      status === 429
        ? 'The quota of Gemini for research is used up for now.'
        : `Gemini has trouble of its own (HTTP ${status}).`;
    const surelyNothingHappened = status === 429 || (status === 503 && retryAfterMs !== undefined);
    return new TransientFailure(sentence, {
      code,
      retryAfterMs,
      details: { ...details, surelyNothingHappened },
    });
  }
  if (status === 400 && /safety|policy|prohibited/i.test(details.vendorText)) {
    return new BusinessFailure('Gemini declined the question.', { code: `${vendor}.declined`, details });
  }
  return new SystemFailure(`Gemini did not understand a request of ours (HTTP ${status}).`, {
    code: `${vendor}.bad_request`,
    details,
  });
}
