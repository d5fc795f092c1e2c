import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import type { ResearchReport } from '../../domain/research.ts';
import {
  type ResearchCall,
  ResearchPending,
  type ResearchProvider,
  type ResearchRequest,
} from '../../providers/research/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { endResearchQuery, getResearchQuery } from '../../state/research.ts';
import {
  beginAsking,
  endAsking,
  getKeptQuery,
  type KeptQuery,
  keepResearchNote,
} from '../../state/research-reports.ts';
import { holdOrWait } from '../support/hold-or-wait.ts';
import { waitForModel } from '../support/model-patience.ts';
import { Wait } from '../support/wait.ts';
import { findWholeReport, keepWholeReport } from './keep-report.ts';
import { researchRequestOf } from './research-request.ts';

/**
 * Runs one query through the configured providers in their order; the first report counts. Who was asked and why they
 * did not answer stays with the row, and so does what a run that takes over needs to go on with what is paid for.
 * A language model that is only busy is waited for a while. A query that no provider answers is recorded as failed.
 * @throws Wait while a service is at work that need not be waited for, a model is busy, or another run asks the same:
 * the one that a pause did not end
 */
export async function runResearchQuery(ctx: Context, input: { itemId: string }): Promise<void> {
  const held = await holdOrWait(ctx, `research-${input.itemId}`, 'another run asks the same question');
  try {
    await askInTurn({ ...ctx, signal: AbortSignal.any([ctx.signal, held.lost]) }, input.itemId);
  } finally {
    await held.release();
  }
}

async function askInTurn(ctx: Context, id: string): Promise<void> {
  const query = await getResearchQuery(ctx.state, id);
  if (query === null || query.status !== 'planned') return;
  const competition = await getCompetition(ctx.state, query.competitionId);
  if (competition === null || competition.version !== query.version) return;
  const request = await researchRequestOf(ctx, competition, query);
  if (request === null) return;
  for (const provider of ctx.research) {
    if (provider.canAnswer?.(request) === false) continue;
    const report = await askProvider(ctx, { provider, request, queryId: query.id, competition });
    if (report === null) continue;
    await endResearchQuery(ctx.state, { id: query.id, status: 'done', provider: provider.name, report });
    ctx.log.info(
      { competition: competition.slug, kind: query.kind, provider: provider.name, dropped: report.dropped },
      'research query answered',
    );
    return;
  }
  const asked = (await getKeptQuery(ctx.state, query.id))?.asked ?? [];
  const last = asked.findLast(({ message }) => message !== undefined);
  const error = last?.message ?? 'no research provider is configured';
  await endResearchQuery(ctx.state, { id: query.id, status: 'failed', error });
}

type Asking = {
  provider: ResearchProvider;
  request: ResearchRequest;
  queryId: string;
  competition: Competition;
};

/** @returns null where it did not answer, which is noted, so that the next one is asked */
async function askProvider(ctx: Context, asking: Asking): Promise<ResearchReport | null> {
  const { provider, request, queryId, competition } = asking;
  const { name } = provider;
  const most = provider.isDeep === true ? ctx.policy.deepResearch.mostQuestions : null;
  const { granted } = await beginAsking(ctx.state, { id: queryId, provider: name, most });
  const kept = granted ? await getKeptQuery(ctx.state, queryId) : null;
  if (kept === null) return null;
  try {
    return await provider.research(request, await callOf(ctx, asking, kept));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof ResearchPending) throw waitFor(error);
    const failure = asFailure(error);
    const wait = await waitForModel(ctx, competition, failure);
    ctx.log.warn(
      {
        err: failure,
        competition: competition.slug,
        provider: name,
        kind: request.kind,
        waits: wait !== null,
      },
      'research provider failed',
    );
    if (wait !== null) throw wait;
    const { code, message } = failure;
    await endAsking(ctx.state, { id: queryId, provider: name, outcome: 'failed', code, message });
    return null;
  }
}

function waitFor({ lookAgainMs, message }: ResearchPending): Wait {
  return new Wait(lookAgainMs, message);
}

async function callOf(
  ctx: Context,
  { provider: { name }, competition: { slug } }: Asking,
  kept: KeptQuery,
): Promise<ResearchCall> {
  const note = kept.resume[name];
  const whole = await findWholeReport(ctx, slug, kept, name);
  return {
    signal: ctx.signal,
    queryId: kept.id,
    ...(note === undefined ? {} : { kept: note }),
    ...(whole === null ? {} : { whole }),
    keep: async (next) => await keepResearchNote(ctx.state, { id: kept.id, provider: name, note: next }),
    store: async (report) => await keepWholeReport(ctx, slug, kept, { provider: name, report }),
  };
}
