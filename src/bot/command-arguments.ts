import type { BudgetScope } from '../domain/command-results.ts';
import type { BudgetChange, Command, Problem } from './command.ts';
import {
  budgetScopes,
  configNames,
  type ListFilter,
  listFilters,
  mostBudgetUsd,
  mostLogLines,
  periods,
} from './commands.ts';

const slugForm = /^[a-z0-9][a-z0-9-]{0,98}$/;
const kaggleAddress = /^(?:https?:\/\/)?(?:www\.)?kaggle\.com\/(?:c|competitions|code\/c)\/([^/?#]+)/i;
const defaultLogLines = 20;

export type Read = Command | { problem: Problem };

export function wrong(problem: Problem): { problem: Problem } {
  return { problem };
}

/** The slug of what a person typed: a slug, or the address of a competition's page. Null for neither. */
export function slugOf(typed: string): string | null {
  const bare = typed.replace(/^<|[>,.]$/g, '').split('|')[0] ?? '';
  const slug = (kaggleAddress.exec(bare)?.[1] ?? bare).toLowerCase();
  return slugForm.test(slug) ? slug : null;
}

/** US dollars as people write them: `5`, `$5`, `5.50`, `5usd`. Null for anything else. */
export function moneyOf(typed: string): number | null {
  const digits = /^\$?(\d{1,6}(?:\.\d{1,4})?)(?:\$|usd)?$/i.exec(typed.trim())?.[1];
  const usd = digits === undefined ? Number.NaN : Number(digits);
  return usd <= mostBudgetUsd ? usd : null;
}

/** `public` as the last word shows the answer to everybody. */
export function takePublic(words: readonly string[]): { words: readonly string[]; isPublic: boolean } {
  const isPublic = /^public(?:[:=]true)?$/i.test(words.at(-1) ?? '');
  return { words: isPublic ? words.slice(0, -1) : words, isPublic };
}

export function readSlugAlone(verb: 'pause' | 'resume' | 'stop', words: readonly string[]): Read {
  if (verb !== 'pause' && words.length === 1 && /^(--)?all-gpus$/i.test(words[0] ?? '')) {
    return { verb, slug: null, allGpus: true };
  }
  const found = oneSlug(words);
  return 'problem' in found ? found : { verb, slug: found.slug };
}

export function readLeaderboardArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const last = words.at(-1)?.toLowerCase();
  const period = periods.find((one) => one === last);
  const found = oneSlug(period === undefined ? words : words.slice(0, -1));
  if ('problem' in found) return found;
  const { slug } = found;
  return { verb: 'leaderboard', slug, isPublic, ...(period === undefined ? {} : { period }) };
}

export function readLookArguments(verb: 'status', all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  const found = oneSlug(words);
  return 'problem' in found ? found : { verb, slug: found.slug, isPublic };
}

function oneSlug([typed, second]: readonly string[]): { slug: string | null } | { problem: Problem } {
  if (typed === undefined) return { slug: null };
  const slug = slugOf(typed);
  if (slug === null) return wrong({ is: 'no_slug', typed });
  return second === undefined ? { slug } : wrong({ is: 'two_slugs', first: typed, second });
}

export function readListArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  let filter: ListFilter = 'all';
  let page = 1;
  for (const word of words) {
    const known = listFilters.find((one) => one === word.toLowerCase());
    if (known !== undefined) filter = known;
    else if (/^\d{1,4}$/.test(word)) page = Math.max(1, Number(word));
    else return wrong({ is: 'unknown_word', typed: word, choices: listFilters.join(', ') });
  }
  return { verb: 'list', filter, page, isPublic };
}

export function readLogsArguments(all: readonly string[]): Read {
  const { words, isPublic } = takePublic(all);
  if (words[0]?.toLowerCase() === 'decisions') return { verb: 'logs', about: 'decisions', isPublic };
  let slug: string | null = null;
  let limit = defaultLogLines;
  let onlyErrors = false;
  for (const word of words) {
    if (/^errors$/i.test(word)) {
      onlyErrors = true;
      continue;
    }
    if (/^\d{1,6}$/.test(word)) {
      limit = Math.min(mostLogLines, Math.max(1, Number(word)));
      continue;
    }
    if (slug !== null) return wrong({ is: 'two_slugs', first: slug, second: word });
    slug = slugOf(word);
    if (slug === null) return wrong({ is: 'no_slug', typed: word });
  }
  const more = onlyErrors ? { onlyErrors: true as const } : {};
  return { verb: 'logs', about: 'competition', slug, limit, isPublic, ...more };
}

/** The ledger's name of a cap, from `gpu-day`, `GPU_DAY` or `gpu_day`. */
function scopeOf(typed: string): BudgetScope | null {
  const word = typed.toLowerCase().replaceAll('_', '-');
  const found = Object.entries(budgetScopes).find(
    ([name, scope]) => name === word || scope.replaceAll('_', '-') === word,
  );
  return found?.[1] ?? null;
}

const longestReason = 200;

export function readBudgetArguments(all: readonly string[]): Read {
  const rest = all[0]?.toLowerCase() === 'set' ? all.slice(1) : all;
  const [first, amount, ...reason] = rest;
  const scope = first === undefined ? null : scopeOf(first);
  if (scope !== null) return readBudgetChange(scope, amount, reason.join(' '));
  if (rest !== all) {
    const choices = Object.keys(budgetScopes).join(', ');
    return wrong({ is: 'unknown_word', typed: first ?? 'set', choices });
  }
  const { words, isPublic } = takePublic(all);
  const found = oneSlug(words);
  return 'problem' in found ? found : { verb: 'budget', slug: found.slug, change: null, isPublic };
}

function readBudgetChange(scope: BudgetScope, amount: string | undefined, reason: string): Read {
  if (amount === undefined) return wrong({ is: 'missing', name: 'usd' });
  const usd = moneyOf(amount);
  if (usd === null) return wrong({ is: 'not_money', name: 'usd' });
  const change: BudgetChange = { scope, usd, reason: textOf(reason, longestReason) };
  return { verb: 'budget', slug: null, change, isPublic: true };
}

/** `config set bars off`; `set` may be left out. */
export function readConfigArguments(all: readonly string[]): Read {
  const [typed, ...value] = all[0]?.toLowerCase() === 'set' ? all.slice(1) : all;
  if (typed === undefined) return { verb: 'config', change: null };
  const name = configNames.find((one) => one === typed.toLowerCase().replaceAll('_', '-'));
  if (name === undefined) return wrong({ is: 'unknown_word', typed, choices: configNames.join(', ') });
  if (value.length === 0) return wrong({ is: 'missing', name });
  return { verb: 'config', change: { name, value: value.join(' ') } };
}

/** `A`, `2`: an option of the only open decision; everything longer names the decision first. */
const optionLetter = /^[A-E1-5]$/i;

export function readDecideArguments(words: readonly string[]): Command {
  const [first, second, ...rest] = words;
  if (first === undefined) return { verb: 'decide', target: null, option: null, note: null };
  if (optionLetter.test(first)) {
    return { verb: 'decide', target: null, option: first, note: noteOf(words.slice(1).join(' ')) };
  }
  return {
    verb: 'decide',
    target: slugOf(first) ?? first,
    option: second ?? null,
    note: noteOf(rest.join(' ')),
  };
}

const longestNote = 500;

/** What a person adds to an answer: data, cut to 500 characters. Null where nothing is said. */
export function noteOf(text: string): string | null {
  return textOf(text, longestNote);
}

function textOf(text: string, longest: number): string | null {
  const note = text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .slice(0, longest)
    .trim();
  return note === '' ? null : note;
}
