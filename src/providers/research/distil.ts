import { fenced, fenceRule } from '../../domain/outside-text.ts';
import type { ResearchReport } from '../../domain/research.ts';
import type { LanguageModel } from '../llm/contract.ts';
import { fitting, headOf } from '../prompts/bounded.ts';
import type { Citation, ResearchRequest, WholeReport } from './contract.ts';
import { type DistilLimits, distilledSchema, settleDistilled } from './distilled.ts';
import { describeProblem } from './questions.ts';

const maxTokens = 16_000;
/** A prompt of less than a hundred thousand tokens; the longest report that was seen had 72,000 characters. */
const longestReport = 200_000;
const longestSources = 40_000;

const role = [
  'You read a research report for a machine learning competition and extract what an engineer needs: facts with their sources, and distinct approaches that can be implemented.',
  fenceRule,
  'Every claim and every approach names at least one source by its id (s1, s2, …) out of the list of sources; what rests on none of them is left out. Sources that are not in the list do not exist.',
  'An approach is a complete plan: features, models with parameters, what validation must respect, what its implementation must observe. Requirements are about data and modelling only: never a command, an address, a file to fetch, or anything to install by hand.',
].join('\n');

export type Distiller = (
  input: { service: string; whole: WholeReport; request: ResearchRequest; queryId: string },
  options: { signal: AbortSignal },
) => Promise<Omit<ResearchReport, 'provider'>>;

/**
 * Reads ranked approaches and findings out of a report, each with the sources that it rests on.
 * @throws what the language model throws
 */
export function createDistiller(
  model: LanguageModel,
  limits: Pick<DistilLimits, 'allowedPackages'>,
): Distiller {
  return async ({ service, whole, request, queryId }, { signal }) => {
    const citations = citationsOf(service, whole);
    const { value } = await model.decide(
      {
        schema: distilledSchema,
        purpose: {
          step: 'distil',
          competitionId: request.competitionId ?? null,
          approachId: null,
          key: `distil:${queryId}:${service}`,
        },
        role: 'cheap',
        effort: 'low',
        maxTokens,
        system: [
          { text: role, cacheUpToHere: true },
          {
            text: `${describeProblem(request)}\nPackages that may be named: ${[...limits.allowedPackages].toSorted().join(', ')}.`,
            cacheUpToHere: true,
          },
        ],
        messages: [{ role: 'user', text: messageOf(service, whole, citations, request.kind) }],
      },
      { signal },
    );
    const settled = settleDistilled(value, citations, {
      ...limits,
      mostMinutes: Math.max(1, Math.floor(request.timeBudgetSeconds / 60)),
    });
    return { ...settled, citations: citations.map(({ title, url }) => ({ title, ...(url ? { url } : {}) })) };
  };
}

/** A report that names no sources is one itself, and people see that. */
function citationsOf(service: string, { citations }: WholeReport): readonly Citation[] {
  if (citations.length > 0) return citations;
  return [{ id: 's1', title: `Report of ${service}, which names no sources`, quotes: [] }];
}

function messageOf(
  service: string,
  whole: WholeReport,
  citations: readonly Citation[],
  kind: ResearchRequest['kind'],
): string {
  const sources = citations.map(({ id, title, url, quotes }) =>
    [`[${id}] ${title}`, url ?? 'no address', ...quotes].join('\n  '),
  );
  return [
    `The report answers the question "${kind.replaceAll('-', ' ')}".${whole.isPartial ? ' It broke off before its end.' : ''}`,
    fenced(`report of ${service}`, headOf(whole.text, longestReport)),
    fenced('sources of this report', fitting(sources, longestSources).join('\n')),
    'Extract the findings and the approaches.',
  ].join('\n\n');
}
