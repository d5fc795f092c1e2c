import { createHash } from 'node:crypto';
import type { ListedModel } from './model-list.ts';
import { type CheckedRequest, partsOf } from './request-rules.ts';
import { tokensOf } from './tokens.ts';

export type PromptUsage = {
  input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number };
};

type Beginning = { key: string; tokens: number; ttlMs: number };

const ttlsMs = { '5m': 300_000, '1h': 3_600_000 } as const;
/** The vendor's own words around tools and a wanted form. */
const toolTokens = 200;
const messageTokens = 4;

/** Beginnings of prompts that the vendor keeps, and how that shows in the counters. */
export function createPromptCache(now: () => Date) {
  const kept = new Map<string, { untilMs: number; ttlMs: number }>();

  return {
    /**
     * Looks a prompt up as it arrives. Its own beginnings are there for others only once it is answered: of calls that
     * begin alike at the same moment each writes them.
     */
    look(request: Omit<CheckedRequest, 'max_tokens'>, model: ListedModel): { keep(): PromptUsage } {
      const { total, beginnings } = readPrompt(request, model);
      const nowMs = now().getTime();
      const read = beginnings.findLast(({ key }) => (kept.get(key)?.untilMs ?? 0) > nowMs)?.tokens ?? 0;
      return { keep: () => keep(total, beginnings, read) };
    },
  };

  function keep(total: number, beginnings: readonly Beginning[], read: number): PromptUsage {
    const nowMs = now().getTime();
    const written = { '5m': 0, '1h': 0 };
    let before = read;
    for (const { key, tokens, ttlMs } of beginnings) {
      if (tokens > before) {
        written[ttlMs === ttlsMs['1h'] ? '1h' : '5m'] += tokens - before;
        before = tokens;
      }
      const longest = Math.max(ttlMs, kept.get(key)?.ttlMs ?? 0);
      kept.set(key, { untilMs: nowMs + longest, ttlMs: longest });
    }
    return {
      input_tokens: total - before,
      cache_read_input_tokens: read,
      cache_creation_input_tokens: written['5m'] + written['1h'],
      cache_creation: {
        ephemeral_5m_input_tokens: written['5m'],
        ephemeral_1h_input_tokens: written['1h'],
      },
    };
  }
}

export function promptTokens(request: Omit<CheckedRequest, 'max_tokens'>, model: ListedModel): number {
  return readPrompt(request, model).total;
}

/** In the vendor's order: tools, system, messages. A beginning that is too short is not kept, without an error. */
function readPrompt(
  { tools, system, messages, output_config: output }: Omit<CheckedRequest, 'max_tokens'>,
  model: ListedModel,
) {
  const frame = output?.format == null ? 0 : tokensOf(JSON.stringify(output.format.schema));
  const hash = createHash('sha256').update(model.id);
  const beginnings: Beginning[] = [];
  let total = 0;
  const add = (
    where: string,
    one: { cache_control?: { ttl?: '5m' | '1h' | undefined } | null | undefined },
    least = 0,
  ) => {
    const { cache_control: control, ...rest } = one;
    const text = JSON.stringify(rest);
    hash.update(`\n${where} ${text}`);
    total += least + tokensOf(text);
    if (control == null || total < model.leastCachedTokens) return;
    beginnings.push({ key: hash.copy().digest('hex'), tokens: total, ttlMs: ttlsMs[control.ttl ?? '5m'] });
  };
  for (const tool of tools ?? []) add('tool', tool, toolTokens);
  for (const one of partsOf(system ?? [])) add('system', one);
  for (const { role, content } of messages) {
    for (const one of partsOf(content)) add(role, one, messageTokens);
  }
  return { total: total + frame, beginnings };
}
