import type Anthropic from '@anthropic-ai/sdk';
import { BusinessFailure } from '../../domain/errors.ts';
import { type Exchange, type ExchangeCall, rephrased } from './claude-exchange.ts';
import { type Turn, type TurnAnswer, textOf } from './claude-turn.ts';

/** All that was said in one or several turns. */
export type WholeAnswer = {
  text: string;
  /** Of every turn, in order. */
  turns: readonly (TurnAnswer & { isRepeated: boolean })[];
};

const mostContinuations = 2;
/** The vendor pauses a turn with searches by itself; it is sent back as it is. */
const mostPauses = 10;
const longestOverlap = 2_000;
const shortestOverlap = 24;

const goOn =
  'Your answer was cut off at the length limit. Continue exactly at the character where it stopped. Repeat nothing, ' +
  'add no preamble, and do not reopen a code fence that is already open.';

/**
 * Text, however many turns it takes: a paused turn is gone on with, a truncated answer is continued twice.
 * @throws BusinessFailure `llm.truncated`; what the exchange throws
 */
export async function writeWhole(exchange: Exchange, call: ExchangeCall): Promise<WholeAnswer> {
  const turns: WholeAnswer['turns'][number][] = [];
  const take = (turn: Turn) =>
    takeUnpaused(exchange, { ...call, turn, models: inOrder(call.models, turns.at(-1)) }, turns);
  let { text, stopReason } = await take(call.turn);
  let maxTokens = call.turn.maxTokens;
  for (let continuation = 1; isTruncated(stopReason); continuation += 1) {
    if (continuation > mostContinuations) throw truncated(call);
    // Where thinking took all of the room, the next try gets more of it.
    if (text === '') maxTokens *= 2;
    const messages = text === '' ? call.turn.messages : continued(call.turn.messages, text);
    const next = await take({ ...call.turn, messages, maxTokens });
    text = joined(text, next.text);
    stopReason = next.stopReason;
  }
  return { text, turns };
}

export function truncated({ purpose }: ExchangeCall): BusinessFailure {
  return new BusinessFailure('The answer of the language model was too long, also when it was continued.', {
    code: 'llm.truncated',
    details: { step: purpose.step },
  });
}

export function isTruncated(stopReason: string): boolean {
  return stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
}

/** The model that answered first, then the others. */
export function inOrder(models: readonly string[], last: { model: string } | undefined): readonly string[] {
  if (last === undefined) return models;
  return [last.model, ...models.filter((model) => model !== last.model)];
}

/** One turn, through its pauses; every turn that was taken is added to `turns`. */
export async function takeUnpaused(
  exchange: Exchange,
  call: ExchangeCall,
  turns: WholeAnswer['turns'][number][],
): Promise<{ text: string; stopReason: string }> {
  const texts: string[] = [];
  let { turn, models } = call;
  for (let pauses = 0; ; pauses += 1) {
    const answer = await exchange({ ...call, turn, models });
    turns.push(answer);
    texts.push(textOf(answer.content));
    if (answer.stopReason !== 'pause_turn') return { text: texts.join(''), stopReason: answer.stopReason };
    if (pauses >= mostPauses) throw truncated(call);
    // Thinking is bound to its model and to what it was asked: only that one can go on, and only from there.
    models = [answer.model];
    if (answer.isRephrased) turn = rephrased(turn);
    turn = { ...turn, messages: [...turn.messages, { role: 'assistant', content: answer.content }] };
  }
}

function continued(messages: readonly Anthropic.MessageParam[], text: string): Anthropic.MessageParam[] {
  return [...messages, { role: 'assistant', content: text }, { role: 'user', content: goOn }];
}

/** Models repeat the last words or reopen the fence now and then, whatever they are told. */
function joined(text: string, next: string): string {
  const isInFence = (text.match(/^```/gm)?.length ?? 0) % 2 === 1;
  const rest = isInFence ? next.replace(/^```[\w.+-]+[^\n]*\n/, '') : next;
  return text + rest.slice(overlap(text, rest));
}

/** Length of the longest beginning of `next` that `text` ends with. */
function overlap(text: string, next: string): number {
  for (
    let length = Math.min(longestOverlap, text.length, next.length);
    length >= shortestOverlap;
    length -= 1
  ) {
    if (text.endsWith(next.slice(0, length))) return length;
  }
  return 0;
}
