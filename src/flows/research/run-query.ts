import { z } from 'zod';
import type { Context } from '../../context.ts';
import { asFailure } from '../../domain/errors.ts';
import { queryKinds } from '../../domain/research.ts';
import type { ResearchRequest } from '../../providers/research/contract.ts';
import { type Competition, getCompetition } from '../../state/competitions.ts';
import { listDecisions } from '../../state/decisions.ts';
import { endResearchQuery, getResearchQuery } from '../../state/research.ts';
import { readHistory } from './history.ts';

/** Seconds that the whole competition's training may still take in one round. */
function roundSeconds(ctx: Pick<Context, 'policy'>): number {
  return ctx.policy.trainingTimeLimitSeconds;
}

/**
 * Runs one query through the configured providers in their order; the first report counts.
 * What a provider answers is stored whole. A query that no provider answers is recorded as failed.
 */
export async function runResearchQuery(ctx: Context, input: { itemId: string }): Promise<void> {
  const query = await getResearchQuery(ctx.state, input.itemId);
  if (query === null || query.status !== 'planned') return;
  const competition = await getCompetition(ctx.state, query.competitionId);
  if (competition === null || competition.version !== query.version) return;
  const request = await requestOf(ctx, competition, query.kind);
  if (request === null) return;
  let lastError = 'no research provider is configured';
  for (const provider of ctx.research) {
    try {
      const report = await provider.research(request, { signal: ctx.signal });
      await endResearchQuery(ctx.state, { id: query.id, status: 'done', provider: provider.name, report });
      ctx.log.info(
        { competition: competition.slug, kind: query.kind, provider: provider.name },
        'research query answered',
      );
      return;
    } catch (error) {
      const failure = asFailure(error);
      lastError = failure.message;
      ctx.log.warn({ err: failure, provider: provider.name, kind: query.kind }, 'research provider failed');
    }
  }
  await endResearchQuery(ctx.state, { id: query.id, status: 'failed', error: lastError });
}

async function requestOf(
  ctx: Context,
  competition: Competition,
  kind: string,
): Promise<ResearchRequest | null> {
  const { problem, profile } = competition;
  if (problem === null || profile === null) return null;
  return {
    kind: z.enum(queryKinds).parse(kind),
    problem,
    profile,
    rowCounts: { train: profile.train.rows, test: profile.test.rows },
    environment: ctx.environment,
    history: await readHistory(ctx, competition),
    advice: await readAdvice(ctx, competition.id),
    round: competition.round,
    maxApproaches: competition.limits.approachesPerRound,
    timeBudgetSeconds: roundSeconds(ctx),
  };
}

/** The notes of people's decisions about the competition. */
async function readAdvice(ctx: Pick<Context, 'state'>, competitionId: string): Promise<string[]> {
  const decisions = await listDecisions(ctx.state, { competitionId, onlyOpen: false });
  return decisions.flatMap(({ note }) => (note === null ? [] : [note]));
}
