import { asFailure, BusinessFailure, TransientFailure } from '../../domain/errors.ts';
import { cleanLine } from '../../domain/outside-text.ts';
import type { ModelLedger } from '../llm/contract.ts';
import { ResearchPending, type WholeReport } from './contract.ts';
import type { GeminiCalls } from './gemini-calls.ts';
import { reportOfInteraction, usageOfInteraction } from './gemini-report.ts';
import {
  type Asking,
  type CreatedNote,
  createGeminiPurse,
  createGeminiStart,
  type GeminiNote,
  geminiNoteSchema,
} from './gemini-start.ts';
import type { Interaction } from './gemini-wire.ts';
import { lookPatiently } from './look-again.ts';
import type { ResearchService } from './service.ts';

export type GeminiOptions = {
  calls: GeminiCalls;
  /** `deep-research-preview-04-2026`, … */
  agent: string;
  ledger: ModelLedger;
  /** What one research counts for: the API tells tokens and no price. */
  microUsd: number;
  now: () => Date;
  /** Between two looks. Source: npm @google/genai 3.1.0, README ("poll every 10 s") */
  lookAgainMs?: number;
  /** Runs stay `in_progress` past the vendor's own limit of an hour. Source: contract of Agentspace, B.5 */
  limitMs?: number;
};

const defaultLookAgainMs = 10_000;
const defaultLimitMs = 75 * 60_000;
const mostStarts = 2;
/** What is worth keeping of a report that broke off. */
const shortestPart = 1_500;
/** More names of other states may come, and none of them is an end. Source: contract of Agentspace, B.3 */
const ended = new Set([
  'completed',
  'failed',
  'cancelled',
  'incomplete',
  'budget_exceeded',
  // nobody is there to act
  'requires_action',
]);

/**
 * Gemini Deep Research: an interaction in the background that is looked at again and again, by whatever job; its id is
 * kept as soon as it is known.
 *
 * Fails with BusinessFailure `llm.budget`, `gemini.failed`, `gemini.declined`, `gemini.lost`; TransientFailure
 * `gemini.stuck`, `gemini.quota`, `gemini.failing`, `gemini.timeout`, `gemini.unreachable`, `gemini.unavailable`;
 * ConfigurationFailure `gemini.refused`, `gemini.forbidden`, `gemini.unpaid`; SystemFailure `gemini.bad_request`,
 * `gemini.bad_response`.
 */
export function createGemini(options: GeminiOptions): ResearchService {
  const purse = createGeminiPurse(options);
  const start = createGeminiStart({ ...options, purse });
  const look = createLook(options, purse, start);
  return {
    name: 'gemini',
    isDeep: true,
    canAnswer: ({ kind }) => kind !== 'step' && kind !== 'discussion',
    async ask(question, request, call) {
      const asking = { question, request, call };
      const parsed = geminiNoteSchema.safeParse(call.kept);
      const note: GeminiNote = parsed.success ? parsed.data : { step: 'none', starts: 0 };
      if (note.step === 'creating') throw await start.lost(note);
      const created = note.step === 'created' ? note : await start.create(asking, note.starts);
      const found = await look(created, asking);
      return { ...found, prompt: question };
    },
  };
}

function createLook(
  { calls, now, lookAgainMs = defaultLookAgainMs, limitMs = defaultLimitMs }: GeminiOptions,
  purse: ReturnType<typeof createGeminiPurse>,
  start: ReturnType<typeof createGeminiStart>,
) {
  /** Stuck: ended there, and started once more. */
  const giveUp = async (note: CreatedNote, asking: Asking): Promise<never> => {
    const { signal } = asking.call;
    await calls.cancel(note.id, signal).catch(() => signal.throwIfAborted());
    await purse.paid(note.attemptKey, 'gemini.stuck');
    if (note.starts >= mostStarts) {
      throw new TransientFailure('The research of Gemini did not end in time, twice.', {
        code: 'gemini.stuck',
      });
    }
    await start.create(asking, note.starts);
    throw new ResearchPending(lookAgainMs, 'Gemini has begun its research again');
  };

  const find = async (note: CreatedNote, hasTime: boolean, signal: AbortSignal) => {
    try {
      return await lookPatiently(() => calls.find(note.id, signal), { hasTime, lookAgainMs, signal });
    } catch (error) {
      signal.throwIfAborted();
      // nobody looks at it again, and it may have been billed
      if (!(error instanceof ResearchPending)) await purse.paid(note.attemptKey, asFailure(error).code);
      throw error;
    }
  };

  return async (note: CreatedNote, asking: Asking): Promise<Omit<WholeReport, 'prompt'>> => {
    const hasTime = now().getTime() - Date.parse(note.startedAt) < limitMs;
    const interaction = await find(note, hasTime, asking.call.signal);
    const status = interaction === null ? 'gone' : (interaction.status ?? 'unknown');
    if (interaction !== null && !ended.has(status)) {
      if (hasTime) throw new ResearchPending(lookAgainMs, 'Gemini is still at its research');
      return await giveUp(note, asking);
    }
    const isDone = status === 'completed';
    const usage = interaction === null ? undefined : usageOfInteraction(interaction);
    await purse.paid(note.attemptKey, isDone ? 'end_turn' : `gemini.${status}`, usage);
    const report = interaction === null ? null : reportOfInteraction(interaction);
    const shortest = isDone ? 1 : shortestPart;
    if (report !== null && report.text.length >= shortest) return { ...report, isPartial: !isDone };
    throw new BusinessFailure(
      `The research of Gemini ended without a report (${status.replaceAll('_', ' ').slice(0, 30)}).`,
      { code: 'gemini.failed', details: { status, vendorText: wordsOf(interaction) } },
    );
  };
}

const shownCharacters = 300;

/** What the vendor says of it, for the log. */
function wordsOf(interaction: Interaction | null): string {
  const [first] = interaction?.errors ?? [];
  return cleanLine(first?.message ?? '', shownCharacters);
}
