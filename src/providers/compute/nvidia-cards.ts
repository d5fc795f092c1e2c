import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** A graphics card of this machine. */
export type Card = {
  /** `GPU-…`: stays the same whatever order the driver counts in. */
  uuid: string;
  /** As the driver names it: `NVIDIA GeForce RTX 3090`. */
  name: string;
  memoryBytes: number;
};

export type FoundCards = {
  cards: Card[];
  /** Why cards of this machine are not used, one sentence; null where nothing is wrong. */
  problem: string | null;
};

export type CardSearch = {
  /** Value of PATH. */
  searchPath: string;
  signal: AbortSignal;
  patienceMs?: number;
};

/** Waking a card whose driver keeps nothing in memory takes seconds. */
const defaultPatienceMs = 15_000;
const maxReasonChars = 200;
/** Source: nvidia-smi --help-query-gpu; memory in MiB */
const question = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'];

const lineSchema = z.tuple([
  z.string().regex(/^\d+$/),
  z.string().regex(/^GPU-[0-9a-fA-F-]{8,60}$/),
  z.string().regex(/^[\w .()/+-]{1,100}$/),
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform((text) => Number(text) * 2 ** 20)
    .refine((bytes) => bytes > 0),
]);

/** The NVIDIA cards of this machine, by nvidia-smi. None where there is no such program; it never throws for a driver. */
export async function findCards(search: CardSearch): Promise<FoundCards> {
  const { searchPath, signal, patienceMs = defaultPatienceMs } = search;
  signal.throwIfAborted();
  // Not the option for it, which waits for the end: the driver of a broken card lets nobody go.
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const env = { PATH: searchPath, LANG: 'C' };
    const ending = { signal: AbortSignal.any([signal, patience]), killSignal: 'SIGKILL' } as const;
    const { stdout } = await run('nvidia-smi', question, { env, ...ending });
    return readCards(stdout);
  } catch (error) {
    signal.throwIfAborted();
    const { code, stdout = '', stderr = '' } = failureSchema.parse(error);
    if (code === 'ENOENT') return { cards: [], problem: null };
    const words = patience.aborted
      ? `it took longer than ${patienceMs / 1000} s.`
      : lastWords(stdout, stderr);
    return { cards: [], problem: `nvidia-smi does not work, so no card of this machine is used: ${words}` };
  }
}

const failureSchema = z.object({
  code: z.union([z.string(), z.number()]).nullish(),
  stdout: z.string().optional(),
  stderr: z.string().optional(),
});

/** @param text one card a line: index, uuid, name, memory in MiB */
function readCards(text: string): FoundCards {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // It says so in words, and with exit code 0 in some versions.
  if (lines.length === 1 && /^no devices were found/i.test(lines[0] ?? ''))
    return { cards: [], problem: null };
  const cards: Card[] = [];
  const unread: string[] = [];
  for (const line of lines) {
    const parsed = lineSchema.safeParse(line.split(',').map((field) => field.trim()));
    if (!parsed.success || cards.some(({ uuid }) => uuid === parsed.data[1])) unread.push(shown(line));
    else cards.push({ uuid: parsed.data[1], name: parsed.data[2], memoryBytes: parsed.data[3] });
  }
  if (unread.length === 0) return { cards, problem: null };
  // A card that is shared out in parts tells no memory of its own; one that has fallen off the bus tells an error.
  return { cards, problem: `nvidia-smi tells too little of a card, so it is not used: ${unread[0]}` };
}

function lastWords(stdout: string, stderr: string): string {
  const text = shown(`${stdout.trim()} ${stderr.trim()}`);
  return text === '' ? 'it gave no reason.' : text;
}

function shown(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(-maxReasonChars);
}
