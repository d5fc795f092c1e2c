import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import type { z } from 'zod';
import { BusinessFailure } from '../../domain/errors.ts';
import { parseJson } from '../http.ts';
import type { Exchange, ExchangeCall } from './claude-exchange.ts';
import type { Turn } from './claude-turn.ts';
import { inOrder, isTruncated, takeUnpaused, truncated, type WholeAnswer } from './claude-write.ts';

const mostFaults = 8;

/**
 * JSON in the shape of a schema. What the vendor does not hold itself to (bounds, lengths, our own checks) is checked
 * here, and asked for once more with the faults named; a truncated answer is asked for again with twice the room.
 * @throws BusinessFailure `llm.unreadable`, `llm.truncated`; what the exchange throws
 */
export async function decideWhole<T extends z.ZodType>(
  exchange: Exchange,
  call: ExchangeCall,
  schema: T,
): Promise<WholeAnswer & { value: z.output<T> }> {
  const turns: WholeAnswer['turns'][number][] = [];
  const take = async (turn: Turn) => {
    const models = inOrder(call.models, turns.at(-1));
    const answer = await takeUnpaused(exchange, { ...call, models, turn }, turns);
    if (!isTruncated(answer.stopReason)) return { turn, ...answer };
    const roomier = { ...turn, maxTokens: 2 * turn.maxTokens };
    const again = await takeUnpaused(
      exchange,
      { ...call, models: inOrder(models, turns.at(-1)), turn: roomier },
      turns,
    );
    if (isTruncated(again.stopReason)) throw truncated(call);
    return { turn: roomier, ...again };
  };

  const first = await take(call.turn);
  const read = readJson(schema, first.text);
  if (read.ok) return { text: first.text, turns, value: read.value };
  const second = await take({
    ...first.turn,
    messages: [...first.turn.messages, ...repair(first.text, read.faults)],
  });
  const repaired = readJson(schema, second.text);
  if (repaired.ok) return { text: second.text, turns, value: repaired.value };
  throw new BusinessFailure('The language model gave no usable answer, also when its mistakes were named.', {
    code: 'llm.unreadable',
    details: { step: call.purpose.step, faults: repaired.faults },
  });
}

/** The schema as the vendor takes it. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return zodOutputFormat(schema).schema;
}

function repair(text: string, faults: readonly string[]): Turn['messages'] {
  const ask = `That answer cannot be used:\n${faults.map((fault) => `- ${fault}`).join('\n')}\nGive the whole answer again, mended.`;
  return text.trim() === ''
    ? [{ role: 'user', content: ask }]
    : [
        { role: 'assistant', content: text },
        { role: 'user', content: ask },
      ];
}

type Read<T> = { ok: true; value: T } | { ok: false; faults: string[] };

function readJson<T extends z.ZodType>(schema: T, text: string): Read<z.output<T>> {
  const json = parseJson(text);
  if (json === undefined) return { ok: false, faults: ['It is no JSON.'] };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const faults = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`,
  );
  return { ok: false, faults: faults.slice(0, mostFaults) };
}
