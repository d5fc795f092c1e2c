import type { Command } from './command.ts';

const slugForm = /^[a-z0-9][a-z0-9-]{0,98}$/;
const kaggleAddress = /^(?:https?:\/\/)?(?:www\.)?kaggle\.com\/(?:c|competitions|code\/c)\/([^/?#]+)/i;
const defaultLogLines = 20;
const mostLogLines = 500;

/** The slug of what a person typed: a slug, or the address of a competition's page. Null for neither. */
export function slugOf(typed: string): string | null {
  const bare = typed.replace(/^<|[>,.]$/g, '').split('|')[0] ?? '';
  const slug = (kaggleAddress.exec(bare)?.[1] ?? bare).toLowerCase();
  return slugForm.test(slug) ? slug : null;
}

type Numbers = { rounds?: number; 'time-limit'?: number; approaches?: number; priority?: number };
const optionNames: Readonly<Record<string, keyof Numbers>> = {
  rounds: 'rounds',
  'max-rounds': 'rounds',
  'time-limit': 'time-limit',
  approaches: 'approaches',
  priority: 'priority',
};

/** The database's bound: 1 is served first. */
const highestPriority = 1_000;

export function readStartArguments(words: readonly string[]): Command | string {
  const numbers: Numbers = {};
  let slug: string | null = null;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = /^(?:--)?([a-z-]+)=(.*)$/i.exec(word) ?? /^--([a-z-]+)$/i.exec(word);
    if (option === null) {
      if (slug !== null) return `one competition at a time: "${slug}" and "${word}" are two`;
      slug = slugOf(word);
      if (slug === null) return `"${word}" is no competition's slug`;
      continue;
    }
    const name = optionNames[(option[1] ?? '').toLowerCase()];
    if (name === undefined) return `"${option[1]}" is no option of start`;
    if (option[2] === undefined) index += 1;
    const value = Number(option[2] ?? words[index]);
    if (!Number.isSafeInteger(value) || value < 1) {
      return `${name} must be a whole number, for example ${name}=3`;
    }
    if (name === 'priority' && value > highestPriority) return `priority goes from 1 to ${highestPriority}`;
    numbers[name] = value;
  }
  if (slug === null) return 'which competition?';
  return { verb: 'start', slug, limits: limitsOf(numbers), priority: numbers.priority ?? null };
}

function limitsOf(numbers: Numbers) {
  return {
    ...(numbers.rounds === undefined ? {} : { maxRounds: numbers.rounds }),
    ...(numbers['time-limit'] === undefined ? {} : { timeLimitSeconds: numbers['time-limit'] }),
    ...(numbers.approaches === undefined ? {} : { approachesPerRound: numbers.approaches }),
  };
}

export function readLogsArguments(words: readonly string[]): Command | string {
  let slug: string | null = null;
  let limit = defaultLogLines;
  for (const word of words) {
    if (/^\d{1,6}$/.test(word)) {
      limit = Math.min(mostLogLines, Math.max(1, Number(word)));
      continue;
    }
    slug = slugOf(word);
    if (slug === null) return `"${word}" is no competition's slug`;
  }
  return { verb: 'logs', slug, limit };
}

/** `A`, `2`: an option of the only open decision; everything longer names the decision first. */
const optionLetter = /^[A-E1-5]$/i;

export function readDecideArguments(words: readonly string[]): Command {
  const [first, second, ...rest] = words;
  if (first === undefined) return { verb: 'decide', target: null, option: null, note: null };
  if (optionLetter.test(first)) {
    return { verb: 'decide', target: null, option: first, note: noteOf(words.slice(1)) };
  }
  return { verb: 'decide', target: slugOf(first) ?? first, option: second ?? null, note: noteOf(rest) };
}

const longestNote = 500;

function noteOf(words: readonly string[]): string | null {
  const note = words
    .join(' ')
    .replace(/^"(.*)"$/, '$1')
    .slice(0, longestNote)
    .trim();
  return note === '' ? null : note;
}
