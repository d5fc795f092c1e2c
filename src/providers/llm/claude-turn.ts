import { createHash } from 'node:crypto';
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { SystemFailure } from '../../domain/errors.ts';
import type { BilledUsage } from '../../domain/model-prices.ts';
import type { ModelCall, PromptPart } from './contract.ts';

export type Effort = NonNullable<ModelCall['effort']>;
export type JsonSchema = Record<string, unknown>;

/** What one call of the vendor asks, before a model is chosen for it. */
export type Turn = {
  kind: 'write' | 'decide' | 'search';
  system: readonly PromptPart[];
  messages: readonly Anthropic.MessageParam[];
  maxTokens: number;
  effort: Effort | null;
  /** JSON that is wanted; null: text. */
  schema: JsonSchema | null;
  maxSearches: number;
};

/** Prompts and answers are kept as the vendor gives them; what we read of a block is checked where it is read. */
const block = z.custom<Anthropic.ContentBlockParam>(
  (value) => z.looseObject({ type: z.string() }).safeParse(value).success,
);

/** What came back for a turn, as it is kept for a repetition. */
export const turnAnswerSchema = z.object({
  model: z.string(),
  /** The question had to be put with its purpose said. */
  isRephrased: z.boolean().default(false),
  stopReason: z.string(),
  content: z.array(block),
  usage: z.object({
    inputTokens: z.number(),
    cacheWriteTokens: z.number(),
    cacheReadTokens: z.number(),
    outputTokens: z.number(),
    searches: z.number(),
  }),
  costMicroUsd: z.number(),
});
export type TurnAnswer = z.output<typeof turnAnswerSchema>;

const textBlock = z.object({ type: z.literal('text'), text: z.string() });
const mostBreakpoints = 4;

/**
 * The blocks without the zero character, which no database keeps: an answer that cannot be kept is paid for again, and
 * counts at what was reserved for it.
 */
export function keepable(content: readonly Anthropic.ContentBlock[]): Anthropic.ContentBlock[] {
  return JSON.parse(JSON.stringify(content), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value,
  );
}

/** The text blocks, one after the other; thinking and tools are not the answer. */
export function textOf(content: readonly unknown[]): string {
  return content
    .map((one) => textBlock.safeParse(one))
    .flatMap((parsed) => (parsed.success ? [parsed.data.text] : []))
    .join('');
}

/** The same turn gives the same text, whichever model is asked. */
export function promptSha256(turn: Turn): string {
  const { kind, system, messages, maxTokens, effort, schema, maxSearches } = turn;
  const parts = system.map(({ text, cacheUpToHere }) => [text, cacheUpToHere]);
  const text = JSON.stringify([kind, parts, messages, maxTokens, effort, schema, maxSearches]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The stable beginning of a prompt. Byte for byte the same for the same parts, so that the vendor finds it again.
 * @throws SystemFailure `llm.bad_request`
 */
export function systemOf(
  parts: readonly PromptPart[],
  { firstPartForAnHour }: { firstPartForAnHour: boolean },
): Anthropic.TextBlockParam[] {
  const written = parts.filter(({ text }) => text !== '');
  if (written.filter(({ cacheUpToHere }) => cacheUpToHere).length > mostBreakpoints) {
    throw new SystemFailure('A prompt has more than four beginnings that are to be kept.', {
      code: 'llm.bad_request',
    });
  }
  let breakpoints = 0;
  return written.map(({ text, cacheUpToHere }) => {
    if (!cacheUpToHere) return { type: 'text', text };
    breakpoints += 1;
    const ttl = firstPartForAnHour && breakpoints === 1 ? '1h' : '5m';
    return { type: 'text', text, cache_control: { type: 'ephemeral', ttl } };
  });
}

/** No tokenizer makes more tokens of a text than it has bytes; the frame around it is added. */
export function mostPromptTokens(turn: Turn): number {
  const { system, messages, schema, maxSearches } = turn;
  const bytes = Buffer.byteLength(JSON.stringify([system, messages, schema]));
  const frame = 1_000 + 50 * messages.length + (schema === null ? 0 : 1_000) + (maxSearches > 0 ? 4_000 : 0);
  return bytes + frame;
}

export function billedNothing(): BilledUsage {
  return {
    inputTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    searches: 0,
  };
}
