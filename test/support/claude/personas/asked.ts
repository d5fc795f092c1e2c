import { z } from 'zod';
import type { ScriptedRequest } from '../script.ts';

/** What a prompt of the agent asks for. */
export type AskedFor =
  | 'draft'
  | 'improve'
  | 'debug'
  | 'merge'
  | 'plan'
  | 'review'
  | 'class'
  | 'taught'
  | 'distil'
  | 'search'
  | 'other';

const signs: readonly [AskedFor, RegExp][] = [
  ['draft', /^# Your task: a draft/m],
  ['improve', /^# Your task: an improvement/m],
  ['debug', /^# Your task: mend a script/m],
  ['merge', /^# Your task: a merge/m],
  ['plan', /^# Your task: (?:plans|plan )/m],
  ['review', /^# Your task: a review/m],
  ['class', /Which class of fault ended this script/],
  ['taught', /Sum up what this run taught/],
];

/** What the first message of a conversation asks for, and how often it was put since. */
export function askedFor(request: ScriptedRequest): { what: AskedFor; first: string; again: number } {
  const mine = request.messages.filter(({ role }) => role === 'user');
  // A question that was refused once carries a word before it.
  const first = mine[0]?.text ?? '';
  const what = signs.find(([, sign]) => sign.test(first))?.[0] ?? 'other';
  const isWeb = request.maxSearches > 0;
  return { what: isWeb ? 'search' : what, first, again: mine.length - 1 };
}

/** The script that a prompt shows, exactly as it stands there; empty where it shows none. */
export function shownScript(prompt: string): string {
  const begin = /\[file train\.py, begins after this line and ends before ([0-9a-f]{12})\]\n/.exec(prompt);
  if (begin === null) return '';
  const from = begin.index + begin[0].length;
  return prompt.slice(from, prompt.indexOf(`[${begin[1]}: end of`, from));
}

/** Names of the solutions that a prompt for a plan starts from. */
export function planName(prompt: string): string {
  return /^name: ([a-z0-9-]+)$/m.exec(prompt)?.[1] ?? 'nothing';
}

/** Whether a JSON answer is wanted that has this property. */
export function wants(schema: unknown, property: string): boolean {
  const parsed = z.object({ properties: z.record(z.string(), z.unknown()) }).safeParse(schema);
  return parsed.success && property in parsed.data.properties;
}
