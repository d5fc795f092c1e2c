import { z } from 'zod';
import type { Approach } from '../../domain/approach.ts';
import { asFailure, type Failure, TransientFailure } from '../../domain/errors.ts';
import type { Log } from '../../domain/log.ts';
import { soundsLikeOrder } from '../../domain/outside-text.ts';
import type { ResearchReport } from '../../domain/research.ts';
import { headOf } from '../prompts/bounded.ts';
import { type Citation, ResearchPending, type ResearchProvider, type WholeReport } from './contract.ts';
import type { Distiller } from './distil.ts';
import { plainLine } from './plain-parts.ts';
import { questionOf } from './questions.ts';
import type { ResearchService } from './service.ts';

/**
 * A research service as a provider: its report is stored whole, and then read out by a language model. Without one, or
 * where it fails, the report's findings stand beside the approaches of the playbook.
 */
export function createServiceResearch(options: {
  service: ResearchService;
  distil: Distiller | null;
  playbook: ResearchProvider;
  log: Pick<Log, 'warn'>;
}): ResearchProvider {
  const { service, distil, playbook, log } = options;
  return {
    name: service.name,
    isDeep: service.isDeep,
    canAnswer: (request) => service.canAnswer(request),
    async research(request, call) {
      let { whole, kept } = call;
      const keep = async (note: Note): Promise<void> => {
        kept = note;
        await call.keep?.(note);
      };
      if (whole === undefined) {
        whole = await service.ask(questionOf(request), request, { ...call, keep });
        await call.store?.(whole);
      }
      let unread = '';
      if (distil !== null) {
        try {
          const input = { service: service.name, whole, request, queryId: call.queryId ?? 'none' };
          return { provider: service.name, ...(await distil(input, call)) };
        } catch (error) {
          call.signal.throwIfAborted();
          const failure = asFailure(error);
          log.warn(
            { err: failure, provider: service.name },
            'a research report was not read by a language model',
          );
          await readLater(failure, kept, keep);
          unread = `No language model read this report (${failure.message.replace(/\.$/, '')}).`;
        }
      }
      return withPlaybook(service.name, { ...whole, unread }, await playbook.research(request, call));
    },
  };
}

type Note = Readonly<Record<string, unknown>>;
/** Beside what the service itself kept. */
const noteSchema = z.looseObject({ readings: z.number().int().optional() }).catch({});
const mostReadings = 6;
const readAgainMs = 60_000;
const longestWaitMs = 5 * 60_000;

/**
 * The report is there and paid for: a model that is away is waited for, a quarter of an hour in all.
 * @throws ResearchPending
 */
async function readLater(
  failure: Failure,
  kept: unknown,
  keep: (note: Note) => Promise<void>,
): Promise<void> {
  const note = noteSchema.parse(kept ?? {});
  const readings = (note.readings ?? 0) + 1;
  if (!(failure instanceof TransientFailure) || readings >= mostReadings) return;
  await keep({ ...note, readings });
  const waitMs = Math.max(readAgainMs * 2 ** (readings - 1), failure.retryAfterMs ?? 0);
  throw new ResearchPending(
    Math.min(waitMs, longestWaitMs),
    'the report waits for a language model to read it',
  );
}

const mostFindings = 20;
const mostAttached = 5;
const longestClaim = 400;
const longestSummary = 600;

/** What the report says on the word of its sources, and the playbook's approaches with the sources that speak of them. */
function withPlaybook(
  name: string,
  whole: WholeReport & { unread: string },
  known: ResearchReport,
): ResearchReport {
  const said = whole.citations.flatMap((citation) =>
    citation.quotes.flatMap((quote) => {
      const claim = plainLine(withoutMarkup(quote), longestClaim);
      return claim === '' || [quote, claim].some(soundsLikeOrder) ? [] : [{ claim, citation }];
    }),
  );
  const findings = said.slice(0, mostFindings).map(({ claim, citation }) => {
    return { claim, source: citation.title, sources: [shown(citation)] };
  });
  return {
    provider: name,
    summary: [whole.unread, summaryOf(whole), known.summary].filter((part) => part !== '').join(' '),
    findings: [...findings, ...known.findings],
    approaches: known.approaches.map((approach) => attach(approach, said)),
    citations: [...whole.citations.map(shown), ...known.citations],
  };
}

/** Marks of sources and of Markdown; names such as num_leaves stay as they are. */
function withoutMarkup(text: string): string {
  return text
    .replaceAll(/\s*\[s\d+\]/g, '')
    .replaceAll(/(?<![\p{L}\p{N}])_+|_+(?![\p{L}\p{N}])|[#*`>]/gu, '');
}

type Said = { claim: string; citation: Citation };

/** Sources whose words name the approach's family or a model of it. */
function attach(approach: Approach, said: readonly Said[]): Approach {
  const names = [approach.family, ...approach.models.map((model) => model.kind)].flatMap(synonymsOf);
  const fitting = said.filter(({ claim }) => names.some((name) => claim.toLowerCase().includes(name)));
  const speaking = new Set(fitting.map(({ citation }) => citation));
  const more = [...speaking].slice(0, mostAttached).map(shown);
  const known = new Set(approach.sources.map(({ url, title }) => url ?? title));
  return {
    ...approach,
    sources: [...approach.sources, ...more.filter(({ url, title }) => !known.has(url ?? title))].slice(0, 20),
  };
}

/** Other words for a family, as people write of it. */
const families: Readonly<Record<string, readonly string[]>> = {
  boosting: ['boost', 'lightgbm', 'xgboost', 'catboost', 'gbdt'],
  linear: ['linear', 'logistic', 'ridge', 'lasso'],
  forest: ['forest', 'extra trees', 'extratrees'],
  kernel: ['svm', 'kernel', 'gaussian process'],
  blend: ['blend', 'ensembl', 'stack'],
};

function synonymsOf(name: string): string[] {
  const lower = name.toLowerCase();
  const words = Object.entries(families).flatMap(([family, synonyms]) =>
    lower.includes(family) ? [...synonyms] : [],
  );
  return [lower.replaceAll('-', ' '), ...words];
}

function summaryOf({ text, isPartial }: WholeReport): string {
  const plain = text
    .split('\n')
    .filter((line) => !/^\s*(?:[#|>*-]|\d+\.)/.test(line) && !soundsLikeOrder(line))
    .join(' ');
  const line = plainLine(withoutMarkup(plain), plain.length);
  const cut = line.length > longestSummary ? `${headOf(line, longestSummary)}…` : line;
  return isPartial && cut !== '' ? `${cut} (The report broke off.)` : cut;
}

function shown({ title, url }: Citation): { title: string; url?: string } {
  return { title, ...(url === undefined ? {} : { url }) };
}
