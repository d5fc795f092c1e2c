import type { RequestedLimits } from '../domain/command-results.ts';
import type { Problem } from './command.ts';
import { moneyOf, type Read, slugOf, wrong } from './command-arguments.ts';
import { highestPriority, longestTimeLimitSeconds, mostApproaches, mostRounds } from './commands.ts';

const optionNames = {
  rounds: 'rounds',
  'max-rounds': 'rounds',
  'time-limit': 'time-limit',
  approaches: 'approaches',
  priority: 'priority',
  budget: 'budget',
} as const;

type OptionName = (typeof optionNames)[keyof typeof optionNames];
type Values = Partial<Record<OptionName, number>>;

const most: Readonly<Record<Exclude<OptionName, 'budget'>, number>> = {
  rounds: mostRounds,
  'time-limit': longestTimeLimitSeconds,
  approaches: mostApproaches,
  priority: highestPriority,
};

/** `start titanic rounds=3 --budget $5`; without a slug a form asks for it. */
export function readStartArguments(words: readonly string[]): Read {
  const values: Values = {};
  let slug: string | null = null;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = /^(?:--)?([a-z-]+)[=:](?!\/)(.*)$/i.exec(word) ?? /^--([a-z-]+)$/i.exec(word);
    if (option === null) {
      if (slug !== null) return wrong({ is: 'two_slugs', first: slug, second: word });
      slug = slugOf(word);
      if (slug === null) return wrong({ is: 'no_slug', typed: word });
      continue;
    }
    const name = optionNameOf(option[1] ?? '');
    if (name === null) return wrong({ is: 'unknown_option', name: option[1] ?? '', verb: 'start' });
    if (option[2] === undefined) index += 1;
    const value = readLimit(name, option[2] ?? words[index] ?? '');
    if (typeof value !== 'number') return wrong(value);
    values[name] = value;
  }
  return { verb: 'start', slug, limits: limitsOf(values), priority: values.priority ?? null };
}

function optionNameOf(typed: string): OptionName | null {
  const found = Object.entries(optionNames).find(([name]) => name === typed.toLowerCase());
  return found?.[1] ?? null;
}

/**
 * One of the limits of `start`, as it was typed or filled in.
 * @returns what is wrong where it is no such number
 */
export function readLimit(name: OptionName, typed: string): number | Problem {
  if (name === 'budget') return moneyOf(typed) ?? { is: 'not_money', name };
  const value = name === 'time-limit' ? secondsOf(typed) : Number(typed.trim() || Number.NaN);
  if (!Number.isSafeInteger(value) || value < 1) return { is: 'not_whole', name };
  if (value > most[name]) return { is: 'out_of_range', name, min: '1', max: String(most[name]) };
  return value;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 };

/** `600`, `600s`, `10m`, `2h`, `1d`. */
function secondsOf(typed: string): number {
  const [, digits = '', unit = 's'] = /^(\d{1,9})(s|m|min|h|d)?$/i.exec(typed.trim()) ?? [];
  return digits === '' ? Number.NaN : Number(digits) * (unitSeconds[unit.toLowerCase()] ?? Number.NaN);
}

/** Empty where nothing was limited. */
export function limitsOf(values: Values): RequestedLimits {
  return {
    ...(values.rounds === undefined ? {} : { maxRounds: values.rounds }),
    ...(values['time-limit'] === undefined ? {} : { timeLimitSeconds: values['time-limit'] }),
    ...(values.approaches === undefined ? {} : { approachesPerRound: values.approaches }),
    ...(values.budget === undefined ? {} : { budgetUsd: values.budget }),
  };
}
