import { createHash } from 'node:crypto';
import { z } from 'zod';
import { asFailure, BusinessFailure } from '../../domain/errors.ts';
import { hasSurelyDoneNothing } from '../failure-of.ts';
import type { ModelLedger, ModelUsage } from '../llm/contract.ts';
import type { ResearchCall, ResearchRequest } from './contract.ts';
import type { GeminiCalls } from './gemini-calls.ts';
import type { Interaction } from './gemini-wire.ts';

/** `creating`: the call was made and nothing came back, so whether it is at work and paid for cannot be known. */
export const geminiNoteSchema = z.discriminatedUnion('step', [
  z.object({ step: z.literal('none'), starts: z.number().int() }),
  z.object({ step: z.literal('creating'), starts: z.number().int(), attemptKey: z.string() }),
  z.object({
    step: z.literal('created'),
    starts: z.number().int(),
    attemptKey: z.string(),
    id: z.string(),
    startedAt: z.iso.datetime(),
  }),
]);
export type GeminiNote = z.output<typeof geminiNoteSchema>;
export type CreatedNote = Extract<GeminiNote, { step: 'created' }>;

/** One question, and the query that it belongs to. */
export type Asking = { question: string; request: ResearchRequest; call: ResearchCall };

const noUsage: ModelUsage = {
  inputTokens: 0,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  searches: 0,
};

/** What a research counts for in the ledger: the same for each, because the API tells tokens and no price. */
export function createGeminiPurse(options: { ledger: ModelLedger; agent: string; microUsd: number }) {
  const { ledger, agent, microUsd } = options;
  return {
    /** @throws BusinessFailure `llm.budget` */
    async reserve({ question, request, call }: Asking, start: number): Promise<string> {
      const promptSha256 = createHash('sha256').update(question).digest('hex');
      const reserved = await ledger.reserve({
        purpose: {
          step: 'research',
          competitionId: request.competitionId ?? null,
          approachId: null,
          key: `gemini:${call.queryId ?? promptSha256}:${start}`,
        },
        promptSha256,
        model: agent,
        microUsd,
      });
      if (reserved.granted) return reserved.attemptKey;
      const { cap, freeMicroUsd } = reserved;
      throw new BusinessFailure(
        `The cap on language models is reached (${cap}), and a research of Gemini counts for $${(microUsd / 1_000_000).toFixed(2)}.`,
        { code: 'llm.budget', details: { cap, freeMicroUsd } },
      );
    },
    paid: async (attemptKey: string, outcome: string, usage = noUsage) =>
      await ledger.settle({ attemptKey, usage, microUsd, answer: null, outcome }),
    free: async (attemptKey: string, outcome: string) =>
      await ledger.settle({ attemptKey, usage: noUsage, microUsd: 0, answer: null, outcome }),
  };
}

/** Starts a research: paid for first, noted before the call and after it. */
export function createGeminiStart(options: {
  calls: GeminiCalls;
  agent: string;
  purse: ReturnType<typeof createGeminiPurse>;
  now: () => Date;
}) {
  const { calls, agent, purse, now } = options;

  return {
    async create(asking: Asking, startsBefore: number): Promise<CreatedNote> {
      const { question, call } = asking;
      const starts = startsBefore + 1;
      const attemptKey = await purse.reserve(asking, starts);
      await call.keep?.({ step: 'creating', starts, attemptKey } satisfies GeminiNote);
      let interaction: Interaction;
      try {
        const label = (call.queryId ?? 'none').toLowerCase().slice(0, 63);
        interaction = await calls.create({ agent, question, label }, call.signal);
      } catch (error) {
        call.signal.throwIfAborted();
        const failure = asFailure(error);
        // A refusal is an answer; whatever else went wrong may have started it.
        const isRefused = failure.kind !== 'transient' && typeof failure.details.status === 'number';
        if (!isRefused && !hasSurelyDoneNothing(failure)) {
          await purse.paid(attemptKey, failure.code);
          throw failure;
        }
        await purse.free(attemptKey, failure.code);
        await call.keep?.({ step: 'none', starts: startsBefore } satisfies GeminiNote);
        throw failure;
      }
      const { id } = interaction;
      const created: CreatedNote = {
        step: 'created',
        starts,
        attemptKey,
        id,
        startedAt: now().toISOString(),
      };
      await call.keep?.(created);
      return created;
    },

    /** The call was made in a process that ended before the answer came. */
    async lost({ attemptKey }: Extract<GeminiNote, { step: 'creating' }>): Promise<Error> {
      await purse.paid(attemptKey, 'gemini.lost');
      return new BusinessFailure(
        'The answer of Gemini to the start of a research was lost; it is not started twice.',
        { code: 'gemini.lost' },
      );
    },
  };
}
